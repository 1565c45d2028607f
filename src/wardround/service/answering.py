"""What ``/predict`` and ``/explain`` answer, made from what was scored, after the log has it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from wardround.service.metrics import Metrics
from wardround.service.ranging import Ranges
from wardround.service.refusal import Refusal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wardround.monitoring.predictions import Answer
    from wardround.service.asking import Asked
    from wardround.service.engine import Engine
    from wardround.service.recording import Context, Recorder


@dataclass(frozen=True)
class Question:
    """A request that was parsed: its encounters, and how it came."""

    asked: Asked
    context: Context
    ids: Sequence[str]


Steps = Generator[None, None, list["bytes | Refusal | Exception"]]


class Answerer:
    """Answers questions, several at once. The model, the log and the counters of one service."""

    def __init__(self, engine: Engine, recorder: Recorder, metrics: Metrics) -> None:
        self.engine = engine
        self.recorder = recorder
        self.metrics = metrics
        manifest = engine.scorer.manifest
        assert manifest is not None
        self._ranges = Ranges(manifest.features)
        thresholds = engine.params.evaluate.thresholds
        self._thresholds = [(f"{threshold:g}", threshold) for threshold in thresholds]
        self._head = {"model_version": engine.version, "contract_version": engine.contract_version}

    def steps(self, questions: Sequence[Question]) -> Steps:
        """The answers, in order; a refusal for whom one of its encounters cannot be answered, or the log cannot be written.

        They are what the generator returns; between the steps of much work it yields, so that others can be answered.
        """
        items = [item for question in questions for item in question.asked.items]
        scored = yield from self.engine.steps(items)
        self.metrics.batch.observe(len(items))
        self.metrics.feature_seconds.observe(scored.feature_seconds)
        self.metrics.model_seconds.observe(scored.model_seconds)
        warnings = self._ranges.warnings(scored.matrix)
        probability = scored.probability.tolist()
        made: list[bytes | Refusal | Exception] = []
        lines: list[Answer] = []
        start = 0
        for question in questions:
            stop = start + len(question.asked.items)
            wrong = {place - start: told for place, told in scored.refused.items() if start <= place < stop}
            if wrong:
                made.append(self.engine.refusal(question.asked, wrong))
            else:
                told, values = warnings[start:stop], probability[start:stop]
                lines += self.recorder.answers(question.context, question.ids, question.asked.items, values, told)
                made.append(self._content(question, values, told, scored.matrix[start:stop]))
            start = stop
        try:
            self.recorder.write(lines)
        except Refusal as refusal:
            return [item if isinstance(item, Refusal) else refusal for item in made]
        self._count(made, probability, warnings, scored.refused)
        return made

    def _content(
        self, question: Question, values: list[float], warnings: list[list[str]], matrix: NDArray[np.float64]
    ) -> bytes:
        predictions = [
            {
                "id": name,
                "probability": value,
                "alert": {text: value >= threshold for text, threshold in self._thresholds},
                "warnings": told,
            }
            for name, value, told in zip(question.ids, values, warnings, strict=True)
        ]
        if question.context.asked == "explain":
            explained = self.engine.explain(matrix[0])
            return bytes(to_json({**self._head, **predictions[0], **explained}))
        return bytes(to_json({**self._head, "predictions": predictions}))

    def _count(
        self,
        made: Sequence[bytes | Refusal | Exception],
        values: list[float],
        warnings: list[list[str]],
        refused: dict[int, Any],
    ) -> None:
        if all(isinstance(item, Refusal) for item in made):
            return
        given = [place for place in range(len(values)) if place not in refused]
        operating = self._thresholds[0][1]
        self.metrics.predictions += len(given)
        self.metrics.alerts += sum(values[place] >= operating for place in given)
        self.metrics.warnings += sum(bool(warnings[place]) for place in given)
