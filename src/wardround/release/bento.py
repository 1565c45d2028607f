"""The Bento: BentoML's own build of ``pipelines/service.py``, then everything volatile taken out of it."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wardround.errors import EnvironmentFailure, MissingExtra
from wardround.files import canonical_json, replacing, sha256_file, write_text
from wardround.proc import Command, run
from wardround.release import content, packages, wheel

#: Where a Bento keeps the project's files.
SRC = "src"
#: Below ``src``: what a running service says of itself.
RELEASE = "release.json"
#: Below ``src``: the version's cards.
CARDS = "cards"
#: The moment that every Bento bears.
_CREATED = "2000-01-01T00:00:00+00:00"
#: Options that name an index, in BentoML's requirements.
_INDEX = re.compile(r"^\s*(?:-i|--index-url|--extra-index-url|--find-links|-f|--trusted-host)\b")


@dataclass(frozen=True)
class BentoRequest:
    """What a Bento is built from.

    ``project`` is the directory with ``params.yaml`` and ``pipelines/``; ``model`` the checked model; ``release`` what ``release.json``
    says (no time in it); ``requirements`` pip's lines; ``wheels`` those of other people's packages, none
    where no image is to be built from it.
    """

    project: Path
    model: Path
    name: str
    version: str
    release: Mapping[str, Any]
    requirements: tuple[str, ...]
    wheels: tuple[Path, ...] = ()
    #: The version's cards: file name -> text. The service shows them.
    cards: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bento:
    """A built Bento: its directory and the digest of its content."""

    directory: Path
    digest: str


def build(request: BentoRequest, to: Path) -> Bento:
    """Builds the Bento into the directory ``to``. The same request gives the same content.

    BentoML runs in a process of its own, because building imports the team's code. Raises :class:`EnvironmentFailure` with its words when
    that fails, :class:`MissingExtra` without BentoML.
    """
    _need_bentoml()
    # BentoML reads nothing below a hidden directory, and a project's scratch is one.
    with tempfile.TemporaryDirectory(prefix="wardround-bento-") as scratch, replacing(to) as temporary:
        context, home = Path(scratch) / "context", Path(scratch) / "home"
        lay_out(request, context)
        made = _build(request, context, home)
        _settle(made, request)
        shutil.copytree(made, temporary)
        if request.wheels:
            (temporary / content.WHEELHOUSE).mkdir()
        for path in request.wheels:
            shutil.copyfile(path, temporary / content.WHEELHOUSE / path.name)
    return Bento(to, content.digest(to))


def lay_out(request: BentoRequest, context: Path) -> None:
    """The build context: the project's files as they lie in a project, the model, the framework's wheel, ``release.json``."""
    context.mkdir()
    # all of it: a feature may read a list of codes that lies beside it
    left = shutil.ignore_patterns("__pycache__")
    shutil.copytree(request.project / "pipelines", context / "pipelines", copy_function=shutil.copyfile, ignore=left)
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copyfile(request.project / name, context / name)
    shutil.copytree(request.model, context / "models" / "model", copy_function=shutil.copyfile)
    (context / RELEASE).write_bytes(canonical_json(dict(request.release)))
    for name, text in request.cards.items():
        write_text(context / CARDS / name, text)
    (context / "wheels").mkdir()
    own = wheel.make(context / "wheels")
    lines = [*request.requirements, f"./wheels/{own.name} --hash={sha256_file(own)}"]
    if not packages.hashed(request.requirements):
        lines[-1] = f"./wheels/{own.name}"
    (context / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (context / "bentofile.yaml").write_text(json.dumps(_bentofile(request), indent=2) + "\n", encoding="utf-8")


def _bentofile(request: BentoRequest) -> dict[str, Any]:
    """JSON is YAML. BentoML does not lock: that would ask an index, and the lines say exactly what is meant."""
    return {
        "service": "pipelines.service:Service",
        "name": request.name,
        "description": f"{request.name} {request.version}, released by Wardround",
        "include": ["*"],
        "python": {"requirements_txt": "requirements.txt", "lock_packages": False, "pack_git_packages": False},
    }


def _build(request: BentoRequest, context: Path, home: Path) -> Path:
    home.mkdir()
    command = [sys.executable, "-m", "bentoml", "build", "--version", request.version, "--output", "tag", str(context)]
    env = {
        "BENTOML_HOME": str(home),
        "WARDROUND_MODEL_DIR": str(context / "models" / "model"),
        "WARDROUND_RELEASE": str(context / RELEASE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }
    done = run(Command(command, cwd=context, env=env, timeout=600))
    made = home / "bentos" / request.name / request.version
    if not done.ok or not made.is_dir():
        words = [line.strip() for line in (done.err or done.out).splitlines() if line.strip()]
        raise EnvironmentFailure(
            "BentoML could not build the service",
            where="pipelines/service.py",
            found=" | ".join(words[-4:])[-600:],
            next="try it alone: python -m bentoml serve pipelines.service:Service",
        )
    return made


def _settle(made: Path, request: BentoRequest) -> None:
    """Takes out what differs from one build to the next, and what would send a build to an index."""
    for path in made.rglob("*"):
        if path.is_dir() and path.name == "__pycache__":
            shutil.rmtree(path)
    text = (made / "bento.yaml").read_text(encoding="utf-8")
    (made / "bento.yaml").write_text(_without_time(text), encoding="utf-8")
    for path in sorted((made / "env" / "python").glob("requirements*")):
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join(line for line in lines if not _INDEX.match(line)) + "\n", encoding="utf-8")
    shutil.copyfile(made / SRC / "requirements.txt", made / "env" / "python" / "requirements.txt")
    _describe(made / "apis" / "openapi.yaml", f"{request.name} {request.version}")
    (made / "README.md").write_text(
        f"# {request.name} {request.version}\n\nReleased by Wardround. `src/release.json` says from which commit.\n",
        encoding="utf-8",
    )


def _describe(path: Path, words: str) -> None:
    """BentoML's own words about itself, with links to an index, are not about this service."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    described = yaml.load(path.read_text(encoding="utf-8"))
    described["info"]["description"] = words
    with path.open("w", encoding="utf-8") as stream:
        yaml.dump(described, stream)


def _without_time(text: str) -> str:
    settled, count = re.subn(r"(?m)^creation_time: .*$", f"creation_time: '{_CREATED}'", text)
    if count != 1:
        raise EnvironmentFailure("BentoML writes its times otherwise than expected", where="bento.yaml: creation_time")
    return settled


def _need_bentoml() -> None:
    from importlib.util import find_spec

    if find_spec("bentoml") is None:
        raise MissingExtra("serve", "bentoml")
