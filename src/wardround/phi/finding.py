"""What the scan says: a rule, a place and a fingerprint. Never the text, nor anything from which the text could be worked out."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from wardround.phi.kinds import BY_NAME


@dataclass(frozen=True, order=True)
class Finding:
    """One identifier, or several alike, in one place.

    ``place`` is a file, a commit or the name of a text; ``line`` is 0 where lines say nothing; ``part`` names a column or a cell of a notebook.
    ``fingerprint`` tells whether two findings are the same text; it is empty where no key was given.
    """

    place: str
    line: int
    part: str
    kind: str
    fingerprint: str = ""

    @property
    def rule(self) -> str:
        """The rule's id, for instance ``phi.ssn``."""
        return BY_NAME[self.kind].rule

    @property
    def title(self) -> str:
        """What kind of identifier it is, in words."""
        return BY_NAME[self.kind].title

    @property
    def where(self) -> str:
        """The place in one phrase."""
        line = f":{self.line}" if self.line else ""
        return f"{self.place}{line}" + (f" ({self.part})" if self.part else "")


def fingerprint(key: bytes, kind: str, text: str) -> str:
    """Twelve hexadecimal digits of HMAC-SHA256 under a secret key, so that nobody without it can try candidates; empty without a key.

    A digest without a key would give every number away: there are only 10⁹ social security numbers.
    """
    if not key:
        return ""
    return hmac.new(key, f"{kind}\0{same(text)}".encode(), hashlib.sha256).hexdigest()[:12]


def same(text: str) -> str:
    """The text without case and separators: *943 476 5919* and *9434765919* are the same number."""
    return "".join(character for character in text.lower() if character.isalnum())
