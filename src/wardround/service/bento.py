"""What ``pipelines/service.py`` takes from here: the application inside a BentoML service, and BentoML's options for it."""

from __future__ import annotations

import contextvars
import json
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

from pydantic_core import to_json

from wardround.monitoring.predictions import Answer
from wardround.service.asgi import Application
from wardround.service.limiting import Limited
from wardround.service.recording import Append, Context
from wardround.service.refusal import Refusal
from wardround.service.settings import Settings

#: BentoML's own access log, counters and spans (which by default nobody receives) cost as much as an answer, and the application has its own
#: log and counters. The time-out is for what hangs:
#: BentoML keeps a timer as long for every request, which the garbage collector walks through.
OPTIONS: dict[str, Any] = {
    "traffic": {"timeout": 30},
    "logging": {"access": {"enabled": False}},
    "metrics": {"enabled": False},
    "tracing": {"excluded_urls": ["."]},
}
#: What the log's columns are to BentoML's monitoring, which knows features and predictions, numbers and categories.
_ROLES = {
    "earlier": ("feature", "numerical"),
    "probability": ("prediction", "numerical"),
    "alert": ("prediction", "categorical"),
}


def mounted(project: Path) -> Application:
    """The application of a project, to be mounted; nothing is read before it is started."""
    return Application(Settings.from_environment(project), monitored)


def limited(service: Any, application: Application) -> None:
    """Gives BentoML's own routes of a service (``@bentoml.service``) the limits of the application that is mounted in it."""
    service.add_asgi_middleware(Limited, application=application)


async def remote(application: Application, encounters: list[dict[str, Any]]) -> dict[str, Any]:
    """An answer for BentoML's client, which sends encounters as an argument; a refusal is one of BentoML's own errors."""
    try:
        answer = await application.ask(to_json({"encounters": encounters}), Context())
    except Refusal as refusal:
        from bentoml.exceptions import BentoMLException

        error = BentoMLException(json.dumps(refusal.plain()))
        error.error_code = HTTPStatus(refusal.status)
        raise error from None
    found: dict[str, Any] = json.loads(answer)
    return found


def monitored(append: Append) -> Append:
    """``append`` behind BentoML's monitoring: what is recorded there arrives in the prediction log, or an error says that it did not.

    Where BentoML's configuration switches monitoring off, the log is written all the same: an answer without a line is none.
    """
    import bentoml
    from bentoml.monitoring import MonitorBase

    class PredictionMonitor(MonitorBase[Any]):
        """Exports records to the prediction log of this process."""

        def export_schema(self, columns_schema: dict[str, dict[str, str]]) -> None:
            """The segments say what their columns are."""

        def export_data(self, datas: Any) -> None:
            """Columns of one record as answers."""
            append([Answer(*values) for values in zip(*(datas[name] for name in Answer._fields), strict=True)])

    name, kind = f"wardround-{id(append):x}", cast("Any", PredictionMonitor)

    def record(answers: Sequence[Answer]) -> None:
        with bentoml.monitor(name, monitor_class=kind, monitor_options={}) as monitor:
            if isinstance(monitor, PredictionMonitor):
                for column, values in zip(Answer._fields, zip(*answers, strict=True), strict=True):
                    monitor.log_batch(values, column, *_ROLES.get(column, ("feature", "categorical")))
            else:
                append(answers)

    # BentoML keeps the open record in context variables and leaves it there when the export fails: each has a context of its own
    return lambda answers: contextvars.copy_context().run(record, answers)
