"""A small trained project that is served, and a way to ask its application without a network."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "stages"))

import modelling_sample as sample

from wardround.project.layout import Project
from wardround.service import Application
from wardround.stages import features, train

SERVICE = Path(__file__).resolve().parents[3] / "pipelines" / "service.py"


def make(root: Path, **changes: Any) -> Project:
    """A project with a trained model and the repository's own ``service.py``."""
    with threadpool_limits(1):
        project = sample.make(root, **changes)
        features.run(project)
        train.run(project)
    shutil.copyfile(SERVICE, project.root / "pipelines" / "service.py")
    return project


def golden_of(project: Project) -> list[dict[str, Any]]:
    """The model's golden encounters."""
    return json.loads((project.layout.model / "golden.json").read_bytes())["encounters"]


def item(golden: dict[str, Any]) -> dict[str, Any]:
    """A golden encounter as a request has it."""
    return {"encounter": golden["encounter"], "history": golden["history"]}


@dataclass
class Answer:
    """What an application answered."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Asker:
    """Asks an application as a server does, many requests at once if wanted."""

    application: Application

    async def send(self, method, path, body=b"", headers=(), pieces=None):
        waiting = list(pieces) if pieces is not None else [body]
        got = []

        async def receive():
            piece = waiting.pop(0)
            if isinstance(piece, float):
                await asyncio.sleep(piece)
                piece = b""
            return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

        async def send(message):
            got.append(message)

        given = [(key.encode(), value.encode()) for key, value in headers]
        scope = {"type": "http", "method": method, "path": path, "headers": given}
        await self.application(scope, receive, send)
        told = {key.decode(): value.decode() for key, value in got[0]["headers"]}
        return Answer(got[0]["status"], told, got[1]["body"])

    def get(self, path, method="GET"):
        return asyncio.run(self.send(method, path))

    def post(self, path, body, headers=(), pieces=None):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return asyncio.run(
            self.send("POST", path, content, (("content-type", "application/json"), *headers), pieces=pieces)
        )

    def together(self, path, bodies):
        async def all_of_them():
            return await asyncio.gather(*(self.send("POST", path, json.dumps(body).encode()) for body in bodies))

        return asyncio.run(all_of_them())
