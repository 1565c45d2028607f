"""What is missing on this machine and in this repository, and the command that fixes it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from wardround.errors import WardroundError
from wardround.proc import Command, run
from wardround.project.layout import Project, find

#: Free space below which a review is likely to fail: a snapshot, its features and a cache copy of both. Project choice.
MIN_FREE_GB = 2.0
#: An address on another machine: ``https://…``, ``ssh://…``, ``git@host:…``. Directories of this one are no forge.
_ELSEWHERE = re.compile(r"(?!file:)[^/\\:]{2,}:")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    ``state``: ``ok``, ``missing`` (a review cannot work), ``unseen`` (it could not be looked at) or ``advice``.
    """

    name: str
    state: str
    found: str
    fix: str = ""


def examine(directory: Path) -> tuple[Check, ...]:
    """Looks at the machine, then, if there is one, at the project around ``directory``. Changes nothing."""
    checks = [*_machine(directory)]
    try:
        project = find(directory)
    except WardroundError as error:
        return (*checks, Check("project", "missing", error.problems[0].what, "wardround init NAME"))
    return (*checks, *_project(project))


def _machine(directory: Path) -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield Check("python", "ok" if good else "missing", version, "" if good else "install Python 3.11 or newer")
    git = shutil.which("git")
    if git is None:
        yield Check("git", "missing", "not on the PATH", "apt-get install git")
    else:
        yield Check("git", "ok", run(Command([git, "--version"], timeout=20)).out.strip().removeprefix("git version "))
        name = run(Command([git, "config", "user.email"], cwd=directory, timeout=20)).out.strip()
        yield Check(
            "git identity",
            "ok" if name else "advice",
            "set" if name else "not set: commits need one",
            "" if name else "git config --global user.email YOU@HOSPITAL && git config --global user.name 'YOUR NAME'",
        )
    yield from _packages()
    compiled = os.environ.get("PYTHONDONTWRITEBYTECODE")
    yield Check(
        "byte code",
        "advice" if compiled else "ok",
        "switched off: every start takes seconds longer" if compiled else "written",
        "unset PYTHONDONTWRITEBYTECODE" if compiled else "",
    )
    free = shutil.disk_usage(directory).free / 1e9
    yield Check(
        "disk",
        "ok" if free >= MIN_FREE_GB else "missing",
        f"{free:.1f} GB free",
        "" if free >= MIN_FREE_GB else "free some space; `dvc gc --workspace` removes objects that no work tree uses",
    )


def _packages() -> Iterator[Check]:
    extras = {
        "dvc_s3": "s3",
        "onnxruntime": "onnx",
        "dask": "dask",
        "dvc_ssh": "ssh",
        "dvc_azure": "azure",
        "dvc_gs": "gs",
        "presidio_analyzer": "names",
    }
    missing = [name for module, name in extras.items() if importlib.util.find_spec(module) is None]
    found = "all" if not missing else f"not installed: {', '.join(missing)} (needed only if you use them)"
    yield Check("extras", "ok", found, f"python -m pip install 'wardround[{','.join(missing)}]'" if missing else "")


def _project(project: Project) -> Iterator[Check]:
    steps: list[tuple[str, Callable[[Project], Iterator[Check]]]] = [
        ("params.yaml", _params),
        ("contract", _contract),
        ("repository", _repository),
        ("wardround.yaml", _versions),
        ("storage", _storage),
        ("workflows", _workflows),
        ("roles", _roles),
    ]
    for name, step in steps:
        try:
            yield from step(project)
        except WardroundError as error:
            for problem in error.problems:
                where = f" ({problem.where})" if problem.where else ""
                yield Check(name, "missing", problem.what + where, problem.next)


def _params(project: Project) -> Iterator[Check]:
    yield Check("params.yaml", "ok", f"project {project.params.project.name}")


def _contract(project: Project) -> Iterator[Check]:
    from wardround.contract import load

    columns = load(project.layout.contract).columns
    yield Check("contract", "ok", f"{len(columns)} columns")


