"""The page of one model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wardround.disclosure.watched import SignalView, WatchFindingView
from wardround.report import words
from wardround.report.dashboard.heat import heat, left_out, moved
from wardround.report.dashboard.parts import answer, charts, findings, series_of
from wardround.report.dashboard.shell import folded, row, section, shell, table
from wardround.report.dashboard.stages import stages
from wardround.report.dashboard.svg import spark
from wardround.report.dashboard.values import Look, Model, moment
from wardround.report.escape import in_html
from wardround.report.html.render import badge
from wardround.report.monitor import names

#: Looks and inputs that are listed; the branch has the others.
LOOKS, LISTED = 30, 60


def page(model: Model) -> str:
    """Everything that is known of one model, newest first."""
    everybody = [item for item in model.signals if not item.column]
    body = (
        "<nav aria-label='Pages'><ul><li><a href='index.html'>All models</a></li></ul></nav>",
        answer(model),
        section("findings", "What the last look found", findings(model)),
        section("performance", "Performance and calibration through time", charts(model, everybody, "performance")),
        section("data", "The inputs, week by week", _inputs(model)),
        section("groups", "Groups and sites", _groups(model)),
        section("outputs", "Answers and workload", charts(model, everybody, "outputs")),
        section("value", "Value", charts(model, everybody, "value")),
        section("outcomes", "Outcomes", charts(model, everybody, "outcomes")),
        section("service", "The service and its pipeline", charts(model, everybody, "service")),
        section("stages", "Stages", stages(model)),
        section("looks", "Looks", _looks(model)),
    )
    return shell(model.title, "Model", body, model.outcome)


def _inputs(model: Model) -> Iterable[str]:
    picture = heat(model.signals)
    drift = [item for item in model.signals if item.rule == "drift.feature" and not item.level]
    if picture:
        note = "A square is an input in a window; darker is farther from training. Struck through: beyond what is tolerated."
        said = " ".join(filter(None, (note, moved(drift), left_out(model.signals))))
        yield f"<figure>{picture}<figcaption>{in_html(said)}</figcaption></figure>"
    rows = [_input_row(found) for found in series_of(drift)]
    if rows:
        yield folded("The numbers", table("Effect sizes of the inputs, newest window", _HEADS, rows[:LISTED]))


_HEADS = ("Input", "Measure", "Newest", "Window", "Tolerated", "Windows beyond", "Course")


def _input_row(found: Sequence[SignalView]) -> str:
    newest = next((item for item in reversed(found) if item.estimate.shown), found[-1])
    cells = (
        in_html(names.group(newest.column, newest.level)),
        in_html(names.measure(newest.measure)),
        in_html(str(newest.estimate) if newest.state == "assessed" else newest.state),
        in_html(newest.window),
        in_html(_tolerated(newest)),
        str(sum(item.crossed for item in found)),
        spark(found),
    )
    return row(cells, newest.column)


def _tolerated(item: SignalView) -> str:
    low, high = item.low_limit, item.high_limit
    if low is None and high is None:
        return "\u2013"
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"{low:g} to {high:g}"


def _groups(model: Model) -> Iterable[str]:
    """Groups, sites and regions: everything that has a level."""
    found = [series for series in series_of(item for item in model.signals if item.level) if _tells(series)]
    if not found:
        return
    columns = sorted({series[0].column for series in found})
    options = "".join(f"<option value='{in_html(name)}'>{in_html(words.column(name))}</option>" for name in columns)
    yield (
        "<p class='filter'><label>Show <select data-table='by-group'><option value=''>all groups</option>"
        f"{options}</select></label></p>"
    )
    rows = [_input_row(series) for series in sorted(found, key=_order)]
    yield table("Groups, newest window", ("Group", *_HEADS[1:]), rows, name="by-group")


def _tells(series: Sequence[SignalView]) -> bool:
    return any(item.estimate.shown for item in series)


def _order(series: Sequence[SignalView]) -> tuple[str, str, str]:
    return series[0].column, series[0].level, series[0].measure


def _looks(model: Model) -> Iterable[str]:
    if not model.looks:
        return
    rows = [_look(look) for look in reversed(model.looks[-LOOKS:])]
    yield table(
        f"The newest {len(rows)} of {len(model.looks)} looks", ("Ran", "Until", "Found", "Versions", "Answers"), rows
    )


def _look(look: Look) -> str:
    watch = look.watch
    found: list[WatchFindingView] = [item for item in watch.findings if item.severity != "note"]
    said = badge(watch.severity or "calm")
    if found:
        said += f" {in_html(words.listed([item.rule for item in found]))}"
    return row(
        (
            in_html(moment(look.ran_at)),
            in_html(watch.until),
            said,
            f"<code>{in_html(', '.join(watch.versions) or 'none')}</code>",
            in_html(str(watch.answers)),
        )
    )
