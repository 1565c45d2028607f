"""The framework's own wheel: pip takes it, and the same sources give the same bytes."""

import base64
import hashlib
import os
import subprocess
import sys
import zipfile

from wardround.release import wheel


def test_pip_installs_it_offline_and_it_is_imported_from_there(tmp_path):
    made = wheel.make(tmp_path)
    target = tmp_path / "target"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", target, made]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    code = "import wardround, wardround.errors; print(wardround.__file__)"
    env = {**os.environ, "PYTHONPATH": str(target)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == str(target / "wardround" / "__init__.py")


def test_it_is_the_same_whenever_it_is_made_and_holds_no_sandbox(tmp_path):
    first = wheel.make(tmp_path).read_bytes()
    assert wheel.make(tmp_path).read_bytes() == first
    with zipfile.ZipFile(tmp_path / wheel.name()) as archive:
        names = archive.namelist()
        assert not [name for name in names if "sandbox/" in name or name.endswith(".pyc")]
        (record,) = [name for name in names if name.endswith("/RECORD")]
        for line in archive.read(record).decode().splitlines():
            name, digest, size = line.rsplit(",", 2)
            if name != record:
                content = archive.read(name)
                found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
                assert (digest, size) == (f"sha256={found}", str(len(content)))
