"""A planted token is found nowhere that publishing writes to, and in no argument of a process."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import hospital as rig
import pytest
from hospital import REPO
from test_crash import CML
from test_kill import Job

from wardround.sandbox.model import Comment, Status


def arguments() -> str:
    """The command lines of all processes of this user, as every user of the machine sees them."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(place.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return "\n".join(found)


class Watcher(threading.Thread):
    """Looks at command lines until it is stopped."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ending, self.seen = threading.Event(), ""

    def run(self) -> None:
        while not self.ending.is_set():
            self.seen += arguments()
            time.sleep(0.02)


def everything(place: Path) -> str:
    return "\n".join(
        path.read_bytes().decode("utf-8", "replace") for path in sorted(place.rglob("*")) if path.is_file()
    )


@pytest.fixture
def program(tmp_path):
    """CML's stand-in, which is told the token in its environment."""
    import sys

    made = tmp_path / "bin" / "cml"
    made.parent.mkdir()
    made.write_text(CML.replace("PYTHON", sys.executable), encoding="utf-8")
    made.chmod(0o700)
    return made.parent


@pytest.mark.skipif(
    not Path("/proc/self/cmdline").exists(), reason="only Linux shows the arguments of all processes here"
)
def test_the_token_is_nowhere(hospital, tmp_path, program):
    token = hospital.sandbox.world.tokens.run(REPO, rig.PUBLISH)
    change = hospital.change()
    env = {
        "PATH": f"{program}:{os.environ['PATH']}",
        "WARDROUND_CML_URL": hospital.sandbox.tls_url,
        "NODE_EXTRA_CA_CERTS": str(hospital.sandbox.ca_file),
    }
    job = Job(hospital, hospital.reviewed(change), tmp_path / "job", token=token, env=env)
    watcher = Watcher()
    watcher.start()
    try:
        code, out, err = job.finished(job.start())
    finally:
        watcher.ending.set()
        watcher.join()
    assert code == 0, err
    assert "ci publish" in watcher.seen, "the process was looked at"
    assert str(program / "cml") in watcher.seen, "so was CML"
    records = [*hospital.store.find(Comment, REPO), *hospital.store.find(Status, REPO)]
    assert len(hospital.comments(change.number)) == 1
    for place in (out, err, watcher.seen, everything(job.place), repr(records), everything(hospital.tree)):
        assert token not in place


@pytest.mark.parametrize("status", [401, 403, 500])
def test_nor_is_it_in_what_a_failure_says(status, hospital, tmp_path):
    """Whatever the forge answers, even if its answer holds the token."""
    from wardround.sandbox.api.routing import Answer

    token = hospital.sandbox.world.tokens.run(REPO, rig.PUBLISH)
    run = hospital.reviewed(hospital.change())

    def refuse(_method: str, path: str) -> Answer | None:
        return Answer(status, {"message": f"no, {token}"}, {"retry-after": "900"}) if "pulls" in path else None

    hospital.sandbox.calls.interceptors.append(refuse)
    try:
        job = Job(hospital, run, tmp_path / "job", token=token)
        code, out, err = job.finished(job.start())
    finally:
        hospital.sandbox.calls.interceptors.remove(refuse)
    assert code == 3, err
    assert token not in out + err + everything(job.place)
