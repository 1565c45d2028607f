"""The files of a look: evidence inside, and beside it what may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.files import replacing, write_text
from wardround.report.monitor import MonitorContext, monitor_editions

if TYPE_CHECKING:
    from wardround.disclosure.watched import SignalView, WatchView
    from wardround.project.layout import Project

#: Below ``reports/``: everything in it may leave the trust boundary. ``reports/monitor.json`` may not.
DIRECTORY = "monitor"


@dataclass(frozen=True)
class Written:
    """Where the page is, Markdown without pictures, and the lines for a terminal."""

    html: Path
    note: str
    summary: tuple[str, ...]


def write(project: Project, watch: WatchView, earlier: tuple[SignalView, ...]) -> Written:
    """Writes ``monitor.html``, ``monitor.md`` and the figures, all in one step. ``earlier`` are signals of windows before the look's."""
    section = project.params.project
    rules = "../../docs/rules" if (project.root / "docs" / "rules").is_dir() else ""
    context = MonitorContext(section.title or section.name, section.outcome, section.encounter, rules, earlier)
    editions = monitor_editions(watch, context)
    place = project.layout.reports / DIRECTORY
    with replacing(place) as temporary:
        (temporary / "figures").mkdir(parents=True)
        for name, content in editions.figures.items():
            (temporary / "figures" / name).write_bytes(content)
        write_text(temporary / "monitor.html", editions.html)
        write_text(temporary / "monitor.md", editions.markdown)
    return Written(place / "monitor.html", editions.note, editions.summary)
