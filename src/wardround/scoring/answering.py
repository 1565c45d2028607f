"""One part answered: whole subjects to features, by the team's own function, to probabilities, by the served form."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from wardround.contract.rows import RowCheck, failures
from wardround.errors import EnvironmentFailure, WardroundError
from wardround.files import sha256_bytes
from wardround.scoring.coding import Levels
from wardround.scoring.flagging import flagging
from wardround.scoring.subjects import Subjects, frame_table
from wardround.scoring.trees import made
from wardround.service.engine import Engine
from wardround.service.ranging import Ranges
from wardround.stages.features import frames
from wardround.stages.serving import forms
from wardround.stages.serving.scorer import calibrated

#: Rows of each part that the served form answers, too, and the largest accepted difference: double precision leaves room for nothing else.
_COMPARED, _SAME = 256, 1e-12
#: So many subjects may have features that cannot be made; then it is the code. Project choice.
_MOST_UNMADE = 64


@dataclass(frozen=True)
class Answered:
    """The rows of a part that were asked about, by subject and time; ``probability`` is NaN where ``reasons`` says why there is none.

    ``rows`` are the contract's columns of those rows, missing numbers as NaN; ``earlier`` counts the subject's rows before each; ``warnings`` are as the service's.
    Both name rows by their place, and only those that they say something about. ``history`` counts rows that nobody asked about.
    """

    rows: pa.Table
    probability: NDArray[np.float64]
    earlier: NDArray[np.int64]
    warnings: dict[int, list[str]]
    reasons: dict[int, list[str]]
    history: int


@dataclass
class PartAnswerer:
    """Answers parts with one loaded model."""

    engine: Engine
    levels: Mapping[str, Levels]
    model: bytes = b""
    _fast: forms.Predict | None = field(init=False, default=None, repr=False)
    _unmade: int = field(init=False, default=0)
    _team: threading.Lock = field(init=False, default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        manifest = self.engine.scorer.manifest
        assert manifest is not None
        self._ranges = Ranges(manifest.features)
        self._flagged = flagging(manifest.features)
        if manifest.serving == "treelite" and self.model:
            if sha256_bytes(self.model) != manifest.digests[forms.FILES["treelite"]]:
                raise EnvironmentFailure("the served form changed while it was loaded", where=forms.FILES["treelite"])
            unknown = {place: item.unknown for place, item in enumerate(manifest.features) if item.unknown}
            self._fast = made(self.model, single=manifest.single_precision, unknown=unknown)

    def __call__(self, rows: pa.Table) -> Answered:
        """The answers to the rows of a part. Raises :class:`WardroundError` when the features do not run at all.

        Several threads may ask at once: only the team's code runs in one of them at a time, because nobody promised that it may in more.
        """
        subjects = Subjects.of(rows, self.engine.params.data.columns, self.levels)
        subjects = subjects.with_reasons(subjects.repeated(self.engine.contract))
        subjects, frame = self._checked(subjects)
        good = subjects.good
        matrix, unmade = self._made(frame, np.flatnonzero(good), subjects.group)
        subjects = subjects.with_reasons(unmade)
        earlier = subjects.earlier(good)
        told = subjects.after_faults()
        wanted = np.flatnonzero(told.answered)
        given = told.good[wanted]
        known = matrix if given.all() and len(wanted) == len(matrix) else matrix[wanted[given]]
        probability = np.full(len(wanted), np.nan)
        probability[given] = self.probabilities(known)
        flagged = np.flatnonzero(self._flagged(known))
        warned = np.flatnonzero(given)[flagged].tolist()
        place = {int(row): number for number, row in enumerate(wanted.tolist())} if told.reasons else {}
        return Answered(
            rows=told.table if len(wanted) == len(told) else told.table.take(pa.array(wanted)),
            probability=probability,
            earlier=earlier[wanted],
            warnings=dict(zip(warned, self._ranges.warnings(known[flagged]), strict=True)),
            reasons={place[row]: said for row, said in sorted(told.reasons.items()) if row in place},
            history=len(told) - len(wanted),
        )

    def probabilities(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """As :meth:`wardround.stages.serving.scorer.Scorer.probabilities`, with which some rows are compared."""
        scorer = self.engine.scorer
        if self._fast is None or not len(matrix):
            return scorer.probabilities(np.ascontiguousarray(matrix))
        raw = self._fast(matrix)
        some = np.linspace(0, len(matrix) - 1, min(_COMPARED, len(matrix))).astype(np.int64)
        if not np.allclose(raw[some], scorer.predict(np.ascontiguousarray(matrix[some])), rtol=0, atol=_SAME):
            self._fast = None
            return scorer.probabilities(np.ascontiguousarray(matrix))
        return calibrated(raw, scorer.calibration)

    def _frame(self, subjects: Subjects, places: NDArray[np.int64]) -> pd.DataFrame:
        table = subjects.table if len(places) == len(subjects) else subjects.table.take(pa.array(places))
        owner = subjects.owner if len(places) == len(subjects) else subjects.owner.take(pa.array(places))
        return frames.encounters(frame_table(table, owner, self.engine.params.data.columns))

    def _checked(self, subjects: Subjects) -> tuple[Subjects, pd.DataFrame | None]:
        """The contract's own checks, asked about rows whose cells are good, as the service asks them; and the frame of those that stay."""
        places = np.flatnonzero(subjects.good)
        frame = self._frame(subjects, places) if len(places) else None
        if frame is not None and self.engine.checks:
            with self._team:
                wrong = failures(self.engine.checks, frame)
            if wrong:
                told = {int(places[row]): [_told(check) for check in checks] for row, checks in wrong.items()}
                subjects = subjects.with_reasons(told)
                places = np.flatnonzero(subjects.good)
                frame = self._frame(subjects, places) if len(places) else None
        return subjects, frame

    def _made(
        self, frame: pd.DataFrame | None, places: NDArray[np.int64], group: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], dict[int, list[str]]]:
        """The matrix of all rows, NaN where they have no features, and the rows of subjects whose features cannot be made."""
        made = None
        if frame is not None:
            with contextlib.suppress(WardroundError):
                made = self._matrix(frame)
            if made is not None and len(made) == len(group):
                return made, {}
        matrix = np.full((len(group), len(self.engine.scorer.spec.names)), np.nan, order="F")
        if made is not None:
            matrix[places] = made
            return matrix, {}
        return matrix, self._fill(frame, places, matrix, group) if frame is not None else {}

    def _matrix(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        with self._team:
            features = self.engine.builder.columns(frame)
        return self.engine.scorer.matrix(features, "F")

    def _fill(
        self, frame: pd.DataFrame, places: NDArray[np.int64], matrix: NDArray[np.float64], group: NDArray[np.int64]
    ) -> dict[int, list[str]]:
        """Puts the features of the rows at ``places`` into the matrix; gives the rows of subjects whose features cannot be made."""
        try:
            matrix[places] = self._matrix(frame)
        except WardroundError as error:
            owners = np.unique(group[places])
            if len(owners) == 1:
                with self._team:
                    self._unmade += 1
                if self._unmade > _MOST_UNMADE:
                    raise
                where = error.problems[0].where if error.problems else "pipelines/features.py"
                return {int(place): [f"encounter: features ({where})"] for place in places}
            found: dict[int, list[str]] = {}
            for half in _halves(group[places], owners):
                found |= self._fill(frame.iloc[half].reset_index(drop=True), places[half], matrix, group)
            return found
        return {}


def _halves(group: NDArray[np.int64], owners: NDArray[np.int64]) -> Iterator[Any]:
    cut = int(np.searchsorted(group, owners[len(owners) // 2]))
    yield slice(0, cut)
    yield slice(cut, len(group))


def _told(check: RowCheck) -> str:
    return f"{'encounter' if check.column is None else check.column.name}: {check.rule}"
