"""Calibration, discrimination, clinical utility and subgroups: a sentence, the figure, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wardround.disclosure.published import GroupView, Published
from wardround.report import cells, charts, groups, numbers, pick, sentences, words
from wardround.report.blocks import (
    DASH,
    Block,
    Column,
    Fold,
    Notes,
    Paragraph,
    Picture,
    Row,
    Section,
    Table,
    plain,
    strong,
)
from wardround.report.context import Context
from wardround.values import Population

if TYPE_CHECKING:
    from wardround.report.figures.style import Drawing

Drawings = Mapping[str, "Drawing"]
NEW = Population.NEW_SUBJECTS.value


def calibration(published: Published, drawings: Drawings) -> Section | None:
    """Do predicted risks mean what they say."""
    models = pick.everybody(published, NEW)
    group = models.get("head")
    if group is None or not group.calibration:
        return None
    blocks: list[Block] = [Paragraph(plain(_calibration_sentence(group)))]
    caption = "Observed against predicted risk by score bin, with 95 % intervals. On the line, as many events happen as predicted. The bars show how the new model spreads its risks."
    blocks.append(_picture("calibration", caption, drawings, charts.calibration(group.calibration)))
    return Section("calibration", "Calibration: do the risks mean what they say?", tuple(blocks), weight=7)


def _calibration_sentence(group: GroupView) -> str:
    ratio, slope = group.measures.get("oe"), group.measures.get("slope")
    parts = []
    if ratio is not None and ratio.value is not None:
        parts.append(f"for each 100 events predicted by the new model, {numbers.number(100 * ratio.value, 0)} happened")
    if slope is not None and slope.shown:
        parts.append(f"the calibration slope is {numbers.with_interval(slope)}, where 1 is best")
    return f"Among new patients, {' and '.join(parts)}." if parts else "Predicted and observed risk of new patients."


def discrimination(published: Published, drawings: Drawings) -> Section | None:
    """ROC and precision-recall; only where images are shown, the numbers stand in the metric table."""
    if "roc" not in drawings:
        return None
    operating = numbers.threshold(published.thresholds[0]) if published.thresholds else ""
    caption = "Left: sensitivity against false positives. Right: precision against recall."
    caption += f" Markers: the operating threshold, {operating}." if operating else ""
    return Section(
        "discrimination", "Discrimination: are the right patients first?", (_picture("roc", caption, drawings, ()),), 0
    )


def utility(published: Published, drawings: Drawings) -> Section | None:
    """Would acting on the model help."""
    models = {role: group for role, group in pick.everybody(published, NEW).items() if group.decision_curve}
    if not models:
        return None
    curves = [(words.ROLES[role], group.decision_curve) for role, group in reversed(models.items())]
    chart = charts.decision(curves, sorted(published.thresholds))
    caption = "Net benefit by threshold: true alerts per encounter, less false ones weighed by the threshold. Higher is better."
    said = "A model is of use at a threshold where its net benefit is above that of alerting everybody and above 0, alerting nobody."
    blocks: tuple[Block, ...] = (Paragraph(plain(said)), _picture("decision-curve", caption, drawings, chart))
    return Section("utility", "Clinical utility: does acting on it help?", blocks, weight=5)


def subgroups(published: Published, context: Context, drawings: Drawings, notes: Notes) -> Section | None:
    """Is it as good for everybody."""
    lines = groups.lines(published)
    if len(lines) < 2:
        return None
    differs = groups.compares(published)
    bound = sentences.margin(published.decision)
    margin = bound.quantity.value if bound is not None and bound.quantity is not None else None
    chart = charts.forest(lines, margin, differs=differs)
    caption = (
        "Difference in AUROC" if differs else "AUROC of the new model"
    ) + " in each group of new patients, with 95 % intervals."
    blocks: list[Block] = []
    if differs:
        said = "Groups guard: only the difference among all new patients decides non-inferiority. Wide intervals mean few events, not harm."
        blocks.append(Paragraph(plain(said)))
    blocks += [_picture("subgroups", caption, drawings, chart), _table(published, context, notes)]
    return Section("subgroups", "Subgroups: is it as good for everybody?", tuple(blocks), weight=6)


def _table(published: Published, context: Context, notes: Notes) -> Block:
    operating = [f"{name}@{value!r}" for value in published.thresholds[:1] for name in ("sensitivity", "ppv")]
    measures = ["auroc", "oe", *operating]
    cohort = published.cohort(NEW)
    model = cohort.model("head") if cohort else None
    rows = []
    for group in model.groups if model else ():
        values = {key: cells.quantity(value, notes) for key, value in group.measures.items()}
        for at in group.thresholds:
            values |= {f"{name}@{at.threshold!r}": cells.quantity(value, notes) for name, value in at.measures.items()}
            if at.withheld:
                values |= dict.fromkeys(
                    (key for key in operating if key.endswith(f"@{at.threshold!r}")), notes.withheld(at.withheld)
                )
        name = strong("everybody") if not group.column else plain(group.level)
        heading = words.column(group.column) if group.column else ""
        if group.withheld:
            cells_of = (notes.withheld(group.withheld), plain(""), *(plain("") for _ in measures))
        else:
            cells_of = (
                cells.count(group.n, notes),
                cells.count(group.events, notes),
                *(values.get(key, plain(DASH)) for key in measures),
            )
        rows.append(Row((name, *cells_of), "" if group.column else "main", heading))
    headings = [f"{context.encounter.capitalize()}s", "Events", *(words.measure(key) for key in measures)]
    columns = (Column("Group"), *(Column(heading, numeric=True) for heading in headings))
    return Fold(
        plain("The new model in each group of new patients"),
        (Table("New model, new patients, by group", columns, tuple(rows)),),
    )


def _picture(name: str, caption: str, drawings: Drawings, chart: tuple[str, ...]) -> Picture:
    drawing = drawings.get(name)
    return Picture(name, drawing.alt if drawing else "", caption, chart)
