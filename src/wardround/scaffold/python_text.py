"""Python source that is already formatted: it stays the same under ruff and black at any line length from 88 on."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

#: The shortest line length in use; what fits into it is written on one line.
_WIDTH = 88
#: Letters that are no other letter with a mark: Unicode has no plain form of them.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "ø": "o",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "Æ": "Ae",
        "Ø": "O",
        "Ł": "L",
        "Œ": "Oe",
        "Đ": "D",
        "Þ": "Th",
        "ẞ": "SS",
    }
)


@dataclass(frozen=True)
class Items:
    """A bracketed list of expressions: ``opening`` is for instance ``[``, ``{`` or ``pa.Field(``."""

    opening: str
    items: tuple[str | Pair, ...]
    closing: str


@dataclass(frozen=True)
class Pair:
    """One item with a name in front: ``key=`` of a call, or ``"key": `` of a dictionary."""

    prefix: str
    value: str | Items


def layout(prefix: str, value: str | Items, indent: int = 0, suffix: str = "") -> list[str]:
    """Lines of ``prefix`` and ``value``: one if it fits, otherwise one line an item with a comma after the last."""
    space = " " * indent
    line = f"{space}{prefix}{one_line(value)}{suffix}"
    if isinstance(value, str) or width(line) <= _WIDTH or not value.items:
        return [line]
    lines = [f"{space}{prefix}{value.opening}"]
    for item in value.items:
        name, inner = (item.prefix, item.value) if isinstance(item, Pair) else ("", item)
        lines += layout(name, inner, indent + 4, ",")
    return [*lines, f"{space}{value.closing}{suffix}"]


def one_line(value: str | Items | Pair) -> str:
    """The expression without a line break."""
    if isinstance(value, str):
        return value
    if isinstance(value, Pair):
        return value.prefix + one_line(value.value)
    return value.opening + ", ".join(one_line(item) for item in value.items) + value.closing


def width(text: str) -> int:
    """Columns on a screen: wide East Asian characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def text(value: str) -> str:
    """A string literal with the quotes that formatters prefer; what cannot be printed is escaped."""
    body = "".join(_escaped(character) for character in value)
    if '"' in value and "'" not in value:
        return f"'{body}'"
    return '"' + body.replace('"', '\\"') + '"'


def _escaped(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    code = ord(character)
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(
        character, f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def number(value: float) -> str:
    """A number literal; whole ones without a fraction."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def texts(values: Iterable[str]) -> Items:
    """A list of string literals."""
    return Items("[", tuple(text(value) for value in values), "]")


def identifiers(names: Iterable[str], taken: frozenset[str]) -> dict[str, str]:
    """For each column name a Python identifier of its own, the name itself where that is possible.

    ``taken`` are names that a class already uses.
    """
    used: set[str] = set()
    found = {}
    for name in names:
        plain = name
        if (
            not name.isidentifier()
            or not name.isascii()
            or keyword.iskeyword(name)
            or name.startswith("_")
            or name in taken
        ):
            ascii_only = unicodedata.normalize("NFKD", name.translate(_LETTERS)).encode("ascii", "ignore").decode()
            plain = re.sub(r"\W+", "_", ascii_only).strip("_")
            plain = f"column_{plain}".rstrip("_") if not plain or plain[0].isdigit() else plain
            plain = f"{plain}_" if keyword.iskeyword(plain) or plain in taken else plain
        stem, count = plain, 2
        while plain in used:
            plain, count = f"{stem}_{count}", count + 1
        used.add(plain)
        found[name] = plain
    return found
