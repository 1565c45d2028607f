"""Text from data is inert in every edition."""

import re
import sys

import pytest

from wardround.report.escape import clean, in_code_block, in_html, in_markdown, in_markdown_code, in_terminal


def test_clean_drops_what_a_reader_cannot_see():
    assert clean("a\x1b[31mb\u202ec\x00\r\nd\u2028e\ufeff") == "a [31mb c d e"


def test_what_python_calls_printable_has_nothing_to_clean():
    """The short way through ``clean`` rests on this."""
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    assert [char for char in every if char.isprintable() and clean(f"a{char}b") != f"a{char}b"] == []
    assert [char for char in every if not char.isprintable() and clean(f"a{char}b") != "a b"] == ["\u00a0"]


def test_html_is_text():
    assert in_html("<script>\"'&") == "&lt;script&gt;&quot;&#x27;&amp;"


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("ask @octocat", r"@\w"),
        ("mail a@b.example", r"@\w"),
        ("see http://x.example/y", r"://"),
        ("see WWW.x.example", r"(?i)www\."),
        ("closes #12", r"#\d"),
        ("GH-12", r"GH-\d"),
        (":smile:", r":smile:"),
        ("a:smile: b", r":\w"),
        ("9f1c2d3e4f5061728394a5b6c7d8e9f001122334", r"[0-9a-f]{7}"),
        ("<img src=x>", r"(?<!\\)<"),
        ("![a](b)", r"(?<!\\)\["),
        ("a|b", r"(?<!\\)\|"),
        ("$x$", r"(?<!\\)\$"),
        ("*a* _b_ `c` ~~d~~", r"(?<!\\)[*_`~]"),
        ("- a list", r"^-"),
        ("# a heading", r"^#"),
        ("===", r"^="),
        ("1. a list", r"^1\."),
    ],
)
def test_markdown_breaks_every_pattern(text, pattern):
    assert re.search(pattern, text), "the test would not see the pattern"
    assert not re.search(pattern, in_markdown(text))


def test_markdown_leaves_numbers_alone():
    assert in_markdown("0.713 (0.695 to 0.731), +0.003") == "0.713 (0.695 to 0.731), +0.003"
    assert in_markdown("-5") == "-5"


def test_code_cannot_be_left():
    assert in_markdown_code("a`b|c\n") == "`a\u02cbb\u2223c`"
    assert in_markdown_code("\x00") == "`(empty)`"
    assert "`" not in in_code_block("```")


def test_terminal_shows_printable_text():
    assert in_terminal("a\x1b]8;;http://x\x07b") == "a ]8;;http://x b"
