"""Runs the console sessions of a page, in order, and compares what they print with what the page shows.

A page takes part when it says so in a comment, in one line:

    <!-- docs-check: quick -->            run by `make test`
    <!-- docs-check: slow -->             run by `make docs-check` and `make test-all`
    options: start=reviewed               a reviewed, committed project `readmission` is there to begin with
             data=FOLDER/FILE             a file of the real clinical data is there under its own name

Its blocks, in the order of the page:

    ```console    `$ command` runs in bash; the lines below are its standard output. `cd` lasts. `# exit 11` at the end of the
                  command says how it must end (else 0). `...` stands for any text within a line or, alone, for any lines.
    ```text       after the line <!-- prints: COMMAND -->: the standard output of that command. Other text blocks say nothing.
    ```diff       `--- FILE`, then lines with - and +: an edit that the reader makes. Only + lines: they are appended.

Commit names, seconds and directories differ from run to run and are not compared.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MARK = re.compile(r"^<!-- docs-check: (?P<speed>quick|slow)(?P<options>(?: \w+=\S+)*) -->$", re.MULTILINE)
BLOCK = re.compile(
    r"(?:^<!-- prints: (?P<command>[^\n]+) -->\n)?^```(?P<kind>console|diff|text)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)  # fmt: skip
EXIT = re.compile(r"#.*\bexit (\d+)$")
#: What differs from run to run: pattern and what stands for it in both texts.
VOLATILE = (
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b"), "COMMIT"),
    (re.compile(r"\b\d+(\.\d+)? s\b"), "SECONDS"),
    (re.compile(r"\d+(\.\d+)? (GB|MB)\b"), "SIZE"),
    (re.compile(r"(?<![\w.])/[^\s:,'\"]+"), "PLACE"),
)


@dataclass(frozen=True)
class Command:
    """One command of a page, the line it stands on, what it prints and how it ends."""

    line: int
    text: str
    shown: tuple[str, ...]
    exit: int


@dataclass(frozen=True)
class Edit:
    """One edit of a file: ``before`` occurs once and becomes ``after``; an empty ``before`` appends."""

    line: int
    file: str
    before: str
    after: str


@dataclass(frozen=True)
class Page:
    """A page that takes part."""

    path: Path
    slow: bool
    options: dict[str, str]
    steps: tuple[Command | Edit, ...]


@dataclass
class Session:
    """Where a page's commands run."""

    directory: Path
    home: Path
    said: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """A home and a git identity of its own; the commands of this installation first."""
        kept = {name: value for name, value in os.environ.items() if name in {"LANG", "LC_ALL", "TMPDIR"}}
        place = Path(sys.executable).parent
        who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in IDENTITY.items()}
        quiet = {"DVC_NO_ANALYTICS": "1", "DO_NOT_TRACK": "1", "MPLBACKEND": "Agg", "GIT_CONFIG_NOSYSTEM": "1"}
        return {**kept, **who, **quiet, "HOME": str(self.home), "PATH": f"{place}{os.pathsep}{os.environ['PATH']}"}

    def run(self, command: str, timeout: float = 1500) -> subprocess.CompletedProcess[str]:
        """One command, in the directory that the last `cd` left."""
        return subprocess.run(
            ["bash", "-c", command], cwd=self.directory, env=self.environment, capture_output=True, text=True, check=False, timeout=timeout
        )  # fmt: skip

    def do(self, step: Command | Edit) -> str:
        """What is wrong with a step, or nothing."""
        if isinstance(step, Edit):
            return self._edit(step)
        if step.text.startswith("cd "):
            self.directory = (self.directory / shlex.split(step.text, comments=True)[1]).resolve()
            return "" if self.directory.is_dir() else f"line {step.line}: no directory {self.directory}"
        done = self.run(step.text)
        printed = [line.rstrip() for line in done.stdout.splitlines()]
        self.said.append(done.stdout)
        if done.returncode != step.exit:
            return f"line {step.line}: $ {step.text}\nended with {done.returncode}, not {step.exit}\n{done.stdout}\n{done.stderr}"
        if not matches(step.shown, printed):
            return "\n".join(
                ["", f"line {step.line}: $ {step.text}", "--- shown", *step.shown, "--- printed", *printed]
            )
        return ""

    def _edit(self, step: Edit) -> str:
        path = self.directory / step.file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if step.before and text.count(step.before) != 1:
            return f"line {step.line}: the edit does not fit {step.file} ({text.count(step.before)} places)"
        changed = text.replace(step.before, step.after) if step.before else text + step.after
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed, encoding="utf-8")
        return ""


IDENTITY = {"NAME": "A Reader", "EMAIL": "reader@example.org"}


def page(path: Path) -> Page | None:
    """The page as steps, if it takes part."""
    text = path.read_text(encoding="utf-8")
    mark = MARK.search(text)
    if mark is None:
        return None
    options = dict(option.split("=", 1) for option in mark["options"].split())
    return Page(path, mark["speed"] == "slow", options, tuple(steps(text)))


def steps(text: str) -> Iterator[Command | Edit]:
    """The commands and edits of a page, in order."""
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start("body")) + 1
        lines = block["body"].splitlines()
        if block["kind"] == "text":
            if block["command"]:
                yield Command(
                    first - 1, block["command"], tuple(line.rstrip() for line in lines), _exit(block["command"])
                )
            continue
        if block["kind"] == "diff":
            yield _edit(first, lines)
            continue
        starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
        assert starts[:1] == [0], f"line {first}: a session begins with a command"
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            command = lines[start].removeprefix("$ ")
            while command.endswith("\\"):
                start += 1  # noqa: PLW2901 - a command over several lines
                command += "\n" + lines[start].removeprefix("> ")
            shown = tuple(line.rstrip() for line in lines[start + 1 : end])
            yield Command(first + start, command, shown, _exit(command))


def _exit(command: str) -> int:
    ends = EXIT.search(command)
    return int(ends[1]) if ends else 0


def _edit(line: int, lines: list[str]) -> Edit:
    assert lines[0].startswith("--- "), f"line {line}: an edit begins with --- FILE"
    before = [text[1:] + "\n" for text in lines[1:] if text.startswith(("-", " "))]
    after = [text[1:] + "\n" for text in lines[1:] if text.startswith(("+", " "))]
    return Edit(line, lines[0].removeprefix("--- ").strip(), "".join(before), "".join(after))


def matches(shown: tuple[str, ...], printed: list[str]) -> bool:
    """Whether what was printed is what is shown. A page that shows nothing says nothing about the output."""
    if not shown:
        return True
    pattern = "".join("(?:.*\n)*?" if line.strip() == "..." else _line(line) + "\n" for line in shown)
    return re.fullmatch(pattern, "".join(f"{masked(line)}\n" for line in printed)) is not None


def _line(line: str) -> str:
    return ".*".join(re.escape(masked(piece)) for piece in line.split("..."))


def masked(text: str) -> str:
    """The text without what differs from run to run."""
    for pattern, name in VOLATILE:
        text = pattern.sub(name, text)
    return text
