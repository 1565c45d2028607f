"""A whole run: the input by subjects, part after part answered, logged and then published; a second run goes on where it stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from wardround.errors import EnvironmentFailure, UsageError
from wardround.monitoring.predictions import load_key
from wardround.scoring import identity as identities
from wardround.scoring.answering import PartAnswerer
from wardround.scoring.coding import Levels, coding
from wardround.scoring.columns import reading
from wardround.scoring.holding import Holder
from wardround.scoring.logged import Log
from wardround.scoring.output import Writer, counts
from wardround.scoring.place import FINISHED, RUN, Place
from wardround.scoring.publishing import Publication, name_of, plain_memory, publish, quiet_collector
from wardround.scoring.sorting import sort_into
from wardround.scoring.source import Table, open_input
from wardround.scoring.spilling import Spill
from wardround.scoring.together import together
from wardround.service.engine import Engine
from wardround.service.settings import Settings
from wardround.stages.serving import forms
from wardround.tables import TableSource

#: Rows of a part, about: what memory holds several times. Project choice.
PART_ROWS = 131_072


def silent(_what: str, _done: int, _all: int) -> None:
    """Shows nothing."""


@dataclass(frozen=True)
class ScoreRequest:
    """What to score: ``settings`` name project, model, release, stage and log; paths may be fsspec URLs.

    ``history`` holds earlier encounters that nobody wants an answer for. ``scratch`` is a directory on this machine for rows by subject;
    it is emptied at the end. ``progress`` is told what is done, how much, and of how much (0: not known).
    """

    settings: Settings
    input: str
    output: str
    scratch: Path
    history: str | None = None
    part_rows: int = PART_ROWS
    root: Path = field(default_factory=Path)
    progress: Callable[[str, int, int], None] = silent


@dataclass(frozen=True)
class Done:
    """What a run did. ``resumed`` parts were there before; ``nothing`` says that all were. ``extra`` are columns that were not used."""

    version: str
    rows: int
    answered: int
    alerts: int
    warned: int
    refused: dict[str, int]
    history_rows: int
    parts: int
    resumed: int
    extra: tuple[str, ...]
    logged: bool
    nothing: bool
    run: str

    @property
    def out_of_contract(self) -> int:
        """Rows that are not answered because of what is in them, or in the rows before them."""
        return sum(count for reason, count in self.refused.items() if not reason.endswith(": excluded"))


def score(request: ScoreRequest) -> Done:
    """Scores the input, or what is left of it.

    Raises :class:`UsageError` for an output of another run and for files that cannot be read, :class:`ContractViolation` for missing columns,
    :class:`EnvironmentFailure` when a storage or the log does not answer. Whatever happens, finished parts stay.
    """
    engine = Engine.load(request.settings, explain=False)
    data = engine.params.data
    source = TableSource(request.input, data.encoding, data.separator, request.root)
    table = open_input(request.input, source)
    history = None
    if request.history is not None:
        if data.columns.subject is None or data.columns.time is None:
            raise UsageError("a history needs a subject and a time", where="params.yaml: data.columns")
        history = open_input(request.history, source)
    log = request.settings.log
    told = identities.identity(
        engine,
        request.settings.project,
        table,
        history,
        {"stage": request.settings.stage, "log": log.url if log else None, "part_rows": request.part_rows},
    )
    place = Place(request.output if "://" in request.output else str(request.root / request.output))
    run = _Run(request, engine, table, history, place, told)
    with run.alone(), plain_memory():
        return run.go()


@dataclass
class _Run:
    request: ScoreRequest
    engine: Engine
    table: Table
    history: Table | None
    place: Place
    identity: dict[str, Any]
    run: str = field(init=False)

    def __post_init__(self) -> None:
        self.run = identities.digest_of(self.identity)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else on this machine works on the same run meanwhile."""
        self.request.scratch.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.request.scratch / f"{self.run}.lock")
        try:
            with lock.acquire(timeout=0):
                yield
        except Timeout:
            raise EnvironmentFailure(
                "another process works on the same run", where=self.place.path, next="wait for it, or stop it"
            ) from None

    def go(self) -> Done:
        request, engine = self.request, self.engine
        shown = engine.parser.columns
        known = engine.contract.names
        read = reading(self.table, shown, known)
        past = reading(self.history, shown, known) if self.history is not None else None
        names = self._checked_output()
        size = self.table.guess + (self.history.guess if self.history is not None else 0)
        parts = max(1, -(-size // request.part_rows))
        missing = [part for part in range(parts) if name_of(part) not in names]
        finished = self.place.read(FINISHED) if FINISHED in names and not missing else None
        levels = coding(shown, engine.params.data)
        holder = Holder(shown, engine.params.data, read, levels, answered=True)
        spill = Spill(request.scratch / self.run, parts, holder.schema)
        if finished is not None:
            spill.remove()  # of a run that was killed between its last file and this
            return self._done(finished, parts, parts, read.extra, nothing=True)
        self.place.write(RUN, {"schema_version": identities.VERSION, "kind": "score run", "identity": self.identity})
        if missing and not spill.complete(missing):
            spill.begin()
            self._spill(spill, self.table, holder, "reading")
            if self.history is not None and past is not None:
                earlier = Holder(shown, engine.params.data, past, levels, answered=False)
                self._spill(spill, self.history, earlier, "reading history")
            spill.end()
        told = self._parts(spill, parts, missing, levels)
        self.place.write(FINISHED, told)
        spill.remove()
        return self._done(told, parts, parts - len(missing), read.extra, nothing=False)

    def _checked_output(self) -> list[str]:
        names = self.place.names()
        if RUN in names:
            identities.check_same(self.place.read(RUN), self.identity, self.place.path)
            self.place.sweep()
        elif [name for name in names if not name.startswith(".")]:
            raise UsageError(
                "the output holds something else",
                where=self.place.path,
                next="give an empty directory, or one to be made",
            )
        elif any(name.startswith(f".{RUN}.") for name in names):  # killed while it wrote its first file
            self.place.sweep()
        return names

    def _spill(self, spill: Spill, table: Table, holder: Holder, doing: str) -> None:
        def tell(done: int) -> None:
            self.request.progress(doing, done, table.rows or 0)

        sort_into(spill, table, holder, self.engine.params.data.columns.subject, tell)

    def _parts(self, spill: Spill, parts: int, missing: list[int], levels: Mapping[str, Levels]) -> dict[str, Any]:
        settings, engine = self.request.settings, self.engine
        key = b""
        log = None
        if missing and settings.log is not None:
            key = load_key(settings.log.key, make=settings.log.own_key)
            log = Log(settings.log.url, self.run)
        writer = Writer(engine, self.run, settings.stage, key)
        model = settings.model / forms.FILES["treelite"]
        answerer = PartAnswerer(engine, levels, model.read_bytes() if missing and model.is_file() else b"")

        def work(part: int) -> None:
            answered = answerer(spill.read(part))
            told = {
                "run": self.run,
                "part": part,
                **counts(answered, engine.params.evaluate.thresholds[0]),
                "history_rows": answered.history,
            }
            publish(Publication(writer, log, self.place, part, answered, told))

        resumed = parts - len(missing)
        with quiet_collector(), contextlib.closing(together(partial(work, part) for part in missing)) as scoring:
            for number, _ in enumerate(scoring, 1):
                self.request.progress("scoring", resumed + number, parts)
        total: dict[str, Any] = {}
        for part in range(parts):
            total = _added(total, self.place.part(name_of(part)))
        return {**total, "schema_version": identities.VERSION, "kind": "score summary", "run": self.run, "parts": parts}

    def _done(self, told: dict[str, Any], parts: int, resumed: int, extra: tuple[str, ...], *, nothing: bool) -> Done:
        return Done(
            version=self.engine.version,
            rows=told["rows"],
            answered=told["answered"],
            alerts=told["alerts"],
            warned=told["warned"],
            refused=dict(told["refused"]),
            history_rows=told["history_rows"],
            parts=parts,
            resumed=resumed,
            extra=extra,
            logged=self.request.settings.log is not None,
            nothing=nothing,
            run=self.run,
        )


def _added(total: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    refused = dict(total.get("refused", {}))
    for reason, count in told["refused"].items():
        refused[reason] = refused.get(reason, 0) + count
    names = ("rows", "answered", "alerts", "warned", "history_rows")
    return {**{name: total.get(name, 0) + told[name] for name in names}, "refused": dict(sorted(refused.items()))}
