"""What docs/how-to/serve.md shows, run against a service of a test."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "serve.md"
ADDRESS = "http://127.0.0.1:3000"


def blocks(language: str, word: str, url: str) -> list[str]:
    """The page's blocks in that language with that word, asking ``url``."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [text.replace(ADDRESS, url) for text in found if word in text]


def commands(url: str, place: Path, body: Any) -> list[Any]:
    """What each ``curl`` of the page answers, as JSON."""
    (place / "encounter.json").write_text(json.dumps(body), encoding="utf-8")
    lines = [line for text in blocks("sh", "curl", url) for line in text.splitlines()]
    return [json.loads(_run(["sh", "-c", line], place)) for line in lines]


def programs(url: str, project: Path, word: str) -> list[str]:
    """What each program of the page with that word prints, run in the project."""
    return [_run([sys.executable, "-c", text], project) for text in blocks("python", word, url)]


def _run(command: list[str], place: Path) -> str:
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout
