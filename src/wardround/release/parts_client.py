"""Prints what is installed where it runs: Python distributions, and Debian packages where there are any. Python alone runs it."""

import json
import platform
import sys
from importlib.metadata import distributions
from pathlib import Path


def _python() -> list[dict[str, str]]:
    found = {}
    for one in distributions():
        name = one.metadata["Name"]
        if name and name not in found:
            told = (one.metadata[key] for key in ("License-Expression", "License") if key in one.metadata)
            licence = next((text for text in told if text), "")
            found[name] = {"name": name, "version": one.version, "licence": licence if len(licence) < 80 else ""}
    return list(found.values())


def _debian() -> list[dict[str, str]]:
    status = Path("/var/lib/dpkg/status")
    text = status.read_text(encoding="utf-8", errors="replace") if status.is_file() else ""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != " ")
        if fields.get("Status", "").endswith(" installed"):
            found.append({key: fields.get(key.capitalize(), "") for key in ("package", "version", "architecture")})
    return found


def _distro() -> str:
    try:
        found = platform.freedesktop_os_release()
    except OSError:
        return ""
    return f"{found.get('ID', '')}-{found.get('VERSION_ID', '')}"


sys.stdin.read()
print(  # noqa: T201 - its output is the answer
    json.dumps({"python": _python(), "debian": _debian(), "distro": _distro(), "version": platform.python_version()})
)
