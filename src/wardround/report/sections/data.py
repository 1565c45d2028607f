"""The data: what the contract said of the table, and how its columns moved against the base."""

from __future__ import annotations

from wardround.disclosure.published import (
    ColumnView,
    FailureView,
    LevelCount,
    ProfileView,
    Published,
    ValidationView,
    Why,
)
from wardround.report import cells, numbers, words
from wardround.report.blocks import (
    BREAK,
    Block,
    Bullets,
    Column,
    Fold,
    Inline,
    Kind,
    Notes,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
    code,
    plain,
)
from wardround.values import Verdict

#: Columns that stand open, those that moved most; the others are folded.
OPEN_COLUMNS = 8
#: Shares of a column that are named, and the least change that is worth it.
MOVES, LEAST_MOVE = 3, 0.015


def section(published: Published, notes: Notes) -> Section | None:
    """Contract and shift; None when neither is published."""
    blocks: list[Block] = []
    if published.validation is not None:
        blocks += _validation(published.validation, notes)
    if published.profile is not None:
        blocks += _profile(published.profile, notes)
    return Section("data", "The data", tuple(blocks), weight=4) if blocks else None


def _validation(view: ValidationView, notes: Notes) -> list[Block]:
    said: Inline = (
        *plain("The contract was checked on "),
        *cells.count(view.rows, notes),
        *plain(" rows, rounded to 10: "),
    )
    said = (*said, Span(view.verdict, Kind.VERDICT))
    blocks: list[Block] = [Paragraph(said)]
    told = [failure for failure in view.failures if failure.count.shown or Verdict(failure.verdict).blocks]
    if told:
        columns = (
            Column("Rule"),
            Column("Column"),
            Column("Rows", numeric=True),
            Column("Share", numeric=True),
            Column("Tolerated", numeric=True),
            Column("Verdict"),
        )
        rows = tuple(_failure(failure, notes) for failure in told)
        blocks.append(Table("Rules of the contract that rows break", columns, rows))
    if len(told) < len(view.failures):
        rest = words.plural(len(view.failures) - len(told), "further check")
        said = plain(f"{rest} of the contract passed or did not apply. How many rows, if any, break them is ")
        blocks.append(Paragraph((*said, *notes.withheld(Why.SMALL), *plain(".")), "quiet"))
    if view.notes:
        blocks.append(Bullets(tuple(plain(note) for note in view.notes)))
    return blocks


def _failure(failure: FailureView, notes: Notes) -> Row:
    where: Inline = code(failure.column) if failure.column else plain("the table")
    for title, levels in (("by site", failure.by_site), ("by month", failure.by_month)):
        if levels:
            where = (*where, BREAK, *plain(f"{title}: "), *_levels(levels, notes))
    tolerated = plain(numbers.threshold(failure.tolerance)) if failure.tolerance is not None else plain("none")
    return Row(
        (
            code(failure.rule),
            where,
            cells.count(failure.count, notes),
            cells.share(failure.share, notes),
            tolerated,
            (Span(failure.verdict, Kind.VERDICT),),
        )
    )


def _levels(levels: tuple[LevelCount, ...], notes: Notes) -> Inline:
    spans: list[Span] = []
    for item in levels:
        spans += plain(", ") if spans else ()
        spans += (*plain(f"{item.level} "), *cells.count(item.count, notes))
    return tuple(spans)


def _profile(view: ProfileView, notes: Notes) -> list[Block]:
    rows: Inline = (*plain("Rows, rounded to 10: base "), *cells.count(view.rows_base, notes), *plain(", head "))
    blocks: list[Block] = [Paragraph((*rows, *cells.count(view.rows_head, notes), *plain(".")), "quiet")]
    ranked = sorted(view.columns, key=lambda column: -(column.psi.value if column.psi.value is not None else -1.0))
    tables = [_columns(part, notes) for part in (ranked[:OPEN_COLUMNS], ranked[OPEN_COLUMNS:]) if part]
    if tables:
        blocks.append(tables[0])
    if len(tables) > 1:
        blocks.append(Fold(plain(f"The other {len(ranked) - OPEN_COLUMNS} columns"), (tables[1],)))
    return blocks


def _moved(column: ColumnView) -> Inline:
    """The shares that moved most, below the column's name; nothing when none moved by two percentage points."""
    moves = [
        (round(abs(cell.head.value - cell.base.value), 6), cell.label, cell.base.value, cell.head.value)
        for cell in column.cells
        if cell.head.value is not None and cell.base.value is not None
    ]
    most = sorted((move for move in moves if move[0] >= LEAST_MOVE), key=lambda move: (-move[0], move[1]))[:MOVES]
    said = [f"{label} {numbers.percent(before)} \u2192 {numbers.percent(after)}" for _, label, before, after in most]
    return (BREAK, *plain(", ".join(said))) if said else ()


def _columns(columns: list[ColumnView], notes: Notes) -> Table:
    headings = (
        Column("Column"),
        Column("Missing, base", numeric=True),
        Column("Missing, head", numeric=True),
        Column("Stability index", numeric=True),
    )
    rows = []
    for column in columns:
        if column.withheld:
            withheld = notes.withheld(column.withheld)
            rows.append(Row((code(column.column), withheld, plain(""), plain(""))))
            continue
        missing = (cells.share(column.missing.base, notes), cells.share(column.missing.head, notes))
        rows.append(Row(((*code(column.column), *_moved(column)), *missing, cells.inline(column.psi, notes))))
    caption = "Columns of base and head, those that moved most first (population stability index; above 0.25 is a large shift)"
    return Table(caption, headings, tuple(rows))
