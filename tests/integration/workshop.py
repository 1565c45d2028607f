"""Real projects for the tests of faults and reviews: made, copied, changed, and run by the real command line."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from wardround.flows import versions
from wardround.flows.faults import edit_params
from wardround.scaffold.project_text import IGNORED_TEXT, config_text, pipeline_text

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "tests" / "projects"
STAGES = ("ingest", "validate", "features", "split", "tune", "train", "evaluate")
EVIDENCE = ("ingest", "validation", "profile", "features", "split", "tuning", "training", "metrics")
JUDGED = ("comparison", "decision")

_WHO = {
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.org",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    **_WHO,
    "PYTHONPATH": str(ROOT / "src"),
    "OMP_NUM_THREADS": "1",
    "COLUMNS": "200",
}


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def text(self):
        return self.out + self.err


def wardround(root, *args, env=None, timeout=300, code=None):
    """Runs the real command line; with ``code``, that exit code is required."""
    done = subprocess.run(
        [sys.executable, "-m", "wardround", *args],
        cwd=root,
        env={**ENVIRONMENT, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    answer = Answer(done.returncode, done.stdout, done.stderr)
    if code is not None:
        assert answer.code == code, answer.text
    return answer


def start(root, *args, env=None):
    """The real command line, running, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "wardround", *args],
        cwd=root,
        env={**ENVIRONMENT, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def git(root, *args):
    """Git, which must succeed."""
    done = subprocess.run(
        ["git", *args], cwd=root, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def dvc(root, *args):
    """DVC, which must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *args],
        cwd=root,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def commit(root, message="A change"):
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(root, "rev-parse", "HEAD")


def make_tiny(place):
    """The project ``whole`` as a repository with a remote beside it, reviewed, committed and pushed; its path."""
    root = place / "tiny"
    shutil.copytree(TINY / "whole", root)
    pipeline = pipeline_text((ROOT / "dvc.yaml").read_text(encoding="utf-8"), "data/raw")
    (root / "dvc.yaml").write_text(pipeline, encoding="utf-8")
    (root / ".gitignore").write_text(IGNORED_TEXT, encoding="utf-8")
    (root / "wardround.yaml").write_text(versions.text(root), encoding="utf-8")
    return _reviewed(root)


def make_synthetic(place):
    """The synthetic hospital network, small, reviewed, committed and pushed; its path."""
    from wardround.flows.initialise import initialise_synthetic

    root = place / "readmission"
    initialise_synthetic(root)
    shutil.rmtree(root / ".git")
    shutil.rmtree(root / ".dvc")
    edit_params(
        root,
        {
            "synthetic": {"encounters": 4000},
            "data": {"partitions": 2},
            "model": {"settings": {"max_iter": 30}},
            "evaluate": {"importance_repeats": 0, "stability_seeds": 0},
            "compare": {"resamples": 200},
            "compute": {"jobs": 1},
            # A few hundred encounters cannot hold a hospital's limits.
            "gate": {
                "non_inferiority": {"margin": 0.2},
                "calibration": {"slope": [-10, 10], "observed_expected": [0, 10]},
                "utility": {"net_benefit_loss": 1},
                "fairness": {"gap": 1, "gaps": [], "worst_group_margin": 0.4},
                "sites": {"auroc": 0},
                "shift": {"psi": 5},
            },
        },
    )
    return _reviewed(root)


def _reviewed(root):
    git(root, "init", "--quiet", "--initial-branch=main")
    dvc(root, "init", "--quiet")
    (root / ".dvc" / "config").write_text(config_text(f"../../{root.name}-storage"), encoding="utf-8")
    commit(root, "Start")
    wardround(root, "review", "--quiet", code=0)  # a draft of the first version
    commit(root, "First version")
    dvc(root, "push", "--quiet")
    return root


def copied(root, place):
    """A copy of a project with its storage, in ``place``."""
    shutil.copytree(root.parent, place, symlinks=True)
    return place / root.name


def lay_over(root, fault):
    """Puts one of the broken projects over a copy of ``whole``; returns what it expects."""
    expect = YAML(typ="safe").load(fault / "expect.yaml")
    if "params" in expect:
        edit_params(root, expect["params"])
    for name in expect.get("remove", []):
        (root / name).unlink()
    for path in sorted(fault.rglob("*")):
        if path.is_file() and path.name != "expect.yaml" and "__pycache__" not in path.parts:
            target = root / path.relative_to(fault)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return expect


def half_written(root):
    """Files that only a write in progress may leave, outside git's and DVC's own directories."""
    names = (".tmp", ".old", ".part")
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.relative_to(root).parts[0] != ".git"
        and path.relative_to(root).parts[:2] != (".dvc", "cache")
        and ((path.name.startswith(".") and path.name.endswith(names)) or path.name.startswith(".ingest-"))
    )


def evidence(root):
    """The bytes of every evidence file that is there, by name."""
    return {path.name: path.read_bytes() for path in sorted((root / "reports").glob("*.json"))}


def check_whole(root):
    """Nothing is half-written: no leftovers, and every evidence file is complete JSON."""
    assert half_written(root) == []
    for name, content in evidence(root).items():
        assert json.loads(content), name


def check_polite(answer):
    """A message for people: no traceback, no cell value, and for a failure: what, and where or what next."""
    for word in ("Traceback", "Quimby", 'File "/', "NoneType"):
        assert word not in answer.text, answer.text


def children(pid):
    """Descendants of a process, as (pid, command line)."""
    found, ahead = [], [pid]
    while ahead:
        parent = ahead.pop()
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                above = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (OSError, ValueError, IndexError):
                continue
            if above == parent:
                found.append((int(entry.name), line))
                ahead.append(int(entry.name))
    return found


def state(pid):
    """The letter that the kernel gives a process's state; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def wait_for_stage(process, stage, timeout=120):
    """The pid of the real ``wardround stage NAME`` process below ``process``; None when the work ended first."""
    until = time.monotonic() + timeout
    while time.monotonic() < until and process.poll() is None:
        for pid, line in children(process.pid):
            if f"wardround stage {stage}" in line and "/bin/sh" not in line and " -c " not in line:
                return pid
        time.sleep(0.005)
    return None


def stop(process):
    """Ends a command that a test started, and its group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    process.stdout.close()
