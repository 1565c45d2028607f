"""Projects with a service, an origin and a storage, for the tests of the release."""

import json
import shutil

import workshop
from workshop import ROOT, commit, dvc, git, wardround

#: The suites' own key: releases of one test run are signed by one key.
KEY = "release.key"


def make_service_project(tiny, place):
    """A copy of the reviewed tiny project with the service that `wardround init` writes and an origin beside it; committed, pushed."""
    root = workshop.copied(tiny, place)
    shutil.copyfile(ROOT / "pipelines" / "service.py", root / "pipelines" / "service.py")
    commit(root, "A service")
    git(place, "init", "--quiet", "--bare", "--initial-branch=main", "tiny-origin.git")
    git(root, "remote", "add", "origin", "../tiny-origin.git")
    git(root, "push", "--quiet", "--set-upstream", "origin", "main")
    return root


def make_released(tiny, place):
    """That project, released once."""
    root = make_service_project(tiny, place)
    done = release(root, code=0)
    (place / "first.txt").write_text(done.text, encoding="utf-8")
    return root


def release(root, *args, code=None, env=None, engine="none"):
    """The real command, in this project."""
    env = {"XDG_CONFIG_HOME": str(root.parent / "config"), "GITHUB_OUTPUT": "", **(env or {})}
    engine = () if "--verify" in args or "--finish" in args else ("--engine", engine)
    return wardround(root, "release", "--quiet", *engine, *args, env=env, timeout=900, code=code)


def record(root, tag="tiny@v1.0.0"):
    """What the tag's last line says."""
    return json.loads(git(root, "for-each-ref", "--format=%(contents)", f"refs/tags/{tag}").strip().splitlines()[-1])


def kept(root, version="v1.0.0"):
    """Names of the version's files in the storage."""
    return root.parent / f"{root.name}-storage" / "releases" / "tiny" / version


def tags(root, at="tiny-origin.git"):
    """The tags at origin."""
    return git(root.parent / at, "for-each-ref", "--format=%(refname:short)", "refs/tags").split()


def push(root, message="A change"):
    """Commits everything and pushes it, as a merge does."""
    made = commit(root, message)
    git(root, "push", "--quiet", "origin", "HEAD:main")
    return made


def retrained(root, params):
    """Merges a change that makes another model."""
    from wardround.flows.faults import edit_params

    edit_params(root, params)
    dvc(root, "repro", "--quiet")
    dvc(root, "push", "--quiet")
    return push(root, "Another model")
