"""The monitor's report: every edition says the worst first, tells no small number, and makes text of data inert."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser

import pytest

from wardround.disclosure.watched import WatchView
from wardround.disclosure.watching import watched
from wardround.evidence.decision import Fact
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import (
    Cause,
    CauseKind,
    MonitorEvidence,
    MonitorFinding,
    Severity,
    Signal,
    Span,
    State,
)
from wardround.report.monitor import MonitorContext, MonitorEditions, monitor_editions

SPANS = tuple(
    Span(name=f"2026-03-{2 + 7 * k:02}", start=dt.date(2026, 3, 2 + 7 * k), end=dt.date(2026, 3, 9 + 7 * k))
    for k in range(3)
)
HOSTILE = "<script>alert(1)</script> @ada [x](https://evil.example) \x1b[31m| `x`"


def look(*, alert: bool = True) -> WatchView:
    signals = []
    for place, span in enumerate(SPANS):
        value = 0.75 - 0.05 * place
        signals += [
            Signal(
                rule="performance.decay",
                measure="auroc",
                window=span.name,
                n=1234,
                minimum=100,
                estimate=Estimate(value=value, low=value - 0.03, high=value + 0.03),
                limits=(0.73, None),
                crossed=value < 0.7,
            ),
            Signal(
                rule="drift.feature",
                measure="psi",
                window=span.name,
                column=HOSTILE,
                n=1234,
                minimum=100,
                estimate=Estimate(value=0.3, low=0.2, high=0.4),
                limits=(None, 0.1),
                crossed=True,
            ),
            Signal(
                rule="fairness.decay",
                measure="auroc",
                window=span.name,
                column="sex",
                level="X",
                n=7,
                minimum=100,
                estimate=Estimate(value=0.7),
            ),
            Signal(
                rule="calibration.decay",
                measure="oe",
                window=span.name,
                n=1234,
                minimum=100,
                events=130,
                estimate=Estimate(value=1.1, low=0.9, high=1.3),
                state=State.IMMATURE if place == 2 else State.ASSESSED,
            ),
        ]
    findings = (
        MonitorFinding(rule="drift.feature", severity=Severity.WARNING, subject=HOSTILE, summary=f"{HOSTILE} moved."),
        MonitorFinding(
            rule="performance.decay",
            severity=Severity.ALERT,
            summary="The model ranks worse.",
            advice="Retrain.",
            since=SPANS[2].name,
            windows=(SPANS[2].name,),
            facts=(Fact(name="auroc", type="measure", value=0.65), Fact(name="few", type="count", count=3)),
        ),
    )
    return watched(
        MonitorEvidence(
            project="tiny",
            stage="prod",
            versions=("v1.0.0",),
            until=SPANS[-1].end,
            windows=SPANS,
            answers=3702,
            outcomes=2000,
            matured=3,
            skipped=(HOSTILE,),
            signals=tuple(signals),
            findings=findings if alert else (),
            causes=(Cause(kind=CauseKind.COVARIATE, summary=HOSTILE, rules=("drift.feature",)),) if alert else (),
        ),
        min_cell=11,
    )


@pytest.fixture(scope="module")
def made() -> MonitorEditions:
    return monitor_editions(look(), MonitorContext("Return", "return within 30 days", "visit", "../../docs/rules"))


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert name != "href" or (value or "").startswith(("#", "../../docs/rules/"))


def test_a_finding_says_why_its_number_is_withheld(made: MonitorEditions) -> None:
    assert "    few: withheld: small numbers" in made.summary
    assert "few: withheld: small numbers" in made.markdown


def test_the_worst_comes_first(made: MonitorEditions) -> None:
    assert made.summary[0] == "! ALERT  Return (prod)"
    assert made.summary[1] == "1 alert, 1 warning in 3 windows until 2026-03-23: performance.decay."
    assert made.markdown.index("The model ranks worse.") < made.markdown.index("moved.")
    assert "Retrain." in made.html


def test_text_of_data_is_inert_in_every_edition(made: MonitorEditions) -> None:
    parser = Tags()
    parser.feed(made.html)
    assert "script" not in parser.names
    assert "<script>alert" not in made.html
    assert not re.search(r"(?<!\\)<script", made.markdown)
    assert "@ada" not in made.markdown.replace("@\u200b", "")
    assert "](https://evil" not in made.markdown
    assert not any("\x1b" in line for line in made.summary)
    for content in made.figures.values():
        assert b"<script" not in content


def test_what_is_small_immature_or_not_read_is_said_and_not_shown(made: MonitorEditions) -> None:
    assert "withheld: small numbers" in made.html
    assert "immature" in made.markdown
    assert "What was not read or not counted" in made.markdown
    assert not re.search(r"\b(1234|3702|2000\.|1,234)\b", made.markdown)
    assert "1,230" in made.markdown or "3,700" in made.markdown


def test_one_folded_row_is_one_row(made: MonitorEditions) -> None:
    assert "1 row without a number" in made.html
    assert "1 rows" not in made.html


def test_the_figures_are_drawn_and_described(made: MonitorEditions) -> None:
    assert set(made.figures) == {"performance.svg", "data.svg"}
    assert "AUROC: 0.650" in made.figures["performance.svg"].decode()
    assert "figures/performance.svg" in made.markdown


def test_the_same_look_gives_the_same_bytes(made: MonitorEditions) -> None:
    context = MonitorContext("Return", "return within 30 days", "visit", "../../docs/rules")
    assert monitor_editions(look(), context) == made


def test_nothing_found_is_said_plainly() -> None:
    calm = monitor_editions(look(alert=False), MonitorContext("Return"))
    assert calm.summary == (
        "\u2713 NOTHING FOUND  Return (prod)",
        "In 3 windows until 2026-03-23, no rule found anything to speak of.",
    )
    assert "Nothing: the next look comes by itself." in calm.html


def test_windows_of_the_history_are_drawn_too(made: MonitorEditions) -> None:
    earlier = look().signals[0]
    shown = monitor_editions(look(), MonitorContext("Return", earlier=(earlier,)))
    assert "the last of 4" in shown.figures["performance.svg"].decode()
    assert "the last of 3" in made.figures["performance.svg"].decode()