def _repository(project: Project) -> Iterator[Check]:
    from wardround.revision.dvc import Dvc
    from wardround.revision.git import Git

    git = Git(project.root)
    yield Check("repository", "ok", f"on {git.branch}" if git.has_commits else "no commit yet")
    if git.is_shallow:
        yield Check(
            "history", "advice", "a shallow clone: base or anchor may be missing", "git fetch --unshallow origin"
        )
    if git.has_commits:
        base = project.params.review.base
        yield Check("base", "ok", f"{base} is {git.commit(base)[:10]}")
    Dvc(project.root).check_repository()
    lock = project.root / "dvc.lock"
    yield Check(
        "dvc.lock",
        "ok" if lock.is_file() else "advice",
        "there" if lock.is_file() else "not yet: nothing was reproduced",
        "" if lock.is_file() else "wardround review",
    )


def _versions(project: Project) -> Iterator[Check]:
    from wardround.flows import versions
    from wardround.flows.stage import tree_of

    tree = tree_of(project.root)
    versions.check(project.layout.versions, tree)
    locked = versions.wanted(tree)["environment"] != "unlocked"
    yield Check(
        "environment",
        "ok" if locked else "advice",
        "locked" if locked else "no requirements.lock: two machines may train two models",
        "" if locked else "uv pip compile --generate-hashes requirements.in -o requirements.lock && wardround upgrade",
    )


def _storage(project: Project) -> Iterator[Check]:
    from wardround.revision.dvc import Dvc

    name = project.params.review.remote
    lines = dict(line.split(" ", 1) for line in Dvc(project.root).remotes().splitlines())
    if name not in lines:
        yield Check(
            "storage",
            "advice",
            f"no DVC remote {name!r}: what you make is on this machine only",
            f"dvc remote add -d {name} /a/shared/directory    (or s3://, ssh://, azure://, gs://)",
        )
        return
    url = lines[name]
    if "://" in url:
        yield Check("storage", "ok", f"{name} at {url.split('://', 1)[0]}://… (not contacted; `wardround review` does)")
        return
    place = Path(url)
    writable = os.access(place if place.exists() else _existing_parent(place), os.W_OK)
    yield Check(
        "storage",
        "ok" if writable else "missing",
        f"{name}, a directory" + ("" if place.exists() else ", made by the first push"),
        "" if writable else f"give yourself write access to {place}",
    )


def _workflows(project: Project) -> Iterator[Check]:
    from wardround.flows.forge_files import outdated

    if found := [one.path for one in outdated(project.root)]:
        yield Check("workflows", "advice", f"not what this version writes: {', '.join(found)}", "wardround upgrade")


def _roles(project: Project) -> Iterator[Check]:
    """Who may approve a promotion. On a laptop alone nobody could, so that nobody need be named."""
    governance = project.params.governance
    held = {role: logins for role, logins in governance.roles.items() if logins}
    if held:
        people = ", ".join(f"{role} {len(logins)}" for role, logins in held.items())
        stages = ", ".join(stage for stage, roles in governance.approvals.items() if roles)
        yield Check("roles", "ok", f"{people}; asked for by {stages or 'no stage (governance.approvals)'}")
    elif _has_forge(project.root):
        found = "params name nobody yet: CODEOWNERS and rulesets alone say who must approve a promotion"
        fix = "params.yaml: governance: {roles: {clinical: [LOGIN], ml: [ANOTHER]}, approvals: {prod: [clinical, ml]}}"
        yield Check("roles", "advice", found, fix)


def _has_forge(root: Path) -> bool:
    """Whether git knows a remote on another machine."""
    lines = run(Command(["git", "remote", "--verbose"], cwd=root, timeout=20)).out.splitlines()
    return any(_ELSEWHERE.match(line.partition("\t")[2]) for line in lines)


def _existing_parent(place: Path) -> Path:
    return next(parent for parent in place.parents if parent.exists())
