"""Whether one modification permits one atom."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from wardround.gate.plan.atoms import Atom, Kind
from wardround.gate.plan.schema import FILE, Modification, PermittedParam

#: What no plan permits: itself, and what decides who judges.
_NEVER = (FILE, ".github/", "requirements.lock", "wardround.yaml")
#: Sections of params that judge. A plan that let its own bar be moved would be none. Open are thresholds (in ``evaluate``), and the recent
#: window of a retraining, whose model is judged on the base's own test block as well.
_JUDGES = ("contract", "split", "compare", "gate", "disclosure")
_OPEN = "split.recent."


def permits(modification: Modification, atom: Atom) -> bool:
    """Whether the modification's own list covers the atom."""
    allowed = modification.permits
    match atom.kind:
        case Kind.DATA:
            return allowed.data
        case Kind.MODEL:
            return allowed.model
        case Kind.PATH:
            return not atom.name.startswith(_NEVER) and any(matches(pattern, atom.name) for pattern in allowed.paths)
        case Kind.PARAM:
            if atom.name.partition(".")[0] in _JUDGES and not atom.name.startswith(_OPEN):
                return False
            return any(_covers(item, atom) for item in allowed.params)


def matches(pattern: str, path: str) -> bool:
    """``*`` within a name, ``**`` across directories; a directory (with or without its slash) means all below it."""
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    body = "".join(special.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*\*|\*|\?)", pattern.strip("/")))
    return re.fullmatch(f"{body}(?:/.*)?", path) is not None


def _covers(item: PermittedParam, atom: Atom) -> bool:
    if atom.name != item.key and not atom.name.startswith(item.key + "."):
        return False
    limited = bool(item.among) or item.range is not None or item.step is not None or item.forward is not None
    if not limited:
        return True
    if not atom.after:  # a key that is gone takes a default, which no limit has seen
        return False
    before = json.loads(atom.before) if atom.before else None
    after = json.loads(atom.after)
    if isinstance(after, list):
        old = before if isinstance(before, list) else []
        if (
            item.step is None and item.forward is None
        ):  # nothing is compared with the base's, so that places do not matter
            return bool(after) and all(_within(item, None, new) for new in after)
        return len(old) == len(after) and all(_within(item, one, new) for one, new in zip(old, after, strict=True))
    return _within(item, before, after)


def _within(item: PermittedParam, before: Any, after: Any) -> bool:
    """Whether one value keeps every limit that is given."""
    if item.among and after not in [json.loads(json.dumps(value, default=str)) for value in item.among]:
        return False
    if item.range is not None and not (_number(after) and item.range[0] <= after <= item.range[1]):
        return False
    if item.step is not None:
        close = _number(before) and _number(after) and abs(after - before) <= item.step * (1 + 1e-12)
        if not close:
            return False
    return item.forward is None or _forward(before, after, item.forward)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _forward(before: Any, after: Any, days: int) -> bool:
    try:
        old, new = dt.date.fromisoformat(str(before)), dt.date.fromisoformat(str(after))
    except ValueError:
        return False
    return dt.timedelta() <= new - old <= dt.timedelta(days=days)
