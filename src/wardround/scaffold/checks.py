"""What forbids a project: options that do not fit the table, and an outcome with one class. All are reported at once."""

from __future__ import annotations

import difflib

from wardround.errors import ContractViolation, Problem, UsageError
from wardround.scaffold.kinds import MOST_LISTED
from wardround.scaffold.outcome import Exclusion
from wardround.scaffold.request import DataRequest
from wardround.scaffold.setting import natural
from wardround.scaffold.survey import Survey
from wardround.tables import TableReader

#: Names that start so are ingest's own.
_RESERVED = "wr_"


def check_columns(reader: TableReader, request: DataRequest) -> None:
    """Raises :class:`UsageError` for options that name no column, :class:`ContractViolation` for reserved names."""
    names = list(reader.columns)
    problems = []
    wanted = [*request.roles().items(), *((f"--exclude {column}=…", column) for column in request.exclude)]
    for option, column in wanted:
        if column in reader.nested:
            problems.append(
                Problem(
                    "this column holds lists, structures or bytes",
                    where=f"{option}, {request.path}",
                    wanted="one plain value a cell",
                    next="write it as a plain column of its own",
                )
            )
        elif column not in names:
            near = difflib.get_close_matches(column, names, n=3, cutoff=0.5) or [
                name for name in names if name.lower().replace("_", "") == column.lower().replace("_", "")
            ]
            problems.append(
                Problem(
                    f"the table has no column {column!r}",
                    where=f"{option}, {request.path}",
                    found=f"{len(names)} columns: {', '.join(names[:12])}{', …' if len(names) > 12 else ''}",
                    next=_instead(near, names),
                )
            )
    for option, column in list(request.roles().items())[1:]:
        if column == request.outcome:
            problems.append(Problem("the outcome cannot play another part", where=f"{option} {column}"))
    if request.site is not None and request.site in (request.subject, request.encounter):
        problems.append(Problem("a site is no patient and no encounter", where=f"--site {request.site}"))
    if problems:
        raise UsageError(problems=problems)
    reserved = [name for name in names if name.startswith(_RESERVED)]
    if reserved:
        raise ContractViolation(
            f"names that start with {_RESERVED} are reserved for ingest",
            where=request.path,
            found=", ".join(reserved),
            next="rename these columns in the file",
        )


def _instead(near: list[str], names: list[str]) -> str:
    if len(names) == 1:
        return "the first line must be the header, and what separates its names may be said: --separator ' '"
    return f"did you mean {' or '.join(map(repr, near))}?" if near else "name one of the columns"


def check_outcome(found: Survey, request: DataRequest, exclusion: Exclusion, min_cell: int) -> None:
    """Raises :class:`UsageError` unless both classes occur among eligible encounters."""
    labels = found.labels
    problems = []
    for column, values in request.exclude.items():
        if not exclusion.seen.get(column):
            problems.append(
                Problem(
                    f"no value to exclude ever occurs: {', '.join(values)}",
                    where=f"--exclude {column}=…",
                    found=_levels_said(found, column, min_cell),
                    next="correct the value, or leave it out",
                )
            )
    where = f"--outcome {request.outcome} --positive {request.positive!r}"
    if not found.eligible:
        problems.append(Problem("no encounter is left after the exclusions", where="--exclude"))
    elif not labels.literal and labels.unreadable:
        problems.append(
            Problem(
                "the comparison needs numbers, but some outcomes are text",
                where=where,
                found=_levels_said(found, request.outcome, min_cell),
                next="name the value that is the event: --positive VALUE",
            )
        )
    elif not labels.positives:
        near = difflib.get_close_matches(
            request.positive, [t for t, n in labels.levels.items() if n >= min_cell], n=1, cutoff=0.5
        )
        problems.append(
            Problem(
                "the positive value never occurs" if labels.literal else "the comparison never holds",
                where=where,
                wanted="some encounters with the event and some without",
                found=_levels_said(found, request.outcome, min_cell),
                next=f"did you mean --positive {near[0]!r}?" if near else "name the value that is the event",
            )
        )
    elif not labels.negatives:
        problems.append(
            Problem(
                "every encounter has the event: there is one class only",
                where=where,
                wanted="some encounters with the event and some without",
                found=_levels_said(found, request.outcome, min_cell),
                next="name another value or column, or get a table that holds those without the event too",
            )
        )
    if problems:
        raise UsageError(problems=problems)


def _levels_said(found: Survey, column: str, min_cell: int) -> str:
    """The levels of a column that are common enough to be named."""
    levels = found.columns[column].levels
    if levels is None or len(levels) > MOST_LISTED:
        return f"{column} has many different values"
    named = sorted((text for text, count in levels.items() if count >= min_cell), key=natural)[:12]
    rare = sum(count < min_cell for count in levels.values())
    return f"{column} is {', '.join(map(repr, named)) or 'blank'}" + (" or a rare value" if rare else "")
