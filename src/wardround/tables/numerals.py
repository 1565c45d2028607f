"""Numbers as a country or an export writes them (1.234,5 or $1,234 or 45 %), put into the one notation that the pipeline reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

DECIMALS = (".", ",")
#: What may stand between thousands; a blank stands for the ones that do not break, too, and ' for ’.
THOUSANDS = (",", ".", " ", "'")
SIGNS = ("%", "$", "€", "£")
_GROUP = {",": ",", ".": r"\.", " ": "[ \u00a0\u202f]", "'": "['’]"}
_BLANK = "[ \u00a0\u202f]?"
#: A text that another notation would read as a number.
_OTHER = r"^[+-]?[0-9]*\.?[0-9]+([eE][+-]?[0-9]+)?$|^[+-]?[0-9]+\.$"


@dataclass(frozen=True)
class Numeral:
    """How a column's numbers are written: what stands before decimals, between thousands (empty: nothing), and beside the number."""

    decimal: str = "."
    thousands: str = ""
    sign: str = ""

    @property
    def pattern(self) -> str:
        """A regular expression of the whole text."""
        whole = r"[0-9]+"
        if self.thousands:
            whole = rf"(?:[0-9]{{1,3}}(?:{_GROUP[self.thousands]}[0-9]{{3}})+|[0-9]+)"
        point = re.escape(self.decimal)
        body = rf"[+-]?(?:{whole}(?:{point}[0-9]+)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?"
        if self.sign:
            sign = re.escape(self.sign)
            body = rf"(?:{sign}{_BLANK}{body}|{body}{_BLANK}{sign})"
        return f"^{body}$"

    def plain(self, texts: pa.Array, *, unfit: str | None = None) -> pa.Array:
        """Texts of this notation as ``-1234.5``; null stays null.

        Other texts stay as they are, but for numbers of another notation (12.5 among decimal commas): reading them would give a
        wrong value, so they become null, or with ``unfit`` keep their text with it behind.
        """
        fits = pc.match_substring_regex(texts, self.pattern)
        plain = texts
        if self.thousands:
            plain = pc.replace_substring_regex(plain, _GROUP[self.thousands], "")
        if self.sign:
            plain = pc.replace_substring_regex(plain, f"{_BLANK}{re.escape(self.sign)}{_BLANK}", "")
        if self.decimal != ".":
            plain = pc.replace_substring(plain, self.decimal, ".")
        wrong = pc.match_substring_regex(texts, _OTHER)
        instead: Any = pa.scalar(None, pa.string())
        if unfit is not None:
            instead = pc.binary_join_element_wise(texts, unfit, "")
        return pc.if_else(fits, plain, pc.if_else(wrong, instead, texts))
