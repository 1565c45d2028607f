"""What an item of a form rests on, so that it can be looked up: the file, the key in it, and the digest or commit of that file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wardround.card.facts import Origin

#: Files that stand elsewhere than their short names say.
_PLACES = {"monitor.yml": ".github/workflows/monitor.yml"}
#: What is no file of the tree.
_ASIDE = ("git", "git tags")


@dataclass(frozen=True)
class Rest:
    """``path`` from the project's directory. ``key`` leads to the value, with points; empty: the whole file. ``digest`` may be ``commit SHA``."""

    path: str
    key: str = ""
    digest: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.key}" if self.key else self.path


def resting(named: Iterable[str], origin: Origin) -> tuple[Rest, ...]:
    """``metrics.json#populations`` and the like, as places. Evidence has its own digest; other files are those of the commit."""
    return tuple(_rest(name, origin) for name in named)


def _rest(name: str, origin: Origin) -> Rest:
    file, _, key = name.partition("#")
    if file in _ASIDE:
        return Rest(file, key)
    if file.endswith(".json"):
        return Rest(f"reports/{file}", key, origin.digests.get(file, ""))
    return Rest(_PLACES.get(file, file), key, f"commit {origin.commit}")
