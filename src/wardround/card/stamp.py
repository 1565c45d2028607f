"""The last line of a card that is kept as a file: which evidence it was made from, and the digest of its own text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from wardround.files import sha256_bytes

_STAMP = re.compile(r"\n<!-- wardround card (\{[^\n]*\}) -->\n\Z")


@dataclass(frozen=True)
class Stamp:
    """``version`` is empty for a card of no release. ``metrics`` is the digest that the lock of that commit has of the metrics.

    ``body`` is the digest of the text before the stamp.
    """

    profile: str
    version: str
    metrics: str
    body: str


def stamped(text: str, profile: str, version: str, metrics: str) -> str:
    """The text with its stamp, a comment in Markdown, HTML and XML alike."""
    body = text.rstrip("\n") + "\n"
    said = {"body": sha256_bytes(body.encode()), "metrics": metrics, "profile": profile, "version": version}
    line = json.dumps(said, sort_keys=True, separators=(",", ":")).replace("--", "-\\u002d").replace(">", "\\u003e")
    return f"{body}\n<!-- wardround card {line} -->\n"


def read(text: str) -> Stamp | None:
    """The stamp; None where the file bears none."""
    match = _STAMP.search(text)
    if match is None:
        return None
    try:
        said = json.loads(match[1])
        return Stamp(*(str(said[name]) for name in ("profile", "version", "metrics", "body")))
    except (ValueError, KeyError, TypeError):
        return None


def intact(text: str) -> bool:
    """Whether the text is what it was when it was stamped. Whoever edits both deceives this, and not ``wardround card --check``."""
    match, stamp = _STAMP.search(text), read(text)
    return match is not None and stamp is not None and sha256_bytes(text[: match.start()].encode()) == stamp.body
