"""What changed between base and head: parameters, pipeline files, code, versions, data."""

from __future__ import annotations

from wardround.report import numbers, words
from wardround.report.blocks import DASH, Block, Column, Fold, Inline, Paragraph, Row, Section, Table, code, plain
from wardround.report.blocks import Bullets as List
from wardround.report.context import Changes, Context, DataChange, FileChange, ValueChange, short

#: Longer lists are folded.
OPEN_ROWS = 12


def section(context: Context) -> Section | None:
    """All changes; None when the context does not know them."""
    changes = context.changes
    if changes is None:
        return None
    blocks: list[Block] = [Paragraph(plain(summary(changes)))]
    if context.dirty:
        blocks.append(
            Paragraph(
                plain("The work tree holds changes that are not committed: this verdict is about no commit."), "warn"
            )
        )
    blocks += [Paragraph(plain(note), "warn") for note in context.judge_notes]
    if changes.params:
        blocks.append(_values("Parameters that changed", "Parameter", changes.params))
    if changes.data is not None and not changes.data.same:
        blocks.append(_data(changes.data))
    if changes.pipelines or changes.code:
        blocks.append(_files(changes))
    if changes.framework:
        blocks.append(_values("Versions that changed", "What", changes.framework))
    return Section("changes", "What changed", tuple(blocks), weight=9)


def summary(changes: Changes) -> str:
    """What changed, by kind and number, in one sentence."""
    if changes.nothing:
        return "Nothing that makes the model differs from the base."
    parts = [
        words.plural(len(changes.params), "parameter") if changes.params else "",
        words.plural(len(changes.pipelines), "pipeline file") if changes.pipelines else "",
        words.plural(len(changes.code), "other file") if changes.code else "",
        words.plural(len(changes.framework), "version") if changes.framework else "",
        _data_said(changes.data) if changes.data is not None and not changes.data.same else "",
    ]
    kept = [part for part in parts if part]
    same = "" if changes.data is None or not changes.data.same else " The data are the same, byte by byte."
    return f"Changed: {words.listed(kept, most=5)}.{same}"


def _data_said(change: DataChange) -> str:
    return "the data" if change.before else "the data (the base has none yet)"


def _folded(table: Table, noun: str) -> Block:
    if len(table.rows) <= OPEN_ROWS:
        return table
    return Fold(plain(f"{table.caption} ({words.plural(len(table.rows), noun)})"), (table,))


def _values(caption: str, heading: str, changes: tuple[ValueChange, ...]) -> Block:
    rows = tuple(Row((_key(change), _value(change.before), _value(change.after))) for change in changes)
    return _folded(Table(caption, (Column(heading), Column("Base"), Column("Head")), rows, pair=True), "row")


def _key(change: ValueChange) -> Inline:
    judges = plain(" judges: takes effect after the merge") if change.judges else ()
    return (*code(change.key), *judges)


def _value(value: str) -> Inline:
    return code(value) if value else plain(DASH)


def _files(changes: Changes) -> Block:
    rows = [_file(change, "Pipeline") for change in changes.pipelines]
    rows += [_file(change, "Other" if changes.pipelines else "") for change in changes.code]
    columns = (Column("File"), Column("Lines added", numeric=True), Column("Lines removed", numeric=True))
    return _folded(Table("Files that changed", columns, tuple(rows), pair=True), "file")


def _file(change: FileChange, group: str) -> Row:
    return Row((code(change.path), _lines(change.added, "+"), _lines(change.removed, numbers.MINUS)), group=group)


def _lines(number: int | None, sign: str) -> Inline:
    if number is None:
        return plain("binary")
    return plain(f"{sign}{numbers.whole(number)}" if number else "0")


def _data(change: DataChange) -> Block:
    rows = [Row((plain("Snapshot"), _digest(change.before), _digest(change.after)))]
    if change.window_before or change.window_after:
        rows.append(Row((plain("Window"), plain(change.window_before or DASH), plain(change.window_after or DASH))))
    if change.rows_before is not None or change.rows_after is not None:
        before, after = (
            plain((str(count.withheld) if not count.shown else numbers.count(count)) if count else DASH)
            for count in (change.rows_before, change.rows_after)
        )
        rows.append(Row((plain("Rows, rounded"), before, after)))
    return Table("Data that changed", (Column("What"), Column("Base"), Column("Head")), tuple(rows), pair=True)


def _digest(digest: str) -> Inline:
    return code(short(digest)) if digest else plain(DASH)


def limitations(context: Context, published: tuple[str, ...]) -> Section | None:
    """What a reader must keep in mind; None when there is nothing."""
    items = tuple(plain(text) for text in dict.fromkeys((*context.limitations, *published)))
    return Section("limitations", "Limitations", (List(items),), weight=8) if items else None
