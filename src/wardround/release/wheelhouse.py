"""The wheelhouse: the wheels of a service's packages, fetched once where there is a network, checked by hash wherever they are used."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.files import sha256_file
from wardround.proc import Command, run
from wardround.release import packages
from wardround.revision.packages import normalised

_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


def select(directory: Path, requirements: Sequence[str]) -> tuple[Path, ...]:
    """The wheel of each requirement that is for this platform. :class:`EnvironmentFailure` names those that are not there."""
    found, missing = [], []
    wheels = _wheels(directory)
    for line in needed(requirements):
        hashes = set(_HASH.findall(line))
        named = wheels.get((packages.name_of(line), packages.version_of(line)), [])
        fitting = [path for path in named if not hashes or sha256_file(path) in hashes]
        if fitting:
            found.append(min(fitting))
        else:
            missing.append(f"{packages.name_of(line)} {packages.version_of(line)}")
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise EnvironmentFailure(
            f"the wheelhouse lacks {len(missing)} of {len(missing) + len(found)} packages",
            where=str(directory),
            wanted=", ".join(missing[:5]) + more,
            next="fill it where there is a network: wardround supplies wheels",
        )
    return tuple(found)


def fill(directory: Path, requirements: Sequence[str]) -> tuple[Path, ...]:
    """Fetches with pip, by pip's own configuration, what is missing; returns the wheels. Source packages are not built."""
    directory.mkdir(parents=True, exist_ok=True)
    try:
        return select(directory, requirements)
    except EnvironmentFailure:
        pass
    with tempfile.TemporaryDirectory(prefix="wardround-wheels-") as scratch:
        lines = Path(scratch) / "requirements.txt"
        lines.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        exactly = ["--require-hashes"] if packages.hashed(tuple(requirements)) else []
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary", ":all:", *exactly, "--find-links", str(directory), "--dest", str(directory)]
        done = run(Command([*command, "--requirement", str(lines)], timeout=3600))
    if not done.ok:
        words = [line.strip() for line in done.err.splitlines() if line.strip()]
        raise EnvironmentFailure(
            "pip could not fetch the wheels",
            where=str(directory),
            found=" | ".join(words[-3:])[-500:],
            next="make the packages reachable (pip's own configuration), or copy a filled wheelhouse here",
        )
    return select(directory, requirements)


def needed(requirements: Sequence[str]) -> Iterator[str]:
    """The requirement lines whose marker holds for this Python and platform."""
    from packaging.requirements import Requirement

    for line in requirements:
        requirement = Requirement(line.partition(" --hash")[0].strip())
        if requirement.marker is None or requirement.marker.evaluate():
            yield line


def _wheels(directory: Path) -> dict[tuple[str, str], list[Path]]:
    found: dict[tuple[str, str], list[Path]] = {}
    for path in sorted(directory.glob("*.whl")):
        name, _, rest = path.name.partition("-")
        found.setdefault((normalised(name), rest.partition("-")[0]), []).append(path)
    return found
