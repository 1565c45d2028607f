"""The service of this model: what `bentoml serve` and the released image run. How requests are answered is Wardround's own (`wardround.service`)."""

from pathlib import Path
from typing import Any

import bentoml

from wardround.service import bento

application = bento.mounted(Path(__file__).resolve().parent.parent)


@bentoml.service(**bento.OPTIONS)
@bentoml.asgi_app(application, path="/")
class Service:
    """Answers `POST /predict` and the paths of `/openapi.json`; `predict` is the same for BentoML's own client."""

    @bentoml.on_startup
    def start(self) -> None:
        """Loads project and model before the first request."""
        application.start()

    @bentoml.on_shutdown
    def stop(self) -> None:
        """Ends the prediction log in order, after the last answer."""
        application.stop()

    def __is_ready__(self) -> bool:
        """Whether answers can be given and logged."""
        return application.ready

    @bentoml.api(route="/rpc/predict")
    async def predict(self, encounters: list[dict[str, Any]]) -> dict[str, Any]:
        """As `POST /predict`, for `bentoml.SyncHTTPClient(url).predict(encounters=[...])`."""
        return await bento.remote(application, encounters)


bento.limited(Service, application)
