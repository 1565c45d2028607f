"""The finished report alone: page, Markdown and comment are read back to numbers, figures too, and attacked with nothing else in hand."""

import dataclasses
import re

import decode
import drawn_truths as drawn
import editions
import geometry
import numpy as np
import pytest
from readback import Report
from shown import ALL, NEW, POPULATIONS
from targets import broken

from wardround.disclosure import Inside, derived, disclose
from wardround.disclosure.published import KEY, Bin
from wardround.report import Editions, review_editions
from wardround.report.context import Context

#: What rows are called; written down again so that the reader is not told by the writer.
NAMES = {
    "auroc": "AUROC",
    "event_rate": "Event rate",
    "oe": "Observed / expected",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "Positive predictive value",
    "npv": "Negative predictive value",
    "alerts_per_100": "Alerts per 100",
    "alerts_per_day": "Alerts per day",
    "nne": "Number needed to evaluate",
    "net_benefit": "Net benefit",
}


def finished(published) -> Editions:
    return review_editions(published, Context(project="p"))


def read(edition, **texts):
    """The report's numbers, from the text of its files."""
    texts = {"html": edition.html, "markdown": edition.markdown, "comment": edition.comment} | texts
    return Report(**texts, thresholds=drawn.THRESHOLDS)


def published_of(truth, references=("base",)):
    return disclose(Inside(drawn.THRESHOLDS, drawn.metrics(truth), drawn.comparison(truth, references)))


@pytest.fixture(scope="module")
def sample():
    """A hospital whose report has every table and figure, two references and hidden levels."""
    truth = drawn.draw(2, n=1500, rate=0.3)
    published = published_of(truth, ("base", "anchor"))
    edition = finished(published)
    return truth, published, edition, read(edition)


def written(quantity):
    """A published quantity as a reader finds it: value, low, high, decimals; None where there is none."""
    if quantity is None or quantity.value is None:
        return None
    limits = (quantity.low, quantity.high) if None not in (quantity.low, quantity.high) else (None, None)
    return (quantity.value, *limits, quantity.decimals)


def shown_in_tables(published):
    """Every number of everybody that tables of measures show: (place), (measure, threshold, column)."""
    found = {}
    for against in published.against:
        for cohort in against.cohorts:
            change = None if cohort.withheld else cohort.change("all")
            for item in change.differences if change and not change.withheld else ():
                name, at, value = item.measure.partition("@")
                place = found.setdefault((against.reference, against.test_set, cohort.population), {})
                for column, quantity in (
                    (against.reference, item.reference),
                    ("head", item.head),
                    ("Difference", item.difference),
                ):
                    if written(quantity) is not None:
                        place[NAMES[name], float(value) if at else None, column] = written(quantity)
    return found


def rounded_as_shown(numbers):
    return {key: tuple(None if part is None else round(part, 9) for part in number) for key, number in numbers.items()}


def test_every_number_of_the_tables_is_read_back(sample):
    _, published, _, report = sample
    shown = shown_in_tables(published)
    assert sum(map(len, shown.values())) > 150
    assert report.measures.keys() == shown.keys()
    for place, numbers in shown.items():
        assert rounded_as_shown(report.measures[place]) == rounded_as_shown(numbers)


def test_every_number_of_the_groups_is_read_back(sample):
    _, published, _, report = sample
    shown = {}
    for group in published.cohort(NEW).model("head").groups:
        numbers = {}
        if not group.withheld:
            numbers = {"Encounters": (group.n.value, None, None, 0), "Events": (group.events.value, None, None, 0)}
            numbers |= {NAMES[key]: written(group.measures[key]) for key in ("auroc", "oe")}
            at = group.thresholds[0].measures
            numbers |= {f"{NAMES[key]} at 20\u00a0%": written(at.get(key)) for key in ("sensitivity", "ppv")}
        numbers = {key: number for key, number in numbers.items() if number is not None}
        if numbers:
            shown[group.column, group.level] = rounded_as_shown(numbers)
    assert len(shown) > 2
    assert {key: rounded_as_shown(numbers) for key, numbers in report.groups.items()} == shown


def test_editions_show_the_same_numbers(sample):
    """The page's tables are those of Markdown and comment, and descriptions of figures are the same."""
    _, _, edition, _ = sample
    page, *texts = (
        editions.from_html(edition.html),
        editions.from_markdown(edition.markdown),
        editions.from_markdown(edition.comment),
    )
    for text in texts:
        assert [table.parsed() for table in text.tables] == [table.parsed() for table in page.tables]
    assert [alt.replace("\u00a0", " ") for alt in texts[0].alts] == [alt.replace("\u00a0", " ") for alt in page.alts]


