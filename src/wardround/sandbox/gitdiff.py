"""What ``git diff-tree`` prints, as values."""

from __future__ import annotations

from wardround.sandbox.gitread import FileChange

_WORDS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "T": "modified", "C": "copied"}


def parse(raw: str, patch: str) -> tuple[FileChange, ...]:
    """Joins ``--raw --numstat -z`` with ``-p``; both list the same files in the same order."""
    fields = raw.split("\0")
    changes: list[tuple[str, str, str, str]] = []
    counts: list[tuple[int, int]] = []
    at = 0
    while at < len(fields) and fields[at]:
        if fields[at].startswith(":"):
            _, _, _, sha, letter = fields[at].split(" ")
            moved = letter[0] in "RC"
            path = fields[at + 2] if moved else fields[at + 1]
            changes.append((path, _WORDS[letter[0]], sha, fields[at + 1] if moved else ""))
            at += 3 if moved else 2
        else:
            added, deleted, path = fields[at].split("\t")
            counts.append((0 if added == "-" else int(added), 0 if deleted == "-" else int(deleted)))
            at += 1 if path else 3
    patches = _patches(patch)
    assert len(changes) == len(counts) == len(patches), (len(changes), len(counts), len(patches))
    return tuple(
        FileChange(path, status, sha, *count, previous, text)
        for (path, status, sha, previous), count, text in zip(changes, counts, patches, strict=True)
    )


def _patches(patch: str) -> list[str]:
    """The hunks of each file, without git's headers, as GitHub gives them."""
    found: list[list[str]] = []
    hunk = False
    for line in patch.split("\n"):
        if line.startswith("diff --git "):
            found.append([])
            hunk = False
        elif found:
            hunk = hunk or line.startswith("@@ ")
            if hunk:
                found[-1].append(line)
    return ["\n".join(lines).removesuffix("\n") for lines in found]
