"""What an audit's first page shows: stages, versions and entries of a period."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wardround.flows.trace import recorded, stages, versions
from wardround.ledger.lineage import Lineage, Proof
from wardround.report.audit import AuditPage, Event, Held, Traced

if TYPE_CHECKING:
    from wardround.flows.registry import Standing
    from wardround.flows.trace.ground import Ground
    from wardround.ledger import Entry, Verification
    from wardround.registry.entries import Version


@dataclass(frozen=True)
class View:
    """A period of a project, both days included."""

    ground: Ground
    first: dt.date
    last: dt.date
    verification: Verification

    @cached_property
    def held(self) -> tuple[tuple[Standing, dt.datetime | None], ...]:
        """What stages held in the period, and until when (None: still)."""
        found = []
        for item in self.ground.shown.standings:
            until = stages.until(self.ground, item)
            begun = dt.datetime.fromtimestamp(item.assignment.time, dt.UTC)
            if begun.date() <= self.last and (until is None or until.date() >= self.first):
                found.append((item, until))
        return tuple(found)

    @cached_property
    def versions(self) -> tuple[Version, ...]:
        """Versions that were in a stage or were released in the period."""
        names = {item.assignment.version for item, _ in self.held}
        return tuple(
            item
            for item in self.ground.shown.state.versions
            if item.version in names or self.first <= dt.datetime.fromtimestamp(item.time, dt.UTC).date() <= self.last
        )

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Sound entries of the period, of this project or of none."""
        found = []
        for digest in self.ground.ledger.ordered():
            try:
                entry = self.ground.ledger.entry(digest)
            except ValueError:
                continue
            if entry.project in {self.ground.name, ""} and self.first <= entry.moment.date() <= self.last:
                found.append(entry)
        return tuple(found)


def view_of(view: View, commit: str, files: Mapping[str, str]) -> AuditPage:
    """The page's values. ``files``: name -> digest."""
    checked = view.verification
    roles = view.ground.project.params.governance.roles
    return AuditPage(
        project=view.ground.name,
        first=view.first.isoformat(),
        last=view.last.isoformat(),
        commit=commit,
        entries=checked.entries,
        anchored=checked.anchored,
        heads=checked.heads,
        wrong=tuple(f"{doubt.where}: {doubt.what}" for doubt in checked.wrong),
        notes=tuple(f"{doubt.where}: {doubt.what}" for doubt in checked.doubts if not doubt.wrong),
        held=tuple(_held(view, item, until) for item, until in view.held),
        versions=tuple(_traced(view, version) for version in view.versions),
        events=tuple(_event(entry) for entry in view.entries),
        aside=tuple(f"{item.tag.name}: {item.what}" for item in view.ground.shown.state.problems),
        roles=tuple((role, ", ".join(people) or "nobody") for role, people in sorted(roles.items())),
        files=tuple(sorted(files.items())),
    )


def _held(view: View, standing: Standing, until: dt.datetime | None) -> Held:
    item = standing.assignment
    return Held(
        stage=item.stage,
        version=item.version,
        since=_utc(dt.datetime.fromtimestamp(item.time, dt.UTC)),
        until=_utc(until) if until else "now",
        change=f"pull request {item.record.pull}" if item.record.pull else f"commit {item.record.commit[:12]}",
        review=standing.review,
        approved=tuple(_people(view, item.record.pull)),
        red=standing.red,
    )


def _people(view: View, pull: int | None) -> Iterator[str]:
    for entry in recorded.about(view.ground, f"pull/{pull}", "approval") if pull else ():
        doubt = "" if recorded.vouched(view.ground, pull or 0, entry) else ", not checked"
        yield f"{entry.by} ({entry.facts.get('role')}{doubt})"


def _traced(view: View, version: Version) -> Traced:
    lineage = Lineage()
    versions.back(view.ground, lineage, version)
    counts = {proof: len(lineage.of(proof)) for proof in Proof}
    content = view.ground.objects.released(version.record.decision, "decision.json").content
    moment = version.tag.moment
    return Traced(
        version=version.version,
        made=_utc(moment) if moment else "no time",
        by=version.tag.tagger,
        verdict=str(json.loads(content).get("verdict", "")) if content else "not here",
        verified=counts[Proof.VERIFIED],
        unseen=counts[Proof.UNSEEN],
        broken=counts[Proof.BROKEN],
        place=f"versions/{version.version}/",
    )


def _event(entry: Entry) -> Event:
    facts = ", ".join(
        f"{key} {' '.join(value) if isinstance(value, tuple) else value}"
        for key, value in sorted(entry.facts.items())
        if value is not None
    )
    return Event(entry.time, entry.kind, entry.about, entry.by, facts)


def _utc(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
