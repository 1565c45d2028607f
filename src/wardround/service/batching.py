"""Requests that wait are answered together: nobody waits for others to come, and when many come, pandas is asked once for all."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from wardround.service.answering import Answerer, Question
from wardround.service.recording import Context
from wardround.service.refusal import FieldProblem, Refusal


@dataclass
class _Waiting:
    body: bytes
    context: Context
    answer: asyncio.Future[bytes]


class Batcher:
    """Works on the event loop itself: while it does, arriving requests wait in the kernel, and are the next batch."""

    def __init__(self, answerer: Answerer, rows: int) -> None:
        """``rows`` is how many are worked on together, histories included; a single request may have more."""
        self._answerer = answerer
        self._rows = rows
        self._waiting: deque[_Waiting] = deque()
        self._called = False

    async def ask(self, body: bytes, context: Context) -> bytes:
        """The answer to one request. Raises :class:`Refusal`."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(body, context, loop.create_future())
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
            answers: list[bytes | Refusal | Exception] = list(
                self._answerer.answer([question for _, question in taken])
            )
        except Exception as error:  # noqa: BLE001 - whoever waits is told that it went wrong
            answers = [error] * len(taken)
        for (waiting, _), answer in zip(taken, answers, strict=True):
            if waiting.answer.done():
                continue  # the client went away meanwhile; the log has its answer
            if isinstance(answer, bytes):
                waiting.answer.set_result(answer)
            else:
                waiting.answer.set_exception(answer)

    def _take(self) -> list[tuple[_Waiting, Question]]:
        taken = []
        rows = 0
        while self._waiting and rows < self._rows:
            waiting = self._waiting.popleft()
            if waiting.answer.done():
                continue  # the client went away before anything was done
            try:
                question = self._question(waiting)
            except Refusal as refusal:
                waiting.answer.set_exception(refusal)
                continue
            waiting.body = b""
            rows += question.asked.rows
            taken.append((waiting, question))
        return taken

    def _question(self, waiting: _Waiting) -> Question:
        asked = self._answerer.engine.parser.parse(waiting.body)
        count = len(asked.items)
        if waiting.context.asked == "explain" and count != 1:
            raise Refusal(422, "one encounter is explained at a time", [FieldProblem("encounters", "one encounter")])
        return Question(asked, waiting.context, self._answerer.recorder.ids(waiting.context, waiting.body, count))
