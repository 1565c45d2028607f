"""Text from data, made inert: no mention, link, image, HTML, markup or terminal escape survives.

GitHub's processing after Markdown (mentions, issue and commit references, emoji codes, bare addresses) looks at the rendered
text, so that backslashes do not stop it. There a zero-width space breaks the pattern; in code spans it does not look.
"""

from __future__ import annotations

import html
import re
import unicodedata

#: Invisible, breaks a pattern for programs and not for readers.
BREAK = "\u200b"
EMPTY = "(empty)"

#: Keeps a number and its unit together; the one odd space that stays.
_NBSP = "\u00a0"
#: Control, format (direction overrides, zero width), surrogate, private use, unassigned; separators of lines and odd spaces.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$!{}])")
_LINE_START = re.compile(r"^([-+=#](?=[-+=#\s]|$)|\d{1,9}(?=[.)](?:\s|$)))")
_PATTERNS = (
    (re.compile(r"@"), "@" + BREAK),
    (re.compile(r"://"), ":" + BREAK + "//"),
    (re.compile(r"//"), "/" + BREAK + "/"),
    (re.compile(r"(?i)\b(www)\."), r"\1" + BREAK + "."),
    (re.compile(r"#(?=\w)"), "#" + BREAK),
    (re.compile(r"(?i)\b(gh)-(?=\d)"), r"\1" + BREAK + "-"),
    (re.compile(r":(?=[A-Za-z0-9_+-])"), ":" + BREAK),
)
_COMMIT = re.compile(r"(?i)(?<![0-9a-z])[0-9a-f]{7,64}(?![0-9a-z])")
#: What stands for characters that end a code span or a table cell; they look the same.
_IN_CODE = str.maketrans({"`": "\u02cb", "|": "\u2223"})


def clean(text: str) -> str:
    """``text`` on one line, without control, format and private characters, runs of spaces made one space."""
    kept = text
    if not text.isprintable():  # what Python calls printable is what is in none of the categories
        kept = "".join(_space(char) for char in text)
    return re.sub(" {2,}", " ", kept).strip(" ")


def _space(char: str) -> str:
    return " " if unicodedata.category(char) in _UNSAFE_CATEGORIES and char != _NBSP else char


def in_html(text: str) -> str:
    """``text`` for HTML content and quoted attributes."""
    return html.escape(clean(text), quote=True)


def in_html_of_markdown(text: str) -> str:
    """``text`` for HTML that stands in Markdown: what looks at the rendered text looks there too."""
    return html.escape(_broken(clean(text)), quote=True)


def in_markdown(text: str) -> str:
    """``text`` for a paragraph, list item or table cell of GitHub Flavoured Markdown."""
    text = _SPECIAL.sub(r"\\\1", _broken(clean(text)))
    return _LINE_START.sub(_guard, text)


def _broken(text: str) -> str:
    """``text`` without a pattern that the passes after Markdown would find."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return _COMMIT.sub(lambda found: BREAK.join(re.findall(".{1,6}", found.group())), text)


def _guard(match: re.Match[str]) -> str:
    """A backslash before what would begin a list, heading, quotation or rule; after a number it goes before the point."""
    mark = match.group()
    return f"{mark}{BREAK}" if mark.isdigit() else f"\\{mark}"


def in_markdown_code(text: str) -> str:
    """``text`` as a code span that also holds inside a table cell."""
    return f"`{in_code_block(text) or EMPTY}`"


def in_code_block(text: str) -> str:
    """One line of ``text`` inside a code span or fence: neither can be ended by it.

    It holds no beginning of a comment of HTML, because programs look for such marks in the source of what they posted.
    """
    return clean(text).translate(_IN_CODE).replace("<!--", f"<{BREAK}!--")


def in_terminal(text: str) -> str:
    """``text`` for a terminal: printable characters of one line."""
    return clean(text).replace(_NBSP, " ")
