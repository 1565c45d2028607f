"""One answer in the prediction log, and the version that gave it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.errors import UsageError
from wardround.flows.trace import stages, versions
from wardround.ledger.lineage import Lineage, Node, Proof

if TYPE_CHECKING:
    from wardround.flows.trace.ground import Ground, Seen

_COLUMNS = ["id", "answered_at", "model_version", "contract_version", "stage"]


@dataclass(frozen=True)
class Answer:
    """What the log says of an answer, without what it is about."""

    id: str
    answered_at: dt.datetime
    model_version: str
    contract_version: str
    stage: str


def find(url: str, wanted: str, day: dt.date | None = None, wal: Path | None = None) -> Answer | None:
    """The answer of that id, the newest days first; ``day`` looks at that one alone. Of each file only the ids are read until it is found.

    Raises :class:`EnvironmentFailure` when a part of the log cannot be read.
    """
    for row in _rows(url, wanted, day, wal):
        return Answer(
            str(row["id"]),
            row["answered_at"],
            str(row["model_version"]),
            str(row["contract_version"]),
            str(row["stage"]),
        )
    return None


def back(ground: Ground, lineage: Lineage, answer: Answer) -> str:
    """Adds an answer, the stage that gave it, and its version."""
    moment = answer.answered_at.astimezone(dt.UTC)
    facts = (("answered", moment.strftime("%Y-%m-%d %H:%M:%S UTC")), ("stage", answer.stage or "none"))
    node = lineage.add(Node(f"prediction:{answer.id}", "prediction", answer.id, facts))
    version = ground.shown.state.version(answer.model_version)
    if version is None:
        raise UsageError(
            "the version that gave this answer is not in the registry",
            where=f"prediction {answer.id}",
            found=answer.model_version[:100],
            next="git fetch --tags; wardround registry",
        )
    name = versions.back(ground, lineage, version)
    same = answer.contract_version == version.record.contract
    how = "the log names it, and the contract that it names is that of the version's tag"
    seen: Seen = (
        (Proof.VERIFIED, how) if same else (Proof.BROKEN, "the log names another contract than the version's tag")
    )
    lineage.link(node, name, "was answered by", seen)
    if not answer.stage:
        return node
    held = ground.shown.state.at(answer.stage, moment)
    standing = next((one for one in ground.shown.standings if one.assignment is held), None)
    if standing is None:
        standing = next(
            (one for one in ground.shown.standings if held is not None and one.assignment.tag.name == held.tag.name),
            None,
        )
    if standing is not None:
        given = stages.back(ground, lineage, standing)
        right = standing.assignment.version == answer.model_version
        lineage.link(
            node,
            given,
            "was given by",
            (Proof.VERIFIED, "by the tags that count, the stage held that version at that moment")
            if right
            else (Proof.BROKEN, f"by the tags that count, the stage held {standing.assignment.version} at that moment"),
        )
    return node


def _rows(url: str, wanted: str, day: dt.date | None, wal: Path | None) -> Iterator[dict[str, Any]]:
    from wardround.monitoring.predictions.compaction import Store
    from wardround.monitoring.predictions.reading import part

    store = Store(url)
    for one in [day] if day else sorted(store.days(), reverse=True):
        for path in store.files(one):
            with part(store, path) as file:
                found = list(_file(file, wanted))
            yield from found
    if wal is not None:
        from wardround.monitoring.predictions import ReadRequest, read

        for table in read(ReadRequest(url, wal=wal, probes=True, columns=_COLUMNS)):
            yield from (row for row in table.to_pylist() if row["id"] == wanted)


def _file(file: Any, wanted: str) -> Iterator[dict[str, Any]]:
    """The rows of that id, of the row groups whose ids can hold it."""
    place = file.schema_arrow.names.index("id")
    for number in range(file.metadata.num_row_groups):
        statistics = file.metadata.row_group(number).column(place).statistics
        if statistics is not None and statistics.has_min_max and not statistics.min <= wanted <= statistics.max:
            continue
        ids = file.read_row_group(number, columns=["id"]).column("id").to_pylist()
        if wanted in ids:
            yield file.read_row_group(number, columns=_COLUMNS).slice(ids.index(wanted), 1).to_pylist()[0]
