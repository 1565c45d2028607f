"""Features and scores on a real local Dask cluster: separate processes, loopback only, the same bytes as without it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "stages"))

import modelling_sample as sample

from wardround.errors import UsageError
from wardround.files import sha256_tree
from wardround.stages import features, train
from wardround.stages.serving import score_snapshot

pytest.importorskip("distributed", reason="the extra wardround[dask] is not installed")


def started(arguments, wanted, log, processes):
    """Starts one process of the cluster and returns what its log says once ``wanted`` is there."""
    environment = {**os.environ, "PYTHONPATH": str(sample.REPOSITORY / "src")}
    with log.open("wb") as stream:
        processes.append(
            subprocess.Popen(
                [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]],
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if found := re.search(wanted, log.read_text(errors="replace")):
            return found
        assert processes[-1].poll() is None, log.read_text(errors="replace")
        time.sleep(0.1)
    pytest.fail(log.read_text(errors="replace"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler and two workers on ephemeral loopback ports; ended, and seen to have ended, afterwards."""
    place = tmp_path_factory.mktemp("cluster")
    processes = []
    try:
        scheduler = [
            "dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            "--dashboard-address",
            "127.0.0.1:0",
        ]
        address = started(scheduler, r"Scheduler at:\s+(tcp://127\.0\.0\.1:\d+)", place / "scheduler.log", processes)[1]
        for number in range(2):
            worker = ["dask_worker", address, "--host", "127.0.0.1", "--no-dashboard", "--no-nanny", "--nthreads", "1"]
            worker += ["--local-directory", str(place), "--name", f"w{number}"]
            started(
                worker, r"Registered to:|Starting established connection", place / f"worker-{number}.log", processes
            )
        yield address
    finally:
        for process in reversed(processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # each leads a group of its own, which holds nothing else
            process.wait(timeout=15)


@pytest.mark.slow
def test_features_and_scores_are_the_same_bytes_on_a_cluster(tmp_path, cluster):
    local = sample.make(tmp_path / "local", parts=5)
    spread = sample.make(tmp_path / "spread", parts=5, params={"compute": {"backend": "dask", "address": cluster}})
    assert features.run(local) == features.run(spread)
    assert sha256_tree(local.layout.features) == sha256_tree(spread.layout.features)
    train.run(local)
    train.run(spread)
    assert sha256_tree(local.layout.model) == sha256_tree(spread.layout.model)
    score_snapshot(local.root, local.layout.snapshot, tmp_path / "local.parquet")
    score_snapshot(spread.root, spread.layout.snapshot, tmp_path / "spread.parquet")
    assert (tmp_path / "local.parquet").read_bytes() == (tmp_path / "spread.parquet").read_bytes()


def test_a_mistake_in_the_teams_code_comes_back_explained_from_a_cluster(tmp_path, cluster):
    text = "def build(e, s):\n    return e[['nothing']]\n"
    project = sample.make(tmp_path, features=text, params={"compute": {"backend": "dask", "address": cluster}})
    with pytest.raises(UsageError, match=r"KeyError \(nothing\)"):
        features.run(project)
