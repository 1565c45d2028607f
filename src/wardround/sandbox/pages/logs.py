"""A job's log, step by step, without what a terminal would obey."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wardround.sandbox.model import Job, Step

#: What terminals obey: colours and cursor (CSI), titles and links (OSC), and the rest; then every control character.
_ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|\x9b[0-?]*[ -/]*[@-~]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_MARK = re.compile(r"##\[(group|endgroup|error|warning|notice)\]")
#: Lines of one step that are shown; the first ones give way, and the whole log can be had as a file.
MOST = 2000


@dataclass(frozen=True)
class Line:
    """``kind``: error, warning, notice, group or empty."""

    number: int
    text: str
    kind: str = ""


@dataclass(frozen=True)
class Section:
    """One step and what it printed; without a step, what came before the first. ``left_out`` counts lines not shown."""

    step: Step | None
    lines: tuple[Line, ...]
    left_out: int = 0


def plain(text: str) -> str:
    """``text`` without escape sequences and control characters."""
    return _CONTROL.sub("", _ESCAPE.sub("", text))


def sections(job: Job, text: str) -> tuple[Section, ...]:
    """The log of ``job`` by steps. A step's lines follow an empty group with its name."""
    told = [plain(line.partition(" ")[2]) for line in text.splitlines()]
    steps = list(job.steps)
    parts: list[tuple[Step | None, list[Line]]] = [(None, [])]
    at = 0
    while at < len(told):
        follows = told[at + 1] if at + 1 < len(told) else ""
        match = _MARK.match(told[at])
        kind, rest = (match[1], told[at][match.end() :]) if match else ("", told[at])
        place = _place(steps, rest) if kind == "group" and follows == "##[endgroup]" else -1
        if place >= 0:
            parts += [(step, []) for step in steps[: place + 1]]
            del steps[: place + 1]
            at += 2
            continue
        if kind != "endgroup":
            lines = parts[-1][1]
            lines.append(Line(len(lines) + 1, rest, kind))
        at += 1
    parts += [(step, []) for step in steps]
    return tuple(
        Section(step, tuple(lines[-MOST:]), max(0, len(lines) - MOST)) for step, lines in parts if step or lines
    )


def _place(steps: list[Step], name: str) -> int:
    return next((at for at, step in enumerate(steps) if plain(step.name) == name), -1)
