"""The model as a service runs it: encounters in, probabilities and warnings out, many at once with the answers of one by one."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from wardround import contract
from wardround.contract import Contract
from wardround.contract.rows import RowCheck, failures
from wardround.errors import WardroundError
from wardround.files import sha256_bytes, sha256_file, sha256_json
from wardround.project.layout import Project
from wardround.project.params import Params
from wardround.project.serve_section import ServeSection
from wardround.service import checking
from wardround.service.asking import Asked, Item, Parser
from wardround.service.explaining import Method, method
from wardround.service.refusal import FieldProblem, Refusal
from wardround.service.settings import Settings
from wardround.stages.features import frames
from wardround.stages.features.building import Builder
from wardround.stages.serving.encounters import arrange
from wardround.stages.serving.scorer import Scorer, load


@dataclass(frozen=True)
class Scored:
    """The answers to encounters, in their order. ``matrix`` is what the model saw; ``refused`` maps places to what is wrong.

    ``feature_seconds`` went from rows to the matrix, ``model_seconds`` from the matrix to probabilities.
    """

    probability: NDArray[np.float64]
    matrix: NDArray[np.float64]
    refused: dict[int, list[FieldProblem]]
    feature_seconds: float
    model_seconds: float


@dataclass(frozen=True)
class Engine:
    """A loaded model with the code that leads to it. ``release`` is what the release file says, empty when there is none."""

    contract: Contract
    parser: Parser
    builder: Builder
    scorer: Scorer
    params: Params
    method: Method | None
    checks: tuple[RowCheck, ...]
    left_out: tuple[str, ...]
    release: dict[str, Any]
    contract_version: str
    model_digest: str

    @classmethod
    def load(cls, settings: Settings, *, explain: bool = True) -> Engine:
        """Reads project and model; ``explain`` is whether somebody may ask for :meth:`explain`. Raises :class:`WardroundError` with what is wrong with them."""
        project = Project(settings.project)
        params, layout = project.params, project.layout
        agreed = contract.load(layout.contract)
        withheld = frames.withheld(params.data.columns, agreed)
        release = _release(settings)
        scorer = load(settings.model)
        assert scorer.manifest is not None
        parser = Parser(agreed, params.data.columns, withheld, params.serve)
        checks, left_out = checking.kept(agreed, parser, withheld, settings.model)
        return cls(
            contract=agreed,
            parser=parser,
            builder=Builder.load(layout.features_code, params.features.settings, withheld),
            scorer=scorer,
            params=params,
            method=method(settings.model, scorer.manifest) if explain else None,
            checks=tuple(checks),
            left_out=tuple(left_out),
            release=release,
            contract_version=release.get("contract") or contract_digest(project),
            model_digest=sha256_bytes((settings.model / "manifest.json").read_bytes()),
        )

    @property
    def limits(self) -> ServeSection:
        """The section ``serve`` of ``params.yaml``."""
        return self.params.serve

    @property
    def version(self) -> str:
        """The released version, or which model it is when it was not released."""
        return str(self.release.get("version") or f"unreleased+{self.model_digest.removeprefix('sha256:')[:12]}")

    def score(self, items: Sequence[Item]) -> Scored:
        """The answers. An encounter whose features cannot be made is refused; the others are answered."""
        steps = self.steps(items)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                return cast("Scored", done.value)

    def steps(self, items: Sequence[Item]) -> Generator[None, None, Scored]:
        """As :meth:`score`, which the generator returns; it yields after each round but the last."""
        matrix = np.full((len(items), len(self.scorer.spec.names)), np.nan)
        refused: dict[int, list[FieldProblem]] = {}
        rounds, seconds = deque(self._rounds(items)), 0.0
        while rounds:
            begun = time.perf_counter()
            places = rounds.popleft()
            if not self._fill(items, places, matrix, refused):
                rounds.extendleft([place] for place in reversed(places))
            seconds += time.perf_counter() - begun
            if rounds:
                yield
        made = time.perf_counter()
        probability = self.scorer.probabilities(matrix)
        return Scored(probability, matrix, refused, seconds, time.perf_counter() - made)

    def subjects(self, items: Sequence[Item]) -> list[Any]:
        """Whose encounters these are; nobody's where the project has no subjects."""
        subject = self.parser.keys.subject
        return [] if subject is None else [item.encounter[subject] for item in items]

    def explain(self, row: NDArray[np.float64]) -> dict[str, Any]:
        """What a matrix row's raw answer is made of, for ``/explain``, the largest contribution first."""
        assert self.method is not None
        found = self.method.explain(row)
        spec = self.scorer.spec
        order = np.argsort(-np.abs(found.values), kind="stable").tolist()
        contributions = [
            {
                "feature": spec.names[place],
                "value": _shown(row[place], spec.categorical.get(spec.names[place])),
                "contribution": float(found.values[place]),
            }
            for place in order
        ]
        return {
            "method": self.method.name,
            "scale": self.method.scale,
            "base": found.base,
            "raw": found.base + float(found.values.sum()),
            "contributions": contributions,
        }

    def _rounds(self, items: Sequence[Item]) -> list[list[int]]:
        """Places of items that may be worked on together: in none of them a subject stands twice, because its rows would mix."""
        subject = self.parser.keys.subject
        if len(items) == 1 or subject is None:
            return [list(range(len(items)))]
        met: dict[Any, int] = {}
        rounds: list[list[int]] = []
        for place, item in enumerate(items):
            value = item.encounter[subject]
            turn = met.get(value, 0)
            met[value] = turn + 1
            if turn == len(rounds):
                rounds.append([])
            rounds[turn].append(place)
        return rounds

    def _fill(
        self,
        items: Sequence[Item],
        places: list[int],
        matrix: NDArray[np.float64],
        refused: dict[int, list[FieldProblem]],
    ) -> bool:
        """Fills the matrix; False when that cannot be done for all of them together, and each has to be tried alone."""
        rows: list[Any] = []
        ends = []
        for place in places:
            rows += items[place].history
            ends.append(len(rows))
            rows.append(items[place].encounter)
        frame, where = arrange(rows, self.parser.keys)
        if wrong := failures(self.checks, frame):
            refused |= checking.by_item(wrong, where, places, ends)
        try:
            made = self.scorer.matrix(self.builder.columns(frame, own=True))
        except WardroundError as error:
            if len(places) > 1:  # one of them, perhaps: the others are answered
                return False
            refused.setdefault(places[0], [FieldProblem(".encounter", _unmade(error))])
            return True
        matrix[places] = made[where[ends]]
        return True

    def refusal(self, asked: Asked, refused: dict[int, list[FieldProblem]]) -> Refusal:
        """The refusal of a request of which these encounters could not be answered."""
        return Refusal(
            422,
            "the request does not satisfy the contract",
            [
                FieldProblem((asked.field(number) + item.field.removeprefix(".")).rstrip("."), item.wanted)
                for number, problems in sorted(refused.items())
                for item in problems
            ],
        )


def contract_digest(project: Project) -> str:
    """The contract's version: the digest of its file and of which column is what, as a release says it."""
    columns = project.params.data.columns.model_dump(mode="json")
    return sha256_json({"contract.py": sha256_file(project.layout.contract), "columns": columns})


def _release(settings: Settings) -> dict[str, Any]:
    if settings.release is None:
        return {}
    found = json.loads(settings.release.read_bytes())
    return dict(found) if isinstance(found, dict) else {}


def _unmade(error: WardroundError) -> str:
    return f"values from which the features can be made ({error.problems[0].where})"


def _shown(value: float, categories: tuple[str, ...] | None) -> float | str | None:
    """A feature's value as a person knows it."""
    if np.isnan(value):
        return None
    return float(value) if categories is None else categories[int(value)]
