"""The look at words that leave by a way of their own: alerts, and the dashboard. Those for the forge are looked at where they are sent."""

from __future__ import annotations

from collections.abc import Iterable

from wardround.errors import GovernanceFinding
from wardround.phi.kinds import BY_NAME
from wardround.phi.scanning import scan


def identifiers(texts: Iterable[str]) -> tuple[str, ...]:
    """The rules of what the scan finds in texts, each once. The same text is looked at once."""
    distinct = dict.fromkeys(text for text in texts if text)
    return tuple(dict.fromkeys(BY_NAME[hit.kind].rule for text in distinct for hit in scan(text)))


def refuse(where: str, texts: Iterable[str]) -> None:
    """Raises :class:`GovernanceFinding` when one of the texts holds what looks like an identifier of a patient."""
    if found := identifiers(texts):
        raise GovernanceFinding(
            "this was not written: it would hold what looks like an identifier of a patient",
            where=where,
            wanted="words without one",
            found=", ".join(found),
            next="look for it in params.yaml, in names of columns and groups, in tags and in titles of pull requests",
        )
