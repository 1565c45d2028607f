"""A released version as files that can answer: fetched by its digest, compared with its record, and tried before it is believed."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, GateRefusal, GovernanceFinding, Problem, WardroundError
from wardround.flows.promote.trusting import version_problems

if TYPE_CHECKING:
    from wardround.project.layout import Project
    from wardround.registry.entries import Version
    from wardround.registry.fold import State
    from wardround.registry.record import VersionRecord
    from wardround.service.settings import Settings

#: The largest accepted ``|Δp|`` on a known encounter where the served form has no limit of its own.
_SAME = 1e-9


@dataclass(frozen=True)
class Chosen:
    """A version that may answer, and the tag that says so: the stage's, or its own."""

    version: Version
    tag: str


def choose(project: Project, stage: str, version: str) -> Chosen:
    """What ``stage`` holds now by the tags that count, or the version of that name.

    Raises :class:`GateRefusal` when nothing is in the stage, or the version does not count.
    """
    from wardround.flows.registry import registry

    params = project.params
    (shown,) = registry(project.root, params.project.name)
    state: State = shown.state
    tag = f"{state.name}@{version}"
    if stage:
        held = state.at(stage)
        if held is None:
            raise GateRefusal(
                "no version is in this stage, so that nothing may answer",
                where=f"stage {stage}",
                found=f"stages with a history: {', '.join(state.stages) or 'none'}",
                next="see `wardround registry`; git fetch --tags",
            )
        version, tag = held.version, held.tag.name
    if problems := version_problems(state, version, params.stages.taggers):
        raise GateRefusal(problems=problems)
    found = state.version(version)
    assert found is not None  # otherwise there were problems
    if stage and held is not None and held.record.bento != found.record.bento:
        raise GateRefusal(
            "the stage's tag names another release than the version's",
            where=f"tag {tag}",
            wanted=found.record.bento,
            found=held.record.bento,
            next="one of the two was made anew: find out which, and by whom",
        )
    return Chosen(found, tag)


def fetched(project: Project, version: Version) -> Path:
    """The version's own project directory, unpacked below ``.wardround/`` of ``project``; what lies there is compared again each time.

    Raises :class:`EnvironmentFailure` when the storage lacks it, :class:`GovernanceFinding` when it is not what the tag names.
    """
    from wardround.flows.release import keeping
    from wardround.release import content
    from wardround.release.bento import SRC

    record, params = version.record, project.params
    place = project.root / ".wardround" / "versions" / record.bento.removeprefix("sha256:")[:24]
    if not place.is_dir() or content.digest(place) != record.bento:
        store = keeping.store(project.root, params.review.remote, params.project.name)
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="wardround-version-") as scratch:
            archive = Path(scratch) / "bento.tar"
            if not keeping.fetch(store, "bento.tar", record, archive):
                raise EnvironmentFailure(
                    f"the storage lacks bento.tar of {version.version}",
                    where=store.path,
                    next="find out who removed it; a copy may lie in the storage's own backup",
                )
            content.unpack(archive, place, record.bento)
    own = place / SRC
    _check(own, params.project.name, version.version, record)
    return own


def _check(own: Path, name: str, version: str, record: VersionRecord) -> None:
    from wardround.release.bento import RELEASE
    from wardround.release.digests import model_digest

    told = json.loads((own / RELEASE).read_bytes())
    wanted = {"project": name, "version": version, "commit": record.commit, "model": record.model}
    problems = []
    if any(told.get(key) != value for key, value in wanted.items()):
        problems.append(Problem("the Bento is of another version", where=RELEASE))
    if model_digest(own / "models" / "model") != record.model:
        problems.append(Problem("the model in the Bento is not the one that the tag names", where="models/model"))
    if problems:
        raise GovernanceFinding(problems=problems)


def tried(settings: Settings) -> int:
    """How many known encounters the model answers here as when it was made.

    Raises :class:`EnvironmentFailure` when one has another probability: then other packages, or another machine, answer otherwise.
    """
    from wardround.service.asking import Item
    from wardround.service.engine import Engine
    from wardround.stages.serving.forms import LIMITS

    engine = Engine.load(settings)
    known = json.loads((settings.model / "golden.json").read_bytes())["encounters"]
    items = []
    for one in known:
        *history, encounter = engine.parser.rows(one)
        items.append(Item(encounter, tuple(history)))
    if not items:
        return 0
    manifest = engine.scorer.manifest
    limit = (LIMITS[manifest.serving] if manifest is not None else None) or _SAME
    try:
        found = engine.score(items).probability.tolist()
    except WardroundError as error:
        raise EnvironmentFailure("the known encounters cannot be answered here", problems=error.problems) from error
    worst = max(abs(value - one["probability"]) for value, one in zip(found, known, strict=True))
    if not worst <= limit:
        raise EnvironmentFailure(
            "known encounters are answered otherwise here than when the model was made",
            where=str(settings.model),
            wanted=f"|Δp| at most {limit:g} on {len(items)} encounters",
            found=f"{worst:.3g}",
            next="install the packages of the version's requirements.lock, or score in its image",
        )
    return len(items)