def test_every_point_of_the_figures_is_read_back(sample):
    _, published, _, report = sample
    points = 0
    for population in (NEW, ALL):
        for model in published.cohort(population).models:
            group = model.group("all")
            shown = [(p.predicted, p.observed, p.observed_low, p.observed_high) for p in group.calibration]
            assert np.allclose(report.calibration[population, model.role], shown, atol=1e-6, rtol=0)
            points += len(shown)
            if population == NEW:
                roc = sorted((p.false_positive, p.true_positive) for p in group.roc)
                assert np.allclose(report.curves["roc", model.role], roc, atol=1e-6, rtol=0)
                benefit = [(p.threshold, p.model) for p in group.decision_curve]
                assert np.allclose(report.curves["decision", model.role], benefit, atol=1e-6, rtol=0)
                points += len(roc) + len(benefit)
    assert points > 60


def test_the_forest_is_read_back(sample):
    _, published, edition, _ = sample
    panel = next(
        panel
        for svg in editions.from_html(edition.html).pictures
        for panel in geometry.panels(svg)
        if "by group" in panel.title
    )
    changes = [change.of("auroc") for change in published.versus("base").cohort(NEW).changes if not change.withheld]
    shown = [item.difference for item in changes if item is not None and item.difference.shown]
    assert len(shown) > 2
    lines = [sorted(x for x, _ in line) for line in panel.of("line", "head")]
    assert np.allclose(lines, [(q.low, q.high) for q in shown], atol=1e-6, rtol=0)
    assert np.allclose([run[0][0] for run in panel.of("marker", "head")], [q.value for q in shown], atol=1e-6, rtol=0)
    labels = [editions.quantity(label) for label in panel.labels if editions.quantity(label)]
    assert labels == [written(q) for q in shown]


def test_charts_of_the_comment_say_what_the_figures_say(sample):
    _, _, edition, report = sample
    charts = editions.from_markdown(edition.comment).charts
    rows = [re.findall(r"\d+", line) for chart in charts for line in chart if re.match(r"\s+\d+.%\s+\d+.%", line)]
    points = report.calibration[NEW, "head"]
    assert len(rows) == len(points) > 5
    for row, point in zip(rows, points, strict=True):
        assert np.allclose([int(part) for part in row[:4]], [100 * part for part in point], atol=0.5 + 1e-4)


def test_cells_are_worked_out_from_the_figures(sample):
    """What no table prints: every rounded cell of everybody, from precision-recall curves, bars and calibration points."""
    _, published, _, report = sample
    plain = report.plain()
    worked_out = 0
    for cohort in plain["against"][0]["cohorts"]:
        for model in cohort["models"]:
            known = published.cohort(cohort["population"]).model(model["role"]).group("all").bins
            bins = model["groups"][0]["bins"]
            assert [(bin_["low"], bin_["high"]) for bin_ in bins] == [(bin_.low, bin_.high) for bin_ in known]
            for bin_, cell in zip(bins, known, strict=True):
                for found, true in ((bin_["events"], cell.events), (bin_["non_events"], cell.non_events)):
                    if cohort["population"] == NEW:
                        assert found == (max(true - 5, 11), true + 4)
                    assert found is None or found[0] <= max(true - 5, 11) <= true + 4 <= found[1]
                    worked_out += found == (max(true - 5, 11), true + 4)
    assert worked_out > 60


@pytest.mark.parametrize("seed", range(3))
def test_no_small_count_is_narrowed_by_the_finished_report(seed):
    truth = drawn.draw(seed, n=400, rate=0.3)
    plain = read(finished(published_of(truth))).plain()
    found, attacked = broken(truth, plain, most=6)
    assert attacked
    assert not found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_no_small_count_is_narrowed_by_many_finished_reports(seed):
    truth = drawn.draw(seed)
    found, _ = broken(truth, read(finished(published_of(truth, ("base", "anchor")))).plain(), most=60)
    assert not found


# -- doctored reports: what leaks must be found


def small_level(truth):
    """A level of new, compared patients with 3 to 10 events, whose row the report withholds."""
    keep = truth.rows(NEW)
    for column, level, mask in drawn.groups(truth, keep):
        if column and 3 <= truth.outcome[mask].sum() <= 10 < mask.sum():
            return column, level, mask
    return None


@pytest.fixture(scope="module")
def withheld():
    """A report that withholds a level with few events."""
    for seed in range(40):
        truth = drawn.draw(seed, n=400, rate=0.3)
        hidden = small_level(truth)
        if hidden:
            edition = finished(published_of(truth))
            if _row(edition.html, hidden) and ("", "") in read(edition).groups:
                return truth, hidden, edition
    pytest.fail("no drawn hospital has a small level")


def _row(html, hidden):
    """The withheld row of a level: heading of its column, then its own row."""
    column, level, _ = hidden
    return re.search(
        rf"(<tr class='group'><th[^>]*>{column}</th></tr>(?:(?!class='group').)*?<th scope='row'>{level}</th>)"
        r"(<td class='number'><em class='withheld'>.*?)</tr>",
        html,
    )


def doctored(html, row, numbers):
    """The page with numbers in that row."""
    cells = "".join(f"<td class='number'>{text}</td>" for text in numbers)
    return f"{html[: row.start(2)]}{cells}{html[row.end(2) :]}"


