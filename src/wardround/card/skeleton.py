"""An empty ``governance/card.yaml``: every field with its hint as a comment, for people to fill."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from wardround.card.schema import Card

_TOP = """# What only people know of the model. Numbers do not stand here: name them, as in {{auroc}} or {{sensitivity@0.2 of sex=female}}, and the
# evidence's own are put in (docs/how-to/cards.md). An empty field is one that nobody has written yet; each form says which it needs.
schema_version: 1
"""


def skeleton(known: Mapping[str, str] | None = None) -> str:
    """The file's text; ``known`` fills fields by their names (``purpose.summary``)."""
    return _TOP + "".join(_sections(known or {}))


def _sections(known: Mapping[str, str]) -> Iterator[str]:
    for section, info in Card.model_fields.items():
        part = info.annotation
        if not (isinstance(part, type) and issubclass(part, BaseModel)):
            continue
        yield f"\n{section}:\n"
        for name, field in part.model_fields.items():
            yield from (f"  # {line}\n" for line in textwrap.wrap(field.description or "", 130))
            text = known.get(f"{section}.{name}", "")
            yield f"  {name}: >-\n{textwrap.indent(_filled(text), '    ')}\n" if text else f"  {name}:\n"


def _filled(text: str) -> str:
    """Lines that fold back into the same text: a line may end at a space alone."""
    return textwrap.fill(text, 130, break_long_words=False, break_on_hyphens=False)
