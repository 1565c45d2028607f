"""What ``pipelines/service.py`` takes from here: the application inside a BentoML service, and BentoML's options for it."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from wardround.service.asgi import Application
from wardround.service.refusal import Refusal
from wardround.service.settings import Settings

#: BentoML's own access log and metrics cost as much as an answer, and would stand before the application's: it has its own.
OPTIONS: dict[str, Any] = {
    "traffic": {"timeout": 60},
    "logging": {"access": {"enabled": False}},
    "metrics": {"enabled": False},
}


def mounted(project: Path) -> Application:
    """The application of a project, to be mounted; nothing is read before it is started."""
    return Application(Settings.from_environment(project))


async def remote(application: Application, encounters: list[dict[str, Any]]) -> dict[str, Any]:
    """An answer for BentoML's client, which sends encounters as an argument; a refusal is one of BentoML's own errors."""
    try:
        answer = await application.ask(to_json({"encounters": encounters}))
    except Refusal as refusal:
        from bentoml.exceptions import BentoMLException

        error = BentoMLException(json.dumps(refusal.plain()))
        error.error_code = HTTPStatus(refusal.status)
        raise error from None
    found: dict[str, Any] = json.loads(answer)
    return found
