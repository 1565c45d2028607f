"""A table scored with the version of a stage: which model, where to, and the run itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import UsageError

if TYPE_CHECKING:
    from wardround.disclosure.scored import ScoredView
    from wardround.project.layout import Project
    from wardround.scoring import Done


def silent(_what: str, _done: int, _all: int) -> None:
    """Shows nothing."""


@dataclass(frozen=True)
class ScoreRequest:
    """What to score with what. One of ``stage``, ``version`` and ``here`` (the project's own model) is set.

    ``input``, ``output`` and ``history`` are paths from ``root``, or fsspec URLs. ``log`` False keeps no prediction log.
    """

    project: Project
    input: str
    output: str
    stage: str = ""
    version: str = ""
    here: bool = False
    history: str | None = None
    log: bool = True
    part_rows: int | None = None
    root: Path = Path()
    progress: Callable[[str, int, int], None] = silent


@dataclass(frozen=True)
class Scored:
    """What was done, by the tag ``tag`` (empty: the project's own model), after ``known`` encounters had their known answers.

    ``counts`` are the only ones of rows: a command prints, and what it prints may leave. ``violated``: rows are outside of the contract.
    The other fields are as in :class:`wardround.scoring.Done`.
    """

    counts: ScoredView
    violated: bool
    version: str
    tag: str
    known: int
    parts: int
    resumed: int
    extra: tuple[str, ...]
    logged: bool
    nothing: bool
    run: str


def score(request: ScoreRequest) -> Scored:
    """Scores. Errors as in :func:`wardround.scoring.score`, and of the model's choice as in :mod:`wardround.flows.released`."""
    from wardround import scoring
    from wardround.disclosure.rounding import to_ten
    from wardround.flows import released
    from wardround.service.settings import Settings

    if sum((bool(request.stage), bool(request.version), request.here)) != 1:
        raise UsageError(
            "which model shall answer?", where="wardround score", wanted="one of --stage, --version and --here"
        )
    root = request.project.root.resolve()
    settings = Settings.from_environment(root)
    tag = ""
    if not request.here:
        chosen = released.choose(request.project, request.stage, request.version)
        tag = chosen.tag
        own = released.fetched(request.project, chosen.version)
        model, release = own / "models" / "model", own / "release.json"
        settings = replace(settings, project=own, model=model, release=release, stage=request.stage)
    if not request.log:
        settings = replace(settings, log=None)
    known = released.tried(settings)

    def progress(what: str, number: int, total: int) -> None:
        """Rows are told rounded, as they are at the end; parts as they are."""
        told = (number, total) if what == "scoring" else (to_ten(number), to_ten(total))
        request.progress(what, *told)

    done = scoring.score(
        scoring.ScoreRequest(
            settings=settings,
            input=request.input,
            output=request.output,
            scratch=root / ".wardround" / "scoring",
            history=request.history,
            root=request.root.resolve(),
            progress=progress,
            **({} if request.part_rows is None else {"part_rows": request.part_rows}),
        )
    )
    return _scored(done, tag, known, request.project.params.disclosure.min_cell)


def _scored(done: Done, tag: str, known: int, least: int) -> Scored:
    from wardround.disclosure.scored import Tally, view

    exact = Tally(done.rows, done.answered, done.alerts, done.warned, done.history_rows, done.refused)
    return Scored(
        counts=view(exact, least),
        violated=done.out_of_contract > 0,
        version=done.version,
        tag=tag,
        known=known,
        parts=done.parts,
        resumed=done.resumed,
        extra=done.extra,
        logged=done.logged,
        nothing=done.nothing,
        run=done.run,
    )
