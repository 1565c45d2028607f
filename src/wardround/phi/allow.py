"""The allow-list, ``governance/phi.yaml``: what the scan may find, and why that is no patient's.

An entry names paths, perhaps kinds, perhaps exact texts. A text stands there as a salted digest, so that the list repeats nothing. Whoever knows the
list can try candidates against it: only texts that are nobody's belong there, which is what its reason says.
"""

from __future__ import annotations

import fnmatch
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any

from wardround.errors import Problem, UsageError
from wardround.phi.finding import same
from wardround.phi.kinds import BY_NAME

#: Where the list is, from the root of the repository.
FILE = "governance/phi.yaml"


@dataclass(frozen=True)
class Entry:
    """``path`` is a pattern in which ``*`` stands for anything, slashes too. No ``kinds``: every kind. No ``texts``: every text."""

    path: str
    because: str
    kinds: frozenset[str] = frozenset()
    texts: tuple[str, ...] = ()

    def allows(self, place: str, kind: str, text: str) -> bool:
        """Whether this identifier in this place is allowed."""
        if not fnmatch.fnmatchcase(place, self.path) or (self.kinds and kind not in self.kinds):
            return False
        return not self.texts or any(digest(text, kept.split(":")[0]) == kept for kept in self.texts)


@dataclass(frozen=True)
class AllowList:
    """All entries."""

    entries: tuple[Entry, ...] = ()

    def allows(self, place: str, kind: str, text: str) -> bool:
        """Whether any entry allows it."""
        return any(entry.allows(place, kind, text) for entry in self.entries)


def digest(text: str, salt: str = "") -> str:
    """``salt:digest`` of a text for the list; a new salt where none is given."""
    salt = salt or secrets.token_hex(8)
    return f"{salt}:{hashlib.sha256(f'{salt}{same(text)}'.encode()).hexdigest()[:32]}"


def parse(content: bytes | None, where: str = FILE) -> AllowList:
    """The list in a file; an empty one for no file. Raises :class:`UsageError` with everything that is wrong."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if content is None:
        return AllowList()
    try:
        raw = YAML(typ="safe", pure=True).load(StringIO(content.decode("utf-8")))
    except (YAMLError, UnicodeDecodeError) as error:
        raise UsageError("the list is not valid YAML", where=where, found=type(error).__name__) from error
    given = raw.get("allow", []) if isinstance(raw, Mapping) else None
    if not isinstance(given, list) or (isinstance(raw, Mapping) and set(raw) - {"allow"}):
        raise UsageError("the list has another form", where=where, wanted="allow: and a list of entries below it")
    problems: list[Problem] = []
    entries = [_entry(item, f"{where}: allow[{number}]", problems) for number, item in enumerate(given)]
    if problems:
        raise UsageError(problems=problems)
    return AllowList(tuple(entry for entry in entries if entry is not None))


def _entry(item: Any, where: str, problems: list[Problem]) -> Entry | None:
    if not isinstance(item, Mapping) or set(item) - {"path", "kinds", "texts", "because"}:
        problems.append(
            Problem("an entry has another form", where=where, wanted="path, because, and if need be kinds and texts")
        )
        return None
    path, because = item.get("path"), item.get("because")
    kinds, texts = item.get("kinds") or [], item.get("texts") or []
    start = len(problems)
    if not isinstance(path, str) or not path:
        problems.append(Problem("an entry names no path", where=where, wanted="path: PATTERN"))
    if not isinstance(because, str) or len(because.strip()) < 10:
        problems.append(
            Problem("an entry gives no reason", where=where, wanted="because: why no patient stands behind this")
        )
    lists = isinstance(kinds, list) and isinstance(texts, list)
    if not lists or not all(isinstance(text, str) and ":" in text for text in texts):
        problems.append(Problem("kinds and texts are lists", where=where, wanted="kinds: [name]; texts: [SALT:DIGEST]"))
    elif unknown := [str(kind) for kind in kinds if kind not in BY_NAME]:
        problems.append(Problem(f"unknown kind {unknown[0]!r}", where=where, wanted=f"one of {', '.join(BY_NAME)}"))
    if len(problems) > start:
        return None
    return Entry(str(path), str(because), frozenset(kinds), tuple(texts))
