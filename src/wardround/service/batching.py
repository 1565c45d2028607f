"""Requests that wait are answered together: nobody waits for others to come, and when many come, pandas is asked once for all."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from wardround.service.refusal import Refusal

if TYPE_CHECKING:
    from wardround.service.asking import Asked
    from wardround.service.engine import Engine


@dataclass
class _Waiting:
    body: bytes
    answer: asyncio.Future[bytes]
    asked: Asked | None = None


class Batcher:
    """Works on the event loop itself: while it does, arriving requests wait in the kernel, and are the next batch."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: deque[_Waiting] = deque()
        self._called = False

    async def ask(self, body: bytes) -> bytes:
        """The answer to one request. Raises :class:`Refusal`."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(body, loop.create_future())
        self._waiting.append(waiting)
        if not self._called:
            self._called = True
            loop.call_soon(self._work)
        return await waiting.answer

    def _work(self) -> None:
        taken = self._take()
        self._called = bool(self._waiting)
        if self._called:
            asyncio.get_running_loop().call_soon(self._work)
        if not taken:
            return
        try:
            self._answer(taken)
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it is
            for waiting in taken:
                if not waiting.answer.done():
                    waiting.answer.set_exception(error)

    def _take(self) -> list[_Waiting]:
        taken: list[_Waiting] = []
        rows = 0
        while self._waiting and rows < self._engine.limits.batch_rows:
            waiting = self._waiting.popleft()
            if waiting.answer.done():
                continue  # the client went away
            try:
                waiting.asked = self._engine.parser.parse(waiting.body)
            except Refusal as refusal:
                waiting.answer.set_exception(refusal)
                continue
            waiting.body = b""
            rows += waiting.asked.rows
            taken.append(waiting)
        return taken

    def _answer(self, taken: list[_Waiting]) -> None:
        engine = self._engine
        items = [item for waiting in taken for item in (waiting.asked.items if waiting.asked else ())]
        scored = engine.score(items)
        start = 0
        for waiting in taken:
            assert waiting.asked is not None
            stop = start + len(waiting.asked.items)
            refused = {place - start: scored.refused[place] for place in range(start, stop) if place in scored.refused}
            if refused:
                waiting.answer.set_exception(engine.refusal(waiting.asked, refused))
            else:
                probability = scored.probability[start:stop].tolist()
                waiting.answer.set_result(to_json(self._plain(probability)))
            start = stop

    def _plain(self, probability: list[float]) -> dict[str, Any]:
        engine = self._engine
        thresholds = engine.params.evaluate.thresholds
        return {
            "model_version": engine.version,
            "contract_version": engine.contract_version,
            "predictions": [
                {
                    "id": "",
                    "probability": value,
                    "alert": {f"{threshold:g}": value >= threshold for threshold in thresholds},
                    "warnings": [],
                }
                for value in probability
            ],
        }
