"""The last look at words that go to the forge: titles, bodies and descriptions, of whatever makes them. What was posted is mailed at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wardround.errors import GovernanceFinding

#: What the API calls words that people read on the forge. Files, commits and tags are looked at where they are made.
WORDS = ("title", "body", "description")


def check_words(where: str, given: Mapping[str, Any] | None) -> None:
    """Raises :class:`GovernanceFinding` when words of a request hold what looks like an identifier of a patient. It names rules, and never the text."""
    found = {name: rules for name in WORDS if (rules := _rules((given or {}).get(name)))}
    if found:
        raise GovernanceFinding(
            "this was not sent to the forge: it holds what looks like an identifier of a patient",
            where=where,
            wanted="words without one",
            found="; ".join(f"{name}: {', '.join(rules)}" for name, rules in found.items()),
            next="look for it in params.yaml, in names of columns, groups and files, and in what people gave as a reason",
        )


def _rules(text: object) -> tuple[str, ...]:
    if not isinstance(text, str) or not text:
        return ()
    from wardround.phi.scanning import rules_of

    return rules_of((text,))
