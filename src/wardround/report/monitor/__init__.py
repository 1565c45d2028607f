"""The report of the monitor: published values in; HTML, Markdown, figures and terminal lines out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.disclosure.watched import SignalView, WatchView


@dataclass(frozen=True)
class MonitorContext:
    """What does not come from patients, and ``earlier``: published signals of windows before those of the look, from the history.

    ``rules`` is where rule pages are, from the report; empty: ids are not linked.
    """

    title: str
    outcome: str = ""
    encounter: str = "encounter"
    rules: str = ""
    earlier: tuple[SignalView, ...] = ()


@dataclass(frozen=True)
class MonitorEditions:
    """Every edition of one look: a self-contained page, Markdown with its figures (name to SVG) and without, and terminal lines."""

    html: str
    markdown: str
    note: str
    figures: Mapping[str, bytes]
    summary: tuple[str, ...]


def monitor_editions(watch: WatchView, context: MonitorContext) -> MonitorEditions:
    """All editions, with each figure drawn once."""
    from wardround.report.figures.monitor import drawings
    from wardround.report.html.render import page
    from wardround.report.markdown import Style, render
    from wardround.report.monitor.document import build
    from wardround.report.monitor.terminal import summary

    drawn = drawings(watch, context.earlier)
    document = build(watch, context, drawn)
    return MonitorEditions(
        html=page(document, drawn),
        markdown=render(document),
        note=render(document, Style(pictures="")),
        figures={f"{drawing.name}.svg": drawing.file() for drawing in drawn.values()},
        summary=summary(watch, context),
    )
