"""What a stage demands of a version, and whether it is met. Pure: the registry's state, the trial's evidence and a moment in."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.values import Verdict

if TYPE_CHECKING:
    from wardround.evidence.trial import Trial
    from wardround.project.stages_section import StageSection
    from wardround.registry.entries import Assignment
    from wardround.registry.fold import State


@dataclass(frozen=True)
class Demand:
    """One demand: what it is, whether it is met (*cannot tell* blocks too), what was found, what to do."""

    what: str
    verdict: Verdict
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Asked:
    """A version that shall come into a stage. ``trial`` is the evidence, or None; ``no_trial`` says why there is none."""

    state: State
    version: str
    stage: str
    section: StageSection
    now: dt.datetime
    trial: Trial | None = None
    no_trial: str = ""


def demands(asked: Asked) -> tuple[Demand, ...]:
    """Every demand of the stage. A version that ran there before has met them: that is what makes a rollback quick."""
    before = _first(asked.state, asked.stage, asked.version)
    if before is not None:
        return (Demand(f"it ran in {asked.stage} before", Verdict.PASS, _since(before)),)
    return (*_required(asked), *_silent(asked))


def _required(asked: Asked) -> Iterator[Demand]:
    for stage in asked.section.requires:
        found = _first(asked.state, stage, asked.version)
        what = f"it was in {stage}"
        if found is not None:
            yield Demand(what, Verdict.PASS, _since(found))
        else:
            command = f"wardround promote {asked.state.name} {asked.version} --stage {stage}"
            yield Demand(what, Verdict.REFUSE, f"{asked.version} was never in {stage}", command)


def _silent(asked: Asked) -> Iterator[Demand]:
    section, stage = asked.section, asked.section.silent_in
    if section.silent_days:
        days = silent_days(asked.state, stage, asked.version, asked.now)
        met = days >= section.silent_days
        yield Demand(
            f"it answered in silence for {section.silent_days} days, in {stage}",
            Verdict.PASS if met else Verdict.REFUSE,
            f"{int(days)} days in {stage}",
            "" if met else f"wait until it has been in {stage} for {section.silent_days} days",
        )
    if section.matured_outcomes:
        yield _matured(asked)


def _matured(asked: Asked) -> Demand:
    wanted, stage, trial = asked.section.matured_outcomes, asked.section.silent_in, asked.trial
    what = f"{wanted} outcomes of its silent answers are known"
    advice = f"give the evidence of the trial in {stage}: --trial FILE"
    if trial is None:
        return Demand(what, Verdict.CANNOT_TELL, asked.no_trial or "there is no evidence of the trial", advice)
    about = (asked.state.name, asked.version, stage)
    if (trial.project, trial.version, trial.stage) != about:
        said = f"the evidence is about {trial.project} {trial.version} in {trial.stage}"
        return Demand(what, Verdict.CANNOT_TELL, said, advice)
    if trial.last < trial.first or trial.last > asked.now.date() or trial.matured > trial.answered:
        return Demand(what, Verdict.CANNOT_TELL, "the evidence contradicts itself", advice)
    met = trial.matured >= wanted
    found = f"at least {trial.matured} of {trial.answered}, until {trial.last.isoformat()}"
    return Demand(what, Verdict.PASS if met else Verdict.REFUSE, found, "" if met else "wait until more are known")


def silent_days(state: State, stage: str, version: str, now: dt.datetime) -> float:
    """How long the stage has held the version until ``now``, in days, all its times there together."""
    moments = sorted({*_moments(state), now})
    whole = dt.timedelta()
    for start, end in itertools.pairwise(moments):
        held = state.at(stage, start)
        if held is not None and held.version == version and end <= now:
            whole += end - start
    return whole / dt.timedelta(days=1)


def _moments(state: State) -> Iterator[dt.datetime]:
    """When anything of the project changed."""
    times = [item.time for item in state.versions]
    times += [item.time for item in state.assignments]
    times += [item.time for item in state.removals]
    yield from (dt.datetime.fromtimestamp(time, dt.UTC) for time in times)


def _first(state: State, stage: str, version: str) -> Assignment | None:
    found = (item for item in state.assignments if item.stage == stage and item.version == version)
    return next(found, None)


def _since(item: Assignment) -> str:
    day = dt.datetime.fromtimestamp(item.time, dt.UTC).date().isoformat()
    return f"{item.tag.name}, {day}"
