"""The look at words that leave by a way of their own: the dashboard. Those for the forge and alerts are looked at where they are sent."""

from __future__ import annotations

from collections.abc import Iterable

from wardround.errors import GovernanceFinding
from wardround.phi.scanning import rules_of


def refuse(where: str, texts: Iterable[str]) -> None:
    """Raises :class:`GovernanceFinding` when one of the texts holds what looks like an identifier of a patient."""
    if found := rules_of(texts):
        raise GovernanceFinding(
            "this was not written: it would hold what looks like an identifier of a patient",
            where=where,
            wanted="words without one",
            found=", ".join(found),
            next="look for it in params.yaml, in names of columns and groups, in tags and in titles of pull requests",
        )
