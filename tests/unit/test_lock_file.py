"""``requirements.lock`` is complete and exact: it is installed with ``--no-deps --require-hashes``, so nothing else comes in."""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: The extras that the lock was made with; the others (cloud storage) are installed by whoever needs them.
LOCKED_EXTRAS = ("onnx", "dask", "s3", "sandbox", "sandbox-s3")
_PIN = re.compile(r"[A-Za-z0-9._-]+(\[[A-Za-z0-9., _-]+\])?==[A-Za-z0-9.!+]+( ; .+)?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Entry:
    """One requirement of the lock with its hashes."""

    requirement: str
    hashes: tuple[str, ...]
    parsed: Requirement = field(repr=False)

    @property
    def name(self) -> str:
        return canonicalize_name(self.parsed.name)

    @property
    def version(self) -> str:
        return next(iter(self.parsed.specifier)).version

    @property
    def here(self) -> bool:
        return self.parsed.marker is None or self.parsed.marker.evaluate()


def lines() -> list[str]:
    """The lock's logical lines, without comments."""
    without_comments = re.sub(r"^\s*#.*\n", "", LOCK, flags=re.MULTILINE)
    return [line.strip() for line in without_comments.replace("\\\n", " ").splitlines() if line.strip()]


@cache
def entries() -> tuple[Entry, ...]:
    found = []
    for line in lines():
        if line.startswith("-"):
            continue  # test_there_are_only_packages
        requirement, *hashes = re.split(r"\s+(?=--hash)", line)
        found.append(Entry(requirement, tuple(hashes), Requirement(requirement)))
    return tuple(found)


def applies(requirement: Requirement, extras: frozenset[str] = frozenset()) -> bool:
    """Whether a distribution asks for it here, by itself or for one of its ``extras``."""
    marker = requirement.marker
    environment = default_environment()
    return marker is None or any(marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras))


def satisfying(requirement: Requirement) -> list[Entry]:
    """Entries for this machine that answer the requirement: name, version, and every extra that it asks for."""
    wanted = {canonicalize_name(extra) for extra in requirement.extras}
    return [
        entry
        for entry in entries()
        if entry.here
        and entry.name == canonicalize_name(requirement.name)
        and requirement.specifier.contains(entry.version, prereleases=True)
        and wanted <= {canonicalize_name(extra) for extra in entry.parsed.extras}
    ]


def declared() -> list[tuple[str, str]]:
    """(where, requirement) of all that ``pyproject.toml`` declares and the lock was made for."""
    project = PYPROJECT["project"]
    found = [("dependencies", item) for item in project["dependencies"]]
    found += [(extra, item) for extra in LOCKED_EXTRAS for item in project["optional-dependencies"][extra]]
    found += [("dev", item) for item in PYPROJECT["dependency-groups"]["dev"]]
    return found


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.requirement)
def test_every_entry_is_pinned_and_hashed(entry: Entry) -> None:
    assert _PIN.fullmatch(entry.requirement)
    assert entry.hashes
    assert all(_HASH.fullmatch(item) for item in entry.hashes), entry.hashes


def test_there_are_only_packages() -> None:
    assert [line for line in lines() if line.startswith("-")] == []


def test_there_is_one_entry_for_each_package_here() -> None:
    names = [entry.name for entry in entries() if entry.here]
    assert len(names) == len(set(names))
    assert len(names) > 100


def test_no_index_is_named() -> None:
    """Where packages come from is the business of whoever installs them: an internal index, an offline mirror."""
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host|^\s*-[if]\b", LOCK, flags=re.MULTILINE)


@pytest.mark.parametrize(("where", "requirement"), declared(), ids=lambda item: item)
def test_what_is_declared_is_locked(where: str, requirement: str) -> None:
    parsed = Requirement(requirement)
    if applies(parsed):
        assert satisfying(parsed), f"{where} of pyproject.toml declares {requirement}, which the lock does not hold"


def test_the_lock_is_made_with_the_extras_that_contributors_are_told() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"--extra (\S+)", told)) == LOCKED_EXTRAS
    assert re.findall(r"--group (\S+)", told) == list(PYPROJECT["dependency-groups"])


@pytest.mark.parametrize("entry", [entry for entry in entries() if entry.here], ids=lambda entry: entry.name)
def test_what_a_locked_package_needs_is_locked_too(entry: Entry) -> None:
    distribution = metadata.distribution(entry.name)
    assert distribution.version == entry.version, "the environment is not the lock's: make setup"
    extras = frozenset(canonicalize_name(extra) for extra in entry.parsed.extras)
    needed = [Requirement(text) for text in distribution.requires or ()]
    lacking = [str(item) for item in needed if applies(item, extras) and not satisfying(item)]
    assert not lacking, f"{entry.name} {entry.version} needs {lacking}, which --no-deps would not install"
