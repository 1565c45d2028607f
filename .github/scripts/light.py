"""Prints the part of requirements.lock that a change without a model needs: some packages and what they need.

    python light.py requirements.lock > light.lock

The lock says of each package who needs it (``# via``), so the part is found without asking an index. Python alone is enough to run it.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

#: What `wardround ci publish --light` and `wardround ci phi --light` import; hatchling and editables install a checkout.
ROOTS = (
    "click",
    "editables",
    "filelock",
    "gitpython",
    "hatchling",
    "jsonschema",
    "pydantic",
    "pygithub",
    "rich",
    "ruamel-yaml",
    "stamina",
    "wardround",
)
_ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)")


def name_of(text: str) -> str:
    """A package's normalised name (PEP 503)."""
    match = _ENTRY.match(text.strip())
    return re.sub(r"[-_.]+", "-", match["name"]).lower() if match else ""


def entries(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each locked package: its name and its lines."""
    name, lines = "", list[str]()
    for line in text.splitlines():
        if line[:1] not in {" ", "\t", "#", ""}:
            if name:
                yield name, lines
            name, lines = name_of(line), []
        lines.append(line)
    if name:
        yield name, lines


def needed_by(lines: list[str]) -> set[str]:
    """Who needs a package, as its ``# via`` comments say."""
    comments = [line.strip(" \t#") for line in lines if line.lstrip().startswith("#")]
    return {name_of(comment.removeprefix("via ")) for comment in comments if comment != "via"} - {""}


def part(text: str, roots: tuple[str, ...] = ROOTS) -> str:
    """The lines of ``roots`` and of all that they need, in the lock's order."""
    found = list(entries(text))
    wanted = {name_of(root) for root in roots}
    while more := {name for name, lines in found if name not in wanted and needed_by(lines) & wanted - {"wardround"}}:
        wanted |= more
    return "".join("\n".join(lines) + "\n" for name, lines in found if name in wanted)


if __name__ == "__main__":
    sys.stdout.write(part(Path(sys.argv[1]).read_text(encoding="utf-8")))
