"""The runner of the pages' sessions itself: a page that does not tell the truth must fail."""

from pathlib import Path

import pytest
from console import Command, Edit, Session, matches, page, steps

TEXT = """<!-- docs-check: quick start=reviewed -->
# A page

```console
$ printf 'one\\ntwo\\n'
one
two
$ false  # exit 1
```

```diff
--- notes.txt
-one
+three
```

<!-- prints: printf '$ a\\nb\\n' -->
```text
$ a
b
```

```text
$ no session
```

```sh
rm -rf everything   # no session: not run
```
"""


def test_a_page_is_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(TEXT)
    read = page(tmp_path / "page.md")
    assert read is not None
    assert (read.slow, read.options) == (False, {"start": "reviewed"})
    assert read.steps == (
        Command(5, "printf 'one\\ntwo\\n'", ("one", "two"), 0),
        Command(8, "false  # exit 1", (), 1),
        Edit(12, "notes.txt", "one\n", "three\n"),
        Command(18, "printf '$ a\\nb\\n'", ("$ a", "b"), 0),
    )


def test_a_page_without_the_mark_takes_no_part(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(TEXT.split("\n", 1)[1])
    assert page(tmp_path / "page.md") is None


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (("a", "b"), ["a", "b"]),
        (("a", "...", "d"), ["a", "b", "c", "d"]),
        (("...", "d"), ["d"]),
        (("head 1234567890 in 3.2 s",), ["head abc4567890 in 14 s"]),
        (("report /a/b/review.html",), ["report /c/review.html"]),
        (("AUROC 0.7... here",), ["AUROC 0.728 here"]),
        ((), ["whatever"]),
    ],
)
def test_what_matches(shown: tuple[str, ...], printed: list[str]) -> None:
    assert matches(shown, printed)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (("a",), ["a", "b"]),
        (("a", "b"), ["a"]),
        (("AUROC 0.728",), ["AUROC 0.729"]),
        (("a", "...", "d"), ["a", "b"]),
        (("...", "d"), ["cd"]),
        (("a.c",), ["abc"]),
    ],
)
def test_what_does_not_match(shown: tuple[str, ...], printed: list[str]) -> None:
    assert not matches(shown, printed)


def test_a_session_edits_and_ends_as_it_says(session: Session) -> None:
    (session.directory / "notes.txt").write_text("one\ntwo\n")
    assert session.do(Edit(1, "notes.txt", "one\n", "three\n")) == ""
    assert "does not fit" in session.do(Edit(1, "notes.txt", "one\n", "three\n"))
    assert session.do(Edit(1, "notes.txt", "", "four\n")) == ""
    assert session.do(Command(1, "cat notes.txt", ("three", "two", "four"), 0)) == ""
    assert "ended with 1, not 0" in session.do(Command(1, "exit 1", (), 0))
    assert "--- printed" in session.do(Command(1, "echo yes", ("no",), 0))


def test_a_session_has_a_home_and_an_identity_of_its_own(session: Session) -> None:
    home = "test -z \"$(ls -A ~)\" && git init --quiet . && git commit --quiet --allow-empty -m first && git log --format='%an'"
    assert session.do(Command(1, home, ("A Reader",), 0)) == ""


def test_cd_lasts(session: Session) -> None:
    (session.directory / "inner").mkdir()
    assert session.do(Command(1, "cd inner", (), 0)) == ""
    assert session.do(Command(1, "basename $PWD", ("inner",), 0)) == ""
    assert list(steps("```console\n$ a \\\n> b\nc\n```\n")) == [Command(3, "a \\\nb", ("c",), 0)]
