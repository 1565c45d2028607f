"""Requests that wait are answered together: nobody waits for others to come, and when many come, pandas is asked once for all."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from wardround.service.answering import Answerer, Question, Steps
from wardround.service.recording import Context
from wardround.service.refusal import FieldProblem, Refusal

#: So often one subject may stand in what is answered together, project choice: each time more is a round of all that is done for features.
_ROUNDS = 8


@dataclass
class _Waiting:
    body: bytes
    context: Context
    answer: asyncio.Future[bytes]


@dataclass
class _Job:
    """Requests that are answered together."""

    waiting: list[_Waiting] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    steps: Steps | None = None


class Batcher:
    """Works on the event loop itself: while it does, arriving requests wait in the kernel, and are the next batch.

    What takes several steps gives the loop back after each; requests that came meanwhile are not kept waiting until it is done.
    """

    def __init__(self, answerer: Answerer, rows: int) -> None:
        """``rows`` is how many are worked on together, histories included; a single request may have more."""
        self._answerer = answerer
        self._rows = rows
        self._waiting: deque[_Waiting] = deque()
        self._jobs: deque[_Job] = deque()
        self._begun: deque[_Job] = deque()
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
        """The first step of what has not begun, and one more of what has: neither starves the other."""
        if not self._jobs:
            self._jobs.extend(self._grouped(self._take()))
        more = self._begun.popleft() if self._begun else None
        if self._jobs:
            self._step(self._jobs.popleft())
        if more is not None:
            self._step(more)
        self._called = bool(self._waiting or self._jobs or self._begun)
        if self._called:
            asyncio.get_running_loop().call_soon(self._work)

    def _step(self, job: _Job) -> None:
        answers: list[bytes | Refusal | Exception]
        try:
            if job.steps is None:
                job.steps = self._answerer.steps(job.questions)
            next(job.steps)
        except StopIteration as done:
            answers = done.value
        except Exception as error:  # noqa: BLE001 - whoever waits is told that it went wrong
            answers = [error] * len(job.waiting)
        else:
            self._begun.append(job)
            return
        for waiting, answer in zip(job.waiting, answers, strict=True):
            if waiting.answer.done():
                continue  # the client went away meanwhile; the log has its answer
            if isinstance(answer, bytes):
                waiting.answer.set_result(answer)
            else:
                waiting.answer.set_exception(answer)

    def _grouped(self, taken: list[tuple[_Waiting, Question]]) -> Iterator[_Job]:
        """Jobs of few rounds, and requests that take more by themselves: who asks for one patient many times makes nobody else wait."""
        if len(taken) == 1:
            yield _Job([taken[0][0]], [taken[0][1]])
            return
        shared: dict[int, _Job] = {}
        met: Counter[object] = Counter()
        for waiting, question in taken:
            own = Counter(self._answerer.engine.subjects(question.asked.items))
            if max(own.values(), default=0) > _ROUNDS:
                yield _Job([waiting], [question])
                continue
            met.update(own)
            job = shared.setdefault(max((met[subject] - 1 for subject in own), default=0) // _ROUNDS, _Job())
            job.waiting.append(waiting)
            job.questions.append(question)
        yield from shared.values()

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
