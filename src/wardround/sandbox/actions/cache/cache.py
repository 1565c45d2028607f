"""Restores and saves files by key. A branch sees its own, its base's and the default branch's; a key is written once."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tarfile
from pathlib import Path

HOME = Path(os.environ["WARDROUND_SANDBOX_CACHE"])


def digest(*texts: str) -> str:
    """A name for ``texts`` that is safe in a path."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]


def scope(ref: str) -> Path:
    """Where a ref's entries lie."""
    return HOME / digest(os.environ["GITHUB_REPOSITORY"], ref)


def scopes() -> list[Path]:
    """What this run may read, nearest first."""
    refs = [os.environ["GITHUB_REF"]]
    refs += [f"refs/heads/{name}" for name in (os.environ.get("GITHUB_BASE_REF"), os.environ["DEFAULT_BRANCH"]) if name]
    return [scope(ref) for ref in dict.fromkeys(refs)]


def find(keys: list[str], version: str) -> tuple[str, Path] | None:
    """The newest entry for the first key that has one: the first exactly, the others by prefix."""
    for place, key in enumerate(keys):
        for folder in scopes():
            entries = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
            for entry in sorted(entries, key=lambda entry: -float(entry["made"])):
                same = entry["key"] == key if place == 0 else str(entry["key"]).startswith(key)
                if same and entry["version"] == version:
                    return str(entry["key"]), folder / str(entry["file"])
    return None


def restore(key: str, paths: list[Path], version: str) -> int:
    """The step that brings files back."""
    keys = [key, *(line.strip() for line in os.environ["INPUT_RESTORE_KEYS"].splitlines() if line.strip())]
    found = find(keys, version)
    if found is not None and os.environ["INPUT_LOOKUP_ONLY"] != "true":
        with tarfile.open(found[1]) as archive:
            for member in archive:
                place, _, rest = member.name.partition("/")
                if int(place) >= len(paths):
                    continue
                member.name = rest or "."
                target = paths[int(place)]
                if not rest and member.isfile():
                    member.name, target = target.name, target.parent
                target.mkdir(parents=True, exist_ok=True)
                archive.extract(member, target, filter="tar")
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as stream:
        hit = "" if found is None else str(found[0] == key).lower()
        stream.write(f"cache-hit={hit}\ncache-primary-key={key}\ncache-matched-key={found[0] if found else ''}\n")
    print(f"cache restored from key: {found[0]}" if found else f"cache not found for key: {key}")
    if found is None and os.environ["INPUT_FAIL"] == "true":
        print("::error::no cache, and fail-on-cache-miss is set")
        return 1
    return 0


def save(key: str, paths: list[Path], version: str) -> int:
    """The step that keeps files."""
    folder = scope(os.environ["GITHUB_REF"])
    name = digest(key, version)
    if (folder / f"{name}.json").exists():
        print(f"cache exists already: {key}")
        return 0
    there = [(place, path) for place, path in enumerate(paths) if path.exists()]
    if not there:
        print("::warning::nothing to cache: no path is there")
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{name}.{os.getpid()}.tmp"
    with tarfile.open(temporary, "w") as archive:
        for place, path in there:
            archive.add(path, f"{place}")
    made = temporary.stat().st_mtime
    temporary.replace(folder / f"{name}.tar")
    temporary.write_text(
        json.dumps({"key": key, "version": version, "file": f"{name}.tar", "made": made}), encoding="utf-8"
    )
    temporary.replace(folder / f"{name}.json")
    print(f"cache saved with key: {key}")
    return 0


def main() -> int:
    """The step."""
    key = os.environ["INPUT_KEY"]
    lines = [line.strip() for line in os.environ["INPUT_PATH"].splitlines() if line.strip()]
    if not key or not lines:
        print("::error::cache needs a path and a key")
        return 1
    workspace = Path(os.environ["GITHUB_WORKSPACE"])
    paths = [workspace / Path(line).expanduser() for line in lines]
    version = digest(*lines)
    return (save if os.environ["INPUT_MODE"] == "save" else restore)(key, paths, version)


if __name__ == "__main__":
    sys.exit(main())
