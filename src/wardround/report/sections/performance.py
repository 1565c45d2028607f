"""The metric table: base, head and difference with intervals, new subjects beside all comers."""

from __future__ import annotations

from wardround.disclosure.published import AgainstView, Cohort, GroupChange, GroupView, Published, Quantity
from wardround.report import cells, numbers, sentences, words
from wardround.report.blocks import (
    Beside,
    Block,
    Column,
    Fold,
    Inline,
    Notes,
    Paragraph,
    Row,
    Section,
    Table,
    plain,
    prose,
)
from wardround.report.context import Context
from wardround.values import Population

ORDER = (Population.NEW_SUBJECTS.value, Population.ALL_COMERS.value)
#: Rows that stand open; the others of everybody are folded.
MAIN = ("auroc", "auprc", "scaled_brier", "oe", "slope", "ici")
AT_OPERATING = ("sensitivity", "specificity", "ppv", "alerts_per_100", "alerts_per_day", "nne", "net_benefit")


def section(published: Published, context: Context, notes: Notes) -> Section:
    """The comparison with the base first; with the anchor, and on the reference's own test set, folded."""
    blocks: list[Block] = []
    for item in published.against:
        made = _against(item, published, context, notes)
        if (item.reference, item.test_set) == ("base", "head"):
            blocks = [*made, *blocks]
        elif not item.comparable:
            blocks += made
        else:
            blocks.append(Fold(plain(_name(item)), tuple(made)))
    if not published.against:
        blocks += _alone(published, context, notes)
    if said := sentences.again(context.looks):
        blocks.append(Paragraph(prose(said), "quiet"))
    return Section("performance", "How well it predicts", tuple(blocks), weight=10)


def _name(item: AgainstView) -> str:
    reference = (
        "the current model (base)"
        if item.reference == "base"
        else f"the {words.ROLES.get(item.reference, item.reference)}"
    )
    return f"Against {reference} on the test set of {'the new model' if item.test_set == 'head' else 'the reference itself'}"


def _against(item: AgainstView, published: Published, context: Context, notes: Notes) -> list[Block]:
    if not item.comparable:
        why = f" ({item.reason.rstrip('.')})" if item.reason else ""
        return [Paragraph(plain(f"{_name(item)}: not comparable{why}."), "warn")]
    cohorts = [cohort for name in ORDER if (cohort := item.cohort(name)) is not None]
    blocks: list[Block] = []
    if item.exclusions is not None:
        blocks.append(Paragraph(_exclusions(item, context, notes), "quiet"))
    operating = published.thresholds[:1]
    chosen = [*MAIN, *(f"{name}@{value!r}" for value in operating for name in AT_OPERATING)]
    tables = [_table(cohort, item.reference, chosen, context, notes) for cohort in cohorts]
    blocks.append(Beside(tuple(tables)))
    rest = [_rest(cohort, item.reference, chosen, context, notes) for cohort in cohorts]
    kept = tuple(table for table in rest if isinstance(table, Table) and table.rows)
    if kept:
        blocks.append(Fold(plain("More measures and thresholds"), (Beside(kept),)))
    return blocks


def _exclusions(item: AgainstView, context: Context, notes: Notes) -> Inline:
    """On how many encounters the two are compared, and how many were left out, as far as that is shown."""
    left = item.exclusions
    assert left is not None
    said = plain(f"Both models predict the same {context.encounter}s")
    if left.compared.shown:
        said = (*said, *plain(f": {numbers.count(left.compared)}"))
    if left.test_encounters.shown:
        said = (*said, *plain(f" of {numbers.count(left.test_encounters)} in the test set"))
    if left.seen_by_head.shown or left.seen_by_reference.shown:
        reference = words.ROLES.get(item.reference, item.reference)
        return (
            *said,
            *plain(". Left out, because a model had seen the patient: by the new model "),
            *cells.count(left.seen_by_head, notes),
            *plain(f", by the {reference} "),
            *cells.count(left.seen_by_reference, notes),
            *plain(". Counts are rounded to 10."),
        )
    return (
        *said,
        *plain(". How many were left out, because a model had seen the patient, is "),
        *notes.withheld(left.seen_by_head.withheld),
        *plain(". Counts are rounded to 10."),
    )


