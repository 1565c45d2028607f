"""More about the model: simple models beside it, what it leans on, how it bears disturbance, sites that it never saw."""

from __future__ import annotations

from wardround.disclosure.published import Published
from wardround.report import cells, pick, words
from wardround.report.blocks import Block, Column, Fold, Notes, Row, Section, Table, code, plain, strong
from wardround.values import Population

NEW = Population.NEW_SUBJECTS.value
#: Measures of the comparison with simple models.
MEASURES = ("auroc", "auprc", "scaled_brier", "oe", "slope")
#: Features that stand open.
OPEN_FEATURES = 10


def section(published: Published, notes: Notes) -> Section | None:
    """None when nothing of it is published."""
    made = (
        _baselines(published, notes),
        *_importance(published, notes),
        _robustness(published, notes),
        _sites(published, notes),
    )
    blocks = tuple(block for block in made if block is not None)
    return Section("model", "More about the new model", blocks, weight=3) if blocks else None


def _baselines(published: Published, notes: Notes) -> Block | None:
    simple = [item for item in published.baselines if item.population == NEW]
    if not simple:
        return None
    keys = [key for key in MEASURES if any(key in item.measures for item in simple)]
    own = pick.everybody(published, NEW).get("head")
    rows = []
    if own is not None:
        rows.append(Row((strong("new model"), *(cells.quantity(own.measures.get(key), notes) for key in keys)), "main"))
    for item in simple:
        name = plain(item.name.replace("_", " "))
        rows.append(Row((name, *(cells.quantity(item.measures.get(key), notes) for key in keys))))
    columns = (Column("Model"), *(Column(words.measure(key), numeric=True) for key in keys))
    return Table("Beside simple models, on new patients", columns, tuple(rows))


def _importance(published: Published, notes: Notes) -> list[Block]:
    rows = [Row((code(item.feature), cells.quantity(item.drop, notes))) for item in published.importance]
    if not rows:
        return []
    caption = "What the model leans on: fall in AUROC when a feature is shuffled"
    columns = (Column("Feature"), Column("Fall in AUROC", numeric=True))
    blocks: list[Block] = [Table(caption, columns, tuple(rows[:OPEN_FEATURES]))]
    if len(rows) > OPEN_FEATURES:
        rest = Table(caption, columns, tuple(rows[OPEN_FEATURES:]))
        blocks.append(Fold(plain(f"The other {len(rows) - OPEN_FEATURES} features"), (rest,)))
    return blocks


def _robustness(published: Published, notes: Notes) -> Block | None:
    if not published.robustness:
        return None
    rows = tuple(
        Row(
            (
                plain(item.description or item.name),
                cells.quantity(item.auroc, notes),
                cells.inline(item.mean_absolute_change, notes),
            )
        )
        for item in published.robustness
    )
    columns = (Column("Disturbance"), Column("AUROC", numeric=True), Column("Mean change of a risk", numeric=True))
    return Table("How the model bears disturbance", columns, rows)


def _sites(published: Published, notes: Notes) -> Block | None:
    if not published.held_out_sites:
        return None
    keys = ("auroc", "oe", "slope")
    rows = []
    for item in published.held_out_sites:
        if item.withheld:
            rows.append(
                Row((plain(item.site), notes.withheld(item.withheld), *(plain("") for _ in range(len(keys) + 1))))
            )
        else:
            measures = (cells.quantity(item.measures.get(key), notes) for key in keys)
            rows.append(Row((plain(item.site), cells.count(item.n, notes), cells.count(item.events, notes), *measures)))
    headings = ("Encounters", "Events", *(words.measure(key) for key in keys))
    columns = (Column("Site"), *(Column(heading, numeric=True) for heading in headings))
    return Table("Fitted without a site, measured on it", columns, tuple(rows))
