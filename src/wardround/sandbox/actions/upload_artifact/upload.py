"""Zips the files that an input names and leaves the zip where the sandbox takes it in."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import sys
import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)


def chosen(lines: list[str], *, hidden: bool) -> tuple[list[Path], Path]:
    """The files, and the directory that their names in the archive are relative to."""
    workspace = Path(os.environ["GITHUB_WORKSPACE"])
    files: set[Path] = set()
    roots: list[Path] = []
    for line in lines:
        out = line.startswith("!")
        pattern = str(workspace / Path(line.removeprefix("!")).expanduser())
        hits = [Path(hit) for hit in glob.glob(pattern, recursive=True, include_hidden=hidden)]  # noqa: PTH207 - a pattern may be absolute
        if Path(pattern).exists():
            hits.append(Path(pattern))
        within = {path for hit in hits for path in ([hit] if hit.is_file() else hit.rglob("*")) if path.is_file()}
        if out:
            files -= within
            continue
        files |= within
        fixed = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
        roots.append(Path(pattern) if fixed == pattern else Path(fixed.rpartition("/")[0]))
    if not hidden:
        files = {path for path in files if not is_hidden(path, roots)}
    if len(roots) == 1 and roots[0].is_file():
        return sorted(files), roots[0].parent
    return sorted(files), Path(os.path.commonpath(roots)) if roots else workspace


def is_hidden(path: Path, roots: list[Path]) -> bool:
    """Whether a part below the searched place begins with a dot."""
    for root in roots:
        base = root.parent if root.is_file() else root
        if path.is_relative_to(base):
            return any(part.startswith(".") for part in path.relative_to(base).parts)
    return False


def main() -> int:
    """The step."""
    name = os.environ["INPUT_NAME"]
    if not name or len(name) > 200 or re.search(r'["<>|*?:\r\n/\\]', name) or name in (".", ".."):
        print("::error::an artifact's name may hold none of \" : < > | * ? \\ / and no line break")
        return 1
    lines = [line.strip() for line in os.environ["INPUT_PATH"].splitlines() if line.strip()]
    files, root = chosen(lines, hidden=os.environ["INPUT_HIDDEN"] == "true")
    if not files:
        kind = os.environ["INPUT_NONE"]
        if kind != "ignore":
            print(
                f"::{'error' if kind == 'error' else 'warning'}::no files were found with the path: {' '.join(lines)}"
            )
        return 1 if kind == "error" else 0
    target = Path(os.environ["WARDROUND_SANDBOX_ARTIFACTS"]) / f"{name}.zip"
    if target.exists() and os.environ["INPUT_OVERWRITE"] != "true":
        print(f"::error::an artifact named {name} is there already; see overwrite")
        return 1
    temporary = target.with_name(f"{name}.{os.getpid()}.tmp")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    digest = hashlib.sha256(temporary.read_bytes()).hexdigest()
    days = os.environ["INPUT_DAYS"]
    target.with_suffix(".json").write_text(json.dumps({"days": int(days) if days.isdigit() else 90}), encoding="utf-8")
    temporary.replace(target)
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as stream:
        stream.write(f"artifact-digest={digest}\n")
    print(f"artifact {name}: {len(files)} file(s), {target.stat().st_size} bytes, SHA-256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
