"""Unpacks artifacts: of this run from where the sandbox keeps them, of another through the REST API with a token."""

from __future__ import annotations

import fnmatch
import json
import os
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Bare(urllib.request.HTTPRedirectHandler):
    """Follows a redirect without the token, which is for the API alone."""

    def redirect_request(self, *args: Any) -> urllib.request.Request | None:
        """The redirected request."""
        request = super().redirect_request(*args)
        if request is not None:
            request.remove_header("Authorization")
        return request


def ask(url: str) -> bytes:
    """What the API answers."""
    request = urllib.request.Request(url, headers={"Accept": "application/vnd.github+json"})  # noqa: S310 - the sandbox's
    request.add_unredirected_header("Authorization", f"Bearer {os.environ['INPUT_TOKEN']}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Bare())
    with opener.open(request, timeout=60) as answer:
        return bytes(answer.read())


def wanted(name: str) -> bool:
    """Whether the inputs ask for the artifact ``name``."""
    if os.environ["INPUT_NAME"]:
        return name == os.environ["INPUT_NAME"]
    return not os.environ["INPUT_PATTERN"] or fnmatch.fnmatchcase(name, os.environ["INPUT_PATTERN"])


def found(scratch: Path) -> Iterator[tuple[str, Path]]:
    """Names and zips."""
    if os.environ["INPUT_RUN"] == os.environ["GITHUB_RUN_ID"] and not os.environ["INPUT_TOKEN"]:
        for path in sorted(Path(os.environ["WARDROUND_SANDBOX_ARTIFACTS"]).glob("*.zip")):
            if wanted(path.stem):
                yield path.stem, path
        return
    base = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['INPUT_REPOSITORY']}/actions"
    page, seen, total = 1, 0, 1
    while seen < total:
        listing = json.loads(ask(f"{base}/runs/{os.environ['INPUT_RUN']}/artifacts?per_page=100&page={page}"))
        entries, total, page = listing["artifacts"], listing["total_count"], page + 1
        seen += len(entries)
        if not entries:
            return
        for entry in entries:
            if wanted(entry["name"]) and not entry["expired"]:
                path = scratch / f"{entry['id']}.zip"
                path.write_bytes(ask(f"{base}/artifacts/{entry['id']}/zip"))
                yield entry["name"], path


def unpack(source: Path, target: Path) -> None:
    """The files of an archive; one whose name leads out of ``target`` is refused."""
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(source) as archive:
        for entry in archive.infolist():
            if not (target / entry.filename).resolve().is_relative_to(target.resolve()):
                msg = f"an entry leads out of the directory: {entry.filename!r}"
                raise ValueError(msg)
        archive.extractall(target)


def main() -> int:
    """The step."""
    target = Path(os.environ["GITHUB_WORKSPACE"]) / Path(os.environ["INPUT_PATH"] or ".").expanduser()
    flat = bool(os.environ["INPUT_NAME"]) or os.environ["INPUT_MERGE"] == "true"
    count = 0
    try:
        with tempfile.TemporaryDirectory() as scratch:
            for name, path in found(Path(scratch)):
                unpack(path, target if flat else target / name)
                count += 1
    except urllib.error.HTTPError as error:
        print(f"::error::the API answered {error.code} to {error.url}: {error.read(300).decode(errors='replace')}")
        return 1
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        print(f"::error::{error}")
        return 1
    if not count and os.environ["INPUT_NAME"]:
        print(f"::error::artifact not found for name: {os.environ['INPUT_NAME']}")
        return 1
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as stream:
        stream.write(f"download-path={target}\n")
    print(f"{count} artifact(s) in {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