def _caption(cohort: Cohort, group: GroupChange | GroupView | None, context: Context) -> str:
    title = words.population(cohort.population)
    meaning = words.MEANING_OF_POPULATIONS.get(cohort.population, "")
    size = ""
    if group is not None and group.n.shown and group.events.shown:
        size = f" {numbers.count(group.n)} {context.encounter}s, {numbers.count(group.events)} events."
    return f"{title}: {meaning}.{size}"


def _table(cohort: Cohort, reference: str, chosen: list[str], context: Context, notes: Notes) -> Block:
    """Chosen measures of everybody; a word where the whole cohort is withheld."""
    change = cohort.change("all") if not cohort.withheld else None
    if change is None or change.withheld:
        why = cohort.withheld or (change.withheld if change else None)
        said = notes.withheld(why) if why else plain("not compared")
        return Paragraph((*plain(f"{words.population(cohort.population)}: "), *said), "quiet")
    rows = tuple(row for name in chosen if (row := _row(change, name, notes)) is not None)
    return Table(_caption(cohort, change, context), _columns(reference), rows)


def _columns(reference: str) -> tuple[Column, ...]:
    titles = (words.ROLE_COLUMNS.get(reference, reference.capitalize()), words.ROLE_COLUMNS["head"], "Difference")
    return (Column("Measure"), *(Column(title, numeric=True) for title in titles))


def _row(change: GroupChange, name: str, notes: Notes) -> Row | None:
    found = change.of(name)
    if found is None:
        return None
    main = name == "auroc"
    return Row(
        (
            cells.ranking(name, found.reference, found.head),
            cells.quantity(found.reference, notes),
            cells.quantity(found.head, notes),
            cells.quantity(found.difference, notes, sign=True, bold=main),
        ),
        "main" if main else "",
        _group(name),
    )


def _group(name: str) -> str:
    """The heading above a measure at a threshold."""
    _, at, value = name.partition("@")
    return f"At the threshold {numbers.threshold(float(value))}" if at else ""


def _rest(cohort: Cohort, reference: str, chosen: list[str], context: Context, notes: Notes) -> Block | None:
    change = cohort.change("all") if not cohort.withheld else None
    if change is None or change.withheld:
        return None
    names = [item.measure for item in change.differences if item.measure not in chosen]
    names.sort(key=lambda name: "@" in name)  # a row without a threshold must not stand under a threshold's heading
    rows = tuple(row for name in names if (row := _row(change, name, notes)) is not None)
    return Table(_caption(cohort, change, context), _columns(reference), rows)


def _alone(published: Published, context: Context, notes: Notes) -> list[Block]:
    """The head's own measures where nothing is compared."""
    tables: list[Block] = []
    for name in ORDER:
        cohort = published.cohort(name)
        model = cohort.model("head") if cohort else None
        group = model.group("all") if model else None
        if cohort is None or group is None or group.withheld:
            continue
        rows = [_single(key, group.measures.get(key), notes) for key in MAIN if key in group.measures]
        for at in group.thresholds[:1]:
            under = f"At the threshold {numbers.threshold(at.threshold)}"
            rows += [_single(key, value, notes, under) for key, value in at.measures.items()]
        tables.append(
            Table(
                _caption(cohort, group, context), (Column("Measure"), Column("New (head)", numeric=True)), tuple(rows)
            )
        )
    if not tables:
        return [Paragraph(plain("No population was measured, or none is large enough to be shown."), "warn")]
    return [Beside(tuple(tables))]


def _single(name: str, value: Quantity | None, notes: Notes, group: str = "") -> Row:
    return Row((cells.ranking(name, value), cells.quantity(value, notes)), "main" if name == "auroc" else "", group)
