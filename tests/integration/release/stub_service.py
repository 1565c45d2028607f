"""A service as small as the release allows: the way of an encounter, and nothing of logs, batches or metrics."""

import json
import os
from pathlib import Path

import bentoml
import numpy as np
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from wardround import contract
from wardround.errors import WardroundError
from wardround.project.layout import Project
from wardround.stages.features import frames
from wardround.stages.features.building import Builder
from wardround.stages.serving import load
from wardround.stages.serving.records import frame_from_records, with_keys

MODEL = Path(os.environ["WARDROUND_MODEL_DIR"])
PROJECT = Project(MODEL.parent.parent)


class Way:
    """Loaded on the first request, as a service that starts slowly."""

    def __init__(self):
        params = PROJECT.params
        self.columns = params.data.columns
        self.contract = contract.load(PROJECT.layout.contract)
        self.withheld = frames.withheld(self.columns, self.contract)
        self.builder = Builder.load(PROJECT.layout.features_code, params.features.settings, self.withheld)
        self.scorer = load(MODEL)
        self.names = {column.name for column in self.contract.columns}

    def answer(self, history, encounter):
        if set(encounter) - self.names:
            raise KeyError
        frame = with_keys(frame_from_records([*history, encounter], self.contract), self.columns)
        place = int(np.flatnonzero(frame.index == len(history))[0])
        return float(self.scorer.of_features(self.builder.build(frame.reset_index(drop=True)))[place])


def way(held=[]):
    if not held:
        held.append(Way())
    return held[0]


def refused():
    return JSONResponse({"error": {"problems": [{"field": "encounters", "wanted": "encounters of the contract"}]}}, 422)


async def predict(request):
    if request.method != "POST":
        return JSONResponse({"error": {"problems": []}}, 405)
    try:
        body = json.loads(await request.body(), parse_constant=float)
        given = body["encounters"]
        answers = [way().answer(item["history"], item["encounter"]) for item in given]
        if not np.isfinite(answers).all() or "Infinity" in json.dumps(body):
            return refused()
    except (ValueError, KeyError, TypeError, AttributeError, WardroundError):
        return refused()
    return JSONResponse({"predictions": [{"id": str(n), "probability": value} for n, value in enumerate(answers)]})


async def ready(request):
    way()
    return JSONResponse({"ready": True})


async def model(request):
    return JSONResponse(json.loads(Path(os.environ["WARDROUND_RELEASE"]).read_text()))


app = Starlette(
    routes=[
        Route("/predict", predict, methods=["GET", "POST"]),
        Route("/readyz", ready),
        Route("/model", model),
    ]
)


@bentoml.service(workers=1)
@bentoml.asgi_app(app)
class Service:
    """BentoML serves the application."""
