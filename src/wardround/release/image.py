"""The image of a Bento: a build context of layers that change at different times, and the Containerfile. Nothing is downloaded.

BentoML's own Dockerfile fetches uv, Debian packages and wheels while it builds; this one installs from the wheelhouse in the Bento
(docs/decisions/0007-offline-images.md).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.release import content, packages
from wardround.release.bento import RELEASE, SRC

#: The user of the image. The same as in BentoML's own images, so that volumes can be shared with them.
USER = 1034
#: The port that the service listens on, unless it is told another.
PORT = 3000
#: Where the service may write, beside ``/tmp``.
DATA = "/var/lib/wardround"
HOME = "/opt/bento"
PYTHON = "/opt/wardround/bin/python"
#: Everything in the context bears this moment.
_MOMENT = 0

_CONTAINERFILE = """ARG BASE
FROM ${{BASE}} AS build
ARG BUILD
LABEL wardround.build="${{BUILD}}"
COPY env /build
COPY wheelhouse /wheelhouse
WORKDIR /build
RUN python3 -m venv /tmp/pip \\
 && python3 -m venv --without-pip /opt/wardround \\
 && /tmp/pip/bin/python -m pip --python {python} install --no-index --find-links /wheelhouse --no-deps {hashes}\
--no-compile --no-cache-dir --disable-pip-version-check --root-user-action ignore -r requirements.txt \\
 && {python} -m compileall -q --invalidation-mode unchecked-hash /opt/wardround/lib

FROM ${{BASE}}
LABEL {labels}
ENV PATH="/opt/wardround/bin:/usr/local/bin:/usr/bin:/bin" \\
    LANG="C.UTF-8" \\
    PYTHONUNBUFFERED="1" \\
    PYTHONDONTWRITEBYTECODE="1" \\
    HOME="/tmp" \\
    BENTOML_HOME="/tmp/bentoml" \\
    BENTOML_DO_NOT_TRACK="True" \\
    DO_NOT_TRACK="1" \\
    WARDROUND_MODEL_DIR="{home}/{src}/models/model" \\
    WARDROUND_RELEASE="{home}/{src}/{release}" \\
    WARDROUND_PREDICTIONS="{data}/predictions" \\
    WARDROUND_WAL="{data}/wal"
COPY --from=build /opt/wardround /opt/wardround
COPY --chown={user}:{user} data {data}
COPY bento {home}
COPY model {home}/{src}/models/model
COPY release {home}/{src}
WORKDIR {home}
USER {user}:{user}
EXPOSE {port}
ENTRYPOINT ["{python}", "-m", "bentoml", "serve", "{home}"]
CMD ["--host", "0.0.0.0", "--port", "{port}"]
"""


@dataclass(frozen=True)
class ImageRequest:
    """A Bento to be put on the image ``base``. ``labels`` are OCI's, in their order."""

    bento: Path
    base: str
    requirements: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)


def lay_out(request: ImageRequest, context: Path) -> None:
    """Writes the build context. The same Bento gives the same files with the same times, modes and owners."""
    source = request.bento
    if not (source / content.WHEELHOUSE).is_dir():
        raise EnvironmentFailure(
            "an image cannot be built without the wheels of its packages",
            where="the wheelhouse",
            wanted="every package of the service's lock",
            next="fill it where there is a network: wardround supplies wheels",
        )
    (context / "data").mkdir(parents=True)
    (context / "data" / ".keep").touch()
    (context / "env").mkdir()
    shutil.copyfile(source / SRC / "requirements.txt", context / "env" / "requirements.txt")
    shutil.copytree(source / SRC / "wheels", context / "env" / "wheels", copy_function=shutil.copyfile)
    shutil.copytree(source / content.WHEELHOUSE, context / "wheelhouse", copy_function=_link)
    left = shutil.ignore_patterns(content.WHEELHOUSE, "models", "wheels", RELEASE)
    shutil.copytree(source, context / "bento", copy_function=shutil.copyfile, ignore=left)
    shutil.copytree(source / SRC / "models" / "model", context / "model", copy_function=shutil.copyfile)
    (context / "release").mkdir()
    shutil.copyfile(source / SRC / RELEASE, context / "release" / RELEASE)
    (context / "Containerfile").write_text(containerfile(request), encoding="utf-8")
    settle(context)


def containerfile(request: ImageRequest) -> str:
    """The text of the Containerfile; the base is an argument of the build."""
    labels = " \\\n      ".join(f"{name}={_quoted(value)}" for name, value in request.labels.items())
    return _CONTAINERFILE.format(
        python=PYTHON,
        hashes="--require-hashes " if packages.hashed(request.requirements) else "",
        labels=labels or 'wardround="1"',
        home=HOME,
        src=SRC,
        release=RELEASE,
        data=DATA,
        user=USER,
        port=PORT,
    )


def labels(*, project: str, version: str, commit: str, source: str, bento: str) -> dict[str, str]:
    """What the image says of itself, in OCI's words. ``source`` is an address that a registry links to, or empty."""
    found = {
        "org.opencontainers.image.title": project,
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": commit,
        "wardround.bento": bento,
    }
    return {**found, **({"org.opencontainers.image.source": source} if source else {})}


def settle(context: Path) -> None:
    """One time and plain modes for everything: neither the machine nor the moment shows in a layer."""
    for path in sorted(context.rglob("*"), reverse=True):
        if not path.is_relative_to(context / "wheelhouse"):
            path.chmod(0o755 if path.is_dir() else 0o644)
            os.utime(path, (_MOMENT, _MOMENT))


def _link(source: str, target: str) -> str:
    """A second name for a wheel where the file system allows it: there are hundreds of megabytes of them."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target


def _quoted(value: str) -> str:
    """A value of ``LABEL``: nothing in it is read as a variable or ends the string."""
    plain = "".join(character for character in value if character.isprintable())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$") + '"'
