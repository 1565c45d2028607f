"""The templates and what they may call: addresses, times, and Markdown; whatever they print is escaped."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from wardround.sandbox.clock import moment
from wardround.sandbox.model import Issue, Label, Pull
from wardround.sandbox.pages import checks, markdown
from wardround.sandbox.world import World

if TYPE_CHECKING:
    from jinja2 import Environment

_UNITS = ((86400 * 365, "year"), (86400 * 30, "month"), (86400, "day"), (3600, "hour"), (60, "minute"))


def environment(world: World) -> Environment:
    """The templates of ``world``'s pages. A name that a template does not know is an error, never an empty text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["url"] = url
    made.globals["count"] = partial(_count, world)
    made.globals["color"] = partial(_color, world)
    made.filters["ago"] = partial(_ago, world)
    made.filters["comment"] = markdown.comment
    made.filters["document"] = markdown.document
    made.filters["size"] = size
    made.filters["link"] = safe_link
    made.filters["tone"] = checks.tone
    made.filters["shade"] = lambda login: sum(str(login).encode()) % 6
    made.filters["selected"] = lambda found, value: [key for key, own in found.items() if own == value]
    made.filters["short"] = lambda sha: str(sha)[:7]
    made.filters["first_line"] = lambda text: str(text).split("\n", maxsplit=1)[0]
    made.filters["plural"] = lambda number, word: f"{number:,} {word}{'' if number == 1 else 's'}"
    return made


def url(*parts: object) -> str:
    """A path of the sandbox; each part is quoted, slashes within one stay, and empty parts fall away."""
    return "".join(f"/{quote(str(part), safe='/')}" for part in parts if part) or "/"


def safe_link(address: str) -> str:
    """``address`` if a browser may be sent there with a click, else nothing."""
    try:
        return address if urlsplit(address).scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def size(count: int) -> str:
    """Bytes as people read them."""
    for limit, unit in ((1 << 20, "MB"), (1 << 10, "KB")):
        if count >= limit:
            return f"{count / limit:.1f} {unit}"
    return f"{count} bytes"


def duration(start: str, end: str) -> str:
    """The time between two stamps, as pages show it; empty when one is missing."""
    if not start or not end:
        return ""
    seconds = max(0, int((moment(end) - moment(start)) / timedelta(seconds=1)))
    return f"{seconds // 60}m {seconds % 60}s" if seconds >= 60 else f"{seconds}s"


def _ago(world: World, text: str) -> str:
    """How long before the sandbox's clock a stamp was."""
    seconds = (world.clock.now() - moment(text)).total_seconds()
    for unit, word in _UNITS:
        if abs(seconds) >= unit:
            number = int(abs(seconds) // unit)
            told = f"{number} {word}{'' if number == 1 else 's'}"
            return f"{told} ago" if seconds > 0 else f"in {told}"
    return "now"


def _count(world: World, full_name: str, kind: str) -> int:
    """How many pull requests or issues are open."""
    return len(world.store.find(Pull if kind == "pulls" else Issue, full_name, state="open"))


def _color(world: World, full_name: str, name: str) -> str:
    """The colour of a label, for an attribute of a picture."""
    label = world.store.get(Label, full_name, name)
    known = label.color if label is not None else ""
    return f"#{known}" if re.fullmatch(r"[0-9A-Fa-f]{6}", known) else "#8c959f"
