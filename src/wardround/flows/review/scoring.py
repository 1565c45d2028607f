"""Probabilities of base, anchor and head for the same encounters, in snapshot order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wardround.errors import UsageError, WardroundError
from wardround.files import sha256_json
from wardround.revision.program import Program, ProgramFailedError

if TYPE_CHECKING:
    from wardround.flows.review.references import Reference
    from wardround.project.layout import Project
    from wardround.revision.lock import Lock

#: What must be the same for two revisions to give the same probabilities.
_SCORING_INPUTS = ("data/snapshot", "data/features", "models/model")


def same_scores(head: Lock, reference: Lock) -> bool:
    """Whether both revisions have the same data, features and model, so that scoring again would give the same bytes."""
    return all(head.digest(path) and head.digest(path) == reference.digest(path) for path in _SCORING_INPUTS)


def read_scores(path: Path) -> NDArray[np.float64]:
    """The probabilities in a scores file, float64, NaN where there is none."""
    column = pq.read_table(path, columns=["probability"]).column(0)
    return np.asarray(column.to_numpy(), dtype=np.float64)


def score_with_reference(project: Project, reference: Reference, snapshot_digest: str) -> NDArray[np.float64]:
    """The reference's probabilities on the head's snapshot, made by its own program (kept, and found again next time).

    Raises ProgramFailedError or EnvironmentFailure when that program, its model or its environment is not to be had.
    """
    program = reference.program
    out = program.root / f".scores-{sha256_json([snapshot_digest, reference.commit])[7:23]}.parquet"
    if not out.is_file():
        program.fetch("models/model", "reports/features.json")
        program.run(["program", "score", "--snapshot", str(project.layout.snapshot), "--out", str(out)])
    return read_scores(out)


def score_with_head(head: Project | Program, reference: Reference, head_model: str) -> NDArray[np.float64]:
    """The head's probabilities on the reference's snapshot: by this process for the work tree, else by its own program."""
    program = reference.program
    program.fetch("data/snapshot")
    snapshot = program.root / "data" / "snapshot"
    out = program.root / f".head-{sha256_json([head_model, reference.commit])[7:23]}.parquet"
    if not out.is_file():
        if isinstance(head, Program):
            head.run(["program", "score", "--snapshot", str(snapshot), "--out", str(out)])
        else:
            from wardround.stages.serving import score_snapshot

            try:
                score_snapshot(head.root, snapshot, out)
            except UsageError as error:  # its code and params run on its own data; these are another revision's
                raise ProgramFailedError(
                    "the head's program did not run on this revision's encounters", found=explain(error)
                ) from error
    return read_scores(out)


def explain(error: WardroundError) -> str:
    """A failure as one sentence for a comparison that cannot be made."""
    problem = error.problems[0]
    parts = [problem.what, f"wanted {problem.wanted}" if problem.wanted else "", problem.found]
    return "; ".join(part for part in parts if part)
