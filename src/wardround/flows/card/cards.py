"""The forms of a card, however they were come by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.card.sheet import Sheet
    from wardround.evidence.card import CardCheck


@dataclass(frozen=True)
class Cards:
    """The forms as texts by file name, how complete each is, and the check of the card."""

    texts: Mapping[str, str]
    sheets: tuple[Sheet, ...]
    check: CardCheck
    written: tuple[Path, ...] = ()
    #: Without evidence nothing is written, and no number was looked at.
    evidence: bool = True
