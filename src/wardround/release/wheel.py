"""The installed framework as one wheel: the same bytes from a checkout, an editable install or a package."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from pathlib import Path

from wardround import __version__
from wardround.files import write_bytes
from wardround.release.served import PACKAGE

#: Not part of a service: the forge of the demonstration, and the template of a new project.
_LEFT_OUT = ("sandbox", "_project", "__pycache__")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_METADATA = """Metadata-Version: 2.1
Name: wardround
Version: {version}
Summary: GitOps for clinical machine learning, as it was installed where this service was released
License: Apache-2.0
Requires-Python: >=3.11
"""
_WHEEL = """Wheel-Version: 1.0
Generator: wardround
Root-Is-Purelib: true
Tag: py3-none-any
"""


def name() -> str:
    """The wheel's file name."""
    return f"wardround-{__version__}-py3-none-any.whl"


def make(directory: Path) -> Path:
    """Writes the wheel into ``directory``. It declares no dependencies: those of the service are listed by hash beside it."""
    info = f"wardround-{__version__}.dist-info"
    entries = {f"wardround/{path.relative_to(PACKAGE).as_posix()}": path.read_bytes() for path in _sources()}
    entries[f"{info}/METADATA"] = _METADATA.format(version=__version__).encode()
    entries[f"{info}/WHEEL"] = _WHEEL.encode()
    record = f"{info}/RECORD"
    lines = [f"{entry},sha256={_digest(content)},{len(content)}" for entry, content in sorted(entries.items())]
    entries[record] = "\n".join([*lines, f"{record},,", ""]).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for entry in sorted(entries, key=lambda item: (item == record, item)):
            made = zipfile.ZipInfo(entry, _EPOCH)
            made.compress_type, made.create_system, made.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
            archive.writestr(made, entries[entry], compresslevel=6)
    target = directory / name()
    write_bytes(target, stream.getvalue())
    return target


def _sources() -> list[Path]:
    found = (path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sorted(path for path in found if not set(path.relative_to(PACKAGE).parts) & set(_LEFT_OUT))


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
