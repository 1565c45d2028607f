"""The material of a card: what people wrote at a revision, and the evidence of the same revision, disclosed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.card.facts import Exclusion, Facts, Made, Origin, Sizes
from wardround.card.reading import parse
from wardround.card.schema import FILE, Card
from wardround.errors import UsageError, WardroundError
from wardround.evidence.base import Evidence, Read, read

if TYPE_CHECKING:
    from wardround.contract.model import Contract
    from wardround.disclosure.published import Published
    from wardround.project.layout import Project

#: Files that a card's numbers come from; their digests stand on it.
FILES = ("metrics", "profile", "validation", "training", "split", "features", "ingest")


@dataclass(frozen=True)
class Material:
    """A card and its facts. ``card`` is empty where there is no file."""

    card: Card
    facts: Facts
    there: bool


def card_of(content: bytes | None, where: str = FILE) -> Card:
    """The card, empty where there is none. Raises :class:`UsageError` for one that cannot be read."""
    return Card() if content is None else parse(content, where)


def gather(project: Project, origin: Origin) -> Material:
    """The material of the tree at ``project``: its own params, contract and evidence. Raises :class:`UsageError` without metrics.

    A comparison of that commit is disclosed with it, so that card and report withhold the same.
    """
    from wardround.contract.loading import load

    path = project.root / FILE
    card = card_of(path.read_bytes() if path.is_file() else None)
    found = readings(project)
    if found["metrics"].value is None:
        raise UsageError(
            "there is no evidence that a card could be made of",
            where="reports/metrics.json",
            found=found["metrics"].reason,
            next="wardround review, or dvc pull; wardround card --check says without evidence what people have to write",
        )
    contract = load(project.layout.contract) if project.layout.contract.is_file() else None
    return Material(card, facts_of(project, found, origin, contract, card), path.is_file())


def readings(project: Project) -> dict[str, Read[Any]]:
    """All evidence that a card rests on, or the reason why it is not there."""
    from wardround.evidence.comparison import Comparison
    from wardround.evidence.features import FeaturesEvidence
    from wardround.evidence.ingest import Ingest
    from wardround.evidence.measures import Metrics
    from wardround.evidence.profile import Profile
    from wardround.evidence.split import SplitEvidence
    from wardround.evidence.training import TrainingEvidence
    from wardround.evidence.validation import Validation

    models: dict[str, type[Evidence]] = {
        "metrics": Metrics,
        "profile": Profile,
        "validation": Validation,
        "training": TrainingEvidence,
        "split": SplitEvidence,
        "features": FeaturesEvidence,
        "ingest": Ingest,
        "comparison": Comparison,
    }
    return {name: read(model, project.layout.evidence(name)) for name, model in models.items()}


def facts_of(
    project: Project, found: dict[str, Read[Any]], origin: Origin, contract: Contract | None, card: Card
) -> Facts:
    """The facts: everything about patients goes through disclosure."""
    from wardround.disclosure import Inside, disclose, told
    from wardround.flows import remembered

    params = project.params
    comparison = found["comparison"].value
    comparison = comparison if comparison is not None and comparison.head_commit == origin.commit else None
    inside = Inside(
        thresholds=params.evaluate.thresholds,
        metrics=found["metrics"].value,
        comparison=comparison,
        validation=found["validation"].value,
        profile=found["profile"].value,
    )
    references = {item.reference: item.commit for item in comparison.against} if comparison else {}
    before = remembered.before_of_tree(project, references)
    shown = disclose(inside, min_cell=params.disclosure.min_cell, before=before)
    remembered.keep(project, told(shown, inside, before.about, params.project.name))
    least = params.disclosure.min_cell
    return Facts(
        params=params,
        published=shown,
        origin=origin,
        contract=contract,
        made=_made(found),
        sizes=_sizes(found, shown, least),
        exclusions=_exclusions(found, least),
        plan=_plan(project.root),
        categories={str(name): columns for name, columns in card.data.categories.items()},
    )


def digests(project: Project) -> dict[str, str]:
    """Digests of the evidence that is there, and what the lock records of data and model."""
    from wardround.files import sha256_file
    from wardround.revision.lock import parse as parse_lock

    path = project.root / "dvc.lock"
    lock = parse_lock(path.read_bytes() if path.exists() else None)
    paths = {"data": "data/snapshot", "model": "models/model", "metrics": "reports/metrics.json"}
    named = {name: lock.digest(path) for name, path in paths.items()}
    files = {f"{name}.json": project.layout.evidence(name) for name in FILES}
    return {
        **{name: f"md5:{digest}" for name, digest in named.items() if digest},
        **{name: sha256_file(file) for name, file in files.items() if file.is_file()},
    }


def _made(found: dict[str, Read[Any]]) -> Made | None:
    training, split, features = (found[name].value for name in ("training", "split", "features"))
    if training is None:
        return None
    recalibration = (training.recalibration or {}).get("kind", "none")
    columns = features.columns if features is not None else ()
    return Made(
        estimator=training.estimator,
        settings=training.settings,
        seeds=training.seeds,
        served_as=training.parity.form,
        recalibration=str(recalibration),
        features=tuple(column.name for column in columns),
        categories={column.name: column.categories for column in columns if column.categories is not None},
        libraries=training.environment.libraries,
        split_method=split.method if split is not None else "",
        test_from=_month(split.test_from) if split is not None else "",
        limitations=split.limitations if split is not None else (),
    )


def _sizes(found: dict[str, Read[Any]], published: Published, least: int) -> tuple[Sizes, ...]:
    """Parts of the split: of the test block what the publication shows of new patients; nothing that differs little from another count."""
    from wardround.disclosure import disclosed_count

    split = found["split"].value
    cohort = published.cohort("new_subjects")
    head = cohort.model("head") if cohort else None
    everybody = head.group("all") if head else None
    rows = []
    for item in split.splits if split is not None else ():
        first, last = _month(item.first_time), _month(item.last_time)
        if item.split == "test" and everybody is not None:
            rows.append(Sizes("test, new patients", everybody.n, everybody.events, first, last))
        elif item.split in ("train", "validation"):
            events = disclosed_count(item.events if item.n - item.events >= least else 0, min_cell=least)
            rows.append(Sizes(item.split, disclosed_count(item.n, min_cell=least), events, first, last))
    return tuple(rows)


def _month(value: str | int | None) -> str:
    """The month alone: the first and the last time of a block are one encounter's. Integers are years or steps already."""
    return str(value)[:7] if isinstance(value, str) else str(value) if value is not None else ""


def _exclusions(found: dict[str, Read[Any]], least: int) -> tuple[Exclusion, ...]:
    from wardround.disclosure import disclosed_count

    ingest = found["ingest"].value
    if ingest is None:
        return ()
    counts = {"outside of the window": ingest.out_of_window, **ingest.excluded}
    return tuple(Exclusion(why, disclosed_count(number, min_cell=least)) for why, number in counts.items() if number)


def _plan(root: Path) -> tuple[str, ...]:
    from wardround.gate.plan import FILE as PLAN
    from wardround.gate.plan import parse as parse_plan

    path = root / PLAN
    try:
        plan = parse_plan(path.read_bytes()) if path.is_file() else None
    except WardroundError:  # the gate says so; a card is none the worse
        return ()
    return tuple(f"{item.id} {item.title}" for item in plan.modifications) if plan else ()
