"""The head's card as the gate is told of it: cheap where nothing has to be disclosed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wardround.card import checking, stamp
from wardround.card.facts import Origin
from wardround.card.schema import FILE, Card
from wardround.errors import UsageError
from wardround.evidence.base import Read
from wardround.evidence.card import CardCheck, Stale
from wardround.files import sha256_json
from wardround.flows.card.material import card_of, digests, gather
from wardround.revision.lock import Lock
from wardround.revision.lock import parse as parse_lock

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.flows.judging import Bench

#: Where cards may be kept in git. Each must bear its stamp.
KEPT = "governance/cards"
_METRICS = "reports/metrics.json"


def reading(bench: Bench, metrics: Any) -> Read[CardCheck]:
    """The check as a reading, as the gate wants evidence."""
    found = check(bench, metrics)
    return Read(found, sha256_json(found.plain()), "")


def alone(root: Path, metrics: Any) -> Read[CardCheck]:
    """As :func:`reading`, of a project without commits: what its card says, and nothing of kept cards and versions."""
    found = CardCheck(there=False, incomplete=checking.incomplete(Card()))
    if (path := root / FILE).is_file():
        card = card_of(path.read_bytes())
        found = CardCheck(there=True, incomplete=checking.incomplete(card), stale=checking.unmeasured(card, metrics))
    return Read(found, sha256_json(found.plain()), "")


def check(bench: Bench, metrics: Any) -> CardCheck:
    """What is lacking and what is stale. A file that cannot be read is a problem, never an exception."""
    root = bench.project.root
    path = root / FILE
    lost = not path.is_file() and bench.git.file(bench.base.commit, FILE) is not None
    if not path.is_file():
        return CardCheck(there=False, lost=lost, incomplete=checking.incomplete(Card()), stale=kept(root, bench))
    try:
        card = card_of(path.read_bytes())
    except UsageError as error:
        problem = error.problems[0]
        return CardCheck(there=True, problem=f"{problem.where}: {problem.what}", stale=kept(root, bench))
    stale = checking.unmeasured(card, metrics)
    if checking.asks_for_numbers(card) and metrics is not None:
        origin = Origin(commit=bench.git.commit("HEAD"), digests=digests(bench.project))
        stale = checking.check(card, gather(bench.project, origin).facts).stale
    return CardCheck(there=True, incomplete=checking.incomplete(card), stale=(*stale, *kept(root, bench)))


def kept(root: Path, bench: Bench) -> tuple[Stale, ...]:
    """Cards in git whose text was edited, or that were made from other metrics than their version, or this revision, has."""
    found = []
    for path in sorted((root / KEPT).glob("*")):
        if path.suffix not in (".md", ".html", ".xml"):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        where, said = f"{KEPT}/{path.name}", stamp.read(text)
        if said is None:
            found.append(Stale(where=where, what="it bears no stamp of the evidence that it was made from"))
        elif not stamp.intact(text):
            found.append(Stale(where=where, what="it was edited after it was made"))
        elif said.metrics != metrics_of(lock_of(said.version, bench)):
            of = said.version or "this revision"
            found.append(Stale(where=where, what=f"its numbers are not those of {of}"))
    return tuple(found)


def lock_of(version: str, bench: Bench) -> Lock | None:
    """The lock of a released version; without one, this revision's own. None where there is no such tag."""
    if not version:
        return bench.lock
    tag = f"{bench.project.params.project.name}@{version}"
    try:
        commit = bench.git.commit(f"refs/tags/{tag}")
    except UsageError:
        return None
    return parse_lock(bench.git.file(commit, "dvc.lock"))


def metrics_of(lock: Lock | None) -> str:
    """What a lock calls the metrics; empty where it has none."""
    digest = lock.digest(_METRICS) if lock is not None else ""
    return f"md5:{digest}" if digest else ""