def test_an_exact_ratio_of_a_small_group_is_found(withheld):
    """O/E with its interval at two decimals tells the events, even where encounters and events stay withheld."""
    truth, hidden, edition = withheld
    *_, mask = hidden
    events = int(truth.outcome[mask].sum())
    numbers = decode.byar(events, float(truth.scores["head"][mask].sum()))
    ratio = f"{numbers[0]:.2f}<span class='under'>{numbers[1]:.2f} to {numbers[2]:.2f}</span>"
    html = doctored(edition.html, _row(edition.html, hidden), ("withheld", "", "", ratio, "", ""))
    assert not _found(truth, read(edition), hidden)
    report = read(edition, html=html, markdown="", comment="")
    assert (f"events of {hidden[0]}={hidden[1]}", events) in {
        (what.partition(" by")[0], number) for what, number, *_ in _found(truth, report, hidden)
    }


def test_exact_margins_are_found(withheld):
    """Everybody and all other levels, not rounded and none suppressed: the difference is the hidden level."""
    truth, hidden, edition = withheld
    column, level, _ = hidden
    keep = truth.rows(NEW)
    html = edition.html
    for named, other, mask in [("", "", keep), *drawn.groups(truth, keep)]:
        if named in {"", column} and other != level:
            counts = f"<td class='number'>{mask.sum()}</td><td class='number'>{truth.outcome[mask].sum()}</td>"
            heading = "<strong>everybody</strong>" if not named else re.escape(other)
            before = "" if not named else rf"<tr class='group'><th[^>]*>{named}</th></tr>(?:(?!class='group').)*?"
            pattern = rf"({before}<th scope='row'>{heading}</th>)<td class='number'>.*?</td><td class='number'>.*?</td>"
            html, replaced = re.subn(pattern, lambda found, counts=counts: found[1] + counts, html, count=1)
            assert replaced
    size = f"{keep.sum()} encounters, {truth.outcome[keep].sum()} events"
    html = re.sub(r"(New patients: [^<]*?)[\d,]+ encounters, [\d,]+ events", rf"\g<1>{size}", html)
    report = read(edition, html=html, markdown="", comment="")
    assert _found(truth, report, hidden)


def test_finer_exact_bins_in_the_figures_are_found():
    """Figures drawn from exact cells of which one is small: no table or sentence changes, only curves, points and bars."""
    truth = drawn.draw(2, n=1500, rate=0.3)
    published = published_of(truth)
    sound = read(finished(published)).plain()
    plain = read(finished(_finer(truth, published)), comment="").plain()
    assert not _cells(truth, sound)
    assert any(high - low == 0 for *_, low, high in _cells(truth, plain))


def _finer(truth, published):
    """The publication with exact bins for new patients; the last but one edge is one step farther than allowed."""
    mask = truth.rows(NEW)
    old = [item.low for item in published.cohort(NEW).model("head").group("all").bins]
    edges = [*old, 0.9, 1.0] if 0.9 not in old else [*old, 0.95, 1.0]

    def exact(role):
        table = drawn.table(truth.outcome[mask], truth.scores[role][mask], edges)
        return tuple(
            Bin(KEY, low, high, e, n - e, round(x / n, 2), 0.01)
            for low, high, e, n, x in zip(edges, edges[1:], table.events, table.n, table.expected, strict=False)
        )

    def model(view):
        bins = exact(view.role)
        everybody = dataclasses.replace(
            view.group("all"),
            key=KEY,
            bins=bins,
            roc=derived.roc(bins),
            calibration=derived.calibration(bins),
            decision_curve=derived.decision_curve(bins),
        )
        return dataclasses.replace(view, key=KEY, groups=(everybody, *view.groups[1:]))

    against = published.against[0]
    cohorts = tuple(
        dataclasses.replace(cohort, key=KEY, models=tuple(map(model, cohort.models)))
        if cohort.population == NEW
        else cohort
        for cohort in against.cohorts
    )
    changed = dataclasses.replace(against, key=KEY, cohorts=cohorts)
    return dataclasses.replace(published, key=KEY, against=(changed,))


def _cells(truth, plain):
    everybody = {**plain, "against": [_without_levels(item) for item in plain["against"]]}
    return broken(truth, everybody, most=150)[0]


def _without_levels(against):
    cohorts = [
        {**cohort, "models": [{**model, "groups": model["groups"][:1]} for model in cohort["models"]]}
        for cohort in against["cohorts"]
    ]
    return {**against, "cohorts": cohorts}


def _found(truth, report, hidden):
    """Small counts of the hidden level's column that the report gives away."""
    plain = report.plain()
    for against in [*plain["against"], {"cohorts": plain["cohorts"]}]:
        for cohort in against["cohorts"]:
            for model in cohort["models"]:
                model["groups"] = [group for group in model["groups"] if group["column"] in {"", hidden[0]}]
    return broken(truth, plain)[0]


def test_populations_are_named_as_in_the_report():
    assert set(POPULATIONS.values()) == set(drawn.POPULATIONS)
