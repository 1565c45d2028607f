"""The model as a service runs it: encounters in, probabilities and warnings out, many at once with the answers of one by one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround import contract
from wardround.contract import Contract
from wardround.errors import WardroundError
from wardround.files import sha256_bytes, sha256_file, sha256_json
from wardround.project.layout import Project
from wardround.project.params import Params
from wardround.project.serve_section import ServeSection
from wardround.service.asking import Asked, Item, Parser
from wardround.service.refusal import FieldProblem, Refusal
from wardround.service.settings import Settings
from wardround.stages.features import frames
from wardround.stages.features.building import Builder
from wardround.stages.features.spec import encode
from wardround.stages.serving.encounters import arrange
from wardround.stages.serving.scorer import Scorer, load


@dataclass(frozen=True)
class Scored:
    """The answers to encounters, in their order. ``matrix`` is what the model saw; ``refused`` maps places to what is wrong."""

    probability: NDArray[np.float64]
    matrix: NDArray[np.float64]
    refused: dict[int, list[FieldProblem]]


@dataclass(frozen=True)
class Engine:
    """A loaded model with the code that leads to it. ``release`` is what the release file says, empty when there is none."""

    contract: Contract
    parser: Parser
    builder: Builder
    scorer: Scorer
    params: Params
    release: dict[str, Any]
    contract_version: str
    model_digest: str

    @classmethod
    def load(cls, settings: Settings) -> Engine:
        """Reads project and model. Raises :class:`WardroundError` with what is wrong with them."""
        project = Project(settings.project)
        params, layout = project.params, project.layout
        agreed = contract.load(layout.contract)
        withheld = frames.withheld(params.data.columns, agreed)
        release = _release(settings)
        return cls(
            contract=agreed,
            parser=Parser(agreed, params.data.columns, withheld, params.serve),
            builder=Builder.load(layout.features_code, params.features.settings, withheld),
            scorer=load(settings.model),
            params=params,
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
        matrix = np.full((len(items), len(self.scorer.spec.names)), np.nan)
        refused: dict[int, list[FieldProblem]] = {}
        for places in self._rounds(items):
            self._fill(items, places, matrix, refused)
        return Scored(self.scorer.probabilities(matrix), matrix, refused)

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
    ) -> None:
        rows: list[Any] = []
        ends = []
        for place in places:
            rows += items[place].history
            ends.append(len(rows))
            rows.append(items[place].encounter)
        frame, where = arrange(rows, self.parser.keys)
        try:
            features = self.builder.build(frame)
            self.scorer.check(features)
        except WardroundError as error:
            if len(places) > 1:  # one of them, perhaps: the others are answered
                for place in places:
                    self._fill(items, [place], matrix, refused)
                return
            refused[places[0]] = [FieldProblem("", _unmade(error))]
            return
        matrix[places] = encode(features, self.scorer.spec)[where[ends]]

    def refusal(self, asked: Asked, refused: dict[int, list[FieldProblem]]) -> Refusal:
        """The refusal of a request of which these encounters could not be answered."""
        return Refusal(
            422,
            "the request does not satisfy the contract",
            [
                FieldProblem(f"{asked.field(number)}encounter" + item.field, item.wanted)
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
    first = error.problems[0]
    return f"values from which the features can be made ({first.where})"
