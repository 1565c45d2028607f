"""What the dashboard shows, collected from tags, evidence and the history of this clone; and the site's files."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wardround.disclosure.outlet import MIN_CELL
from wardround.errors import Problem, UsageError, WardroundError
from wardround.files import replacing, write_text
from wardround.flows.monitor.keeping import known
from wardround.flows.registry import Shown, registry
from wardround.flows.screening import refuse
from wardround.monitoring import history
from wardround.project.layout import Project
from wardround.project.scope import projects_of
from wardround.report.dashboard import site
from wardround.report.dashboard.values import Look, Model, Proposal, Release, Spell
from wardround.revision.branch import references
from wardround.revision.git import Git

if TYPE_CHECKING:
    from wardround.monitoring.history import History
    from wardround.project.params import Params
    from wardround.registry.fold import State

#: Branches of proposals by their beginning -> what they propose.
PROPOSALS = {"retrain/": "retraining", "data/": "data", "promote/": "promotion", "rollback/": "rollback"}


#: What any dashboard has, and no other site: such a directory may be replaced.
_OWN = ("index.html", "feed.xml", "metrics.prom")
#: Schemes of a site's address; empty: it is relative.
_SCHEMES = ("https", "http", "file", "")


def silent(_line: str) -> None:
    """Shows nothing."""


@dataclass(frozen=True)
class DashboardRequest:
    """The site of the repository around ``directory``, written to ``out``. ``address`` is where it will be; ``env`` names a forge, or does not."""

    directory: Path
    out: Path
    address: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[str], None] = silent


@dataclass(frozen=True)
class Dashboard:
    """The models and the files that were written, by name."""

    models: tuple[Model, ...]
    files: tuple[str, ...]
    place: Path


def dashboard(request: DashboardRequest) -> Dashboard:
    """Collects and writes the site in one step.

    Raises :class:`UsageError` when a project's params are wrong (a site without it would look whole), or the address is none;
    :class:`GovernanceFinding` when the history was edited or a text holds what looks like an identifier of a patient,
    :class:`EnvironmentFailure` when files cannot be read or written.
    """
    _check_address(request.address)
    with _without_collecting():
        made = models(request)
        refuse("the dashboard", (text for model in made for text in _words(model)))
        request.progress(f"{len(made)} models, {sum(len(model.looks) for model in made)} looks")
        files = site(made, request.address)
    if request.out.exists() and any(request.out.iterdir()) and not all((request.out / name).is_file() for name in _OWN):
        raise UsageError(
            "this directory holds something else, and would be replaced",
            where=str(request.out),
            wanted="an empty directory, or a dashboard",
            next="name another with --out",
        )
    with replacing(request.out) as temporary:
        temporary.mkdir()
        for name, text in files.items():
            write_text(temporary / name, text)
    return Dashboard(made, tuple(files), request.out)


def _check_address(address: str) -> None:
    """The feed's links begin with it: a scheme that runs something must not stand in them."""
    plain = address.isprintable() and not any(sign.isspace() for sign in address)
    if not plain or urlsplit(address).scheme.lower() not in _SCHEMES:
        raise UsageError(
            "this is no address of a site",
            where="--address",
            wanted="https://…, http://…, file://… or a relative one",
            found=repr(address[:60]),
        )


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """Hundreds of thousands of small values are made and none is let go: looking for cycles among them would take a third of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def models(request: DashboardRequest) -> tuple[Model, ...]:
    """Every model that this repository has a project, a tag or a look of, by name."""
    git = Git(request.directory)
    _checked(git.root)
    shown = {item.name: item for item in registry(request.directory)}
    params = {name: _params(git.root, item.place) for name, item in shown.items()}
    least = min((item.disclosure.min_cell for item in params.values() if item), default=MIN_CELL)
    request.progress("the history")
    histories = history.read(known(git), least)
    names = sorted({*shown, *(name for name, _ in histories)})
    proposals, unanswered = _proposals(git, request.env)
    made = (_model(name, shown.get(name), params.get(name), histories, proposals) for name in names)
    return tuple(replace(model, unanswered=unanswered) for model in made)


def _words(model: Model) -> Iterator[str]:
    """What people wrote, and names from data: no numbers of the monitor."""
    yield from (model.name, model.title, model.outcome, model.stage, *model.problems)
    yield from (proposal.title for proposal in model.proposals or ())
    for look in model.looks:
        for item in look.watch.findings:
            yield from (item.subject, item.summary, item.advice)
        for cause in look.watch.causes:
            yield from (cause.subject, cause.summary)
    for signal in model.signals:
        yield from (signal.column, signal.level, signal.note)


def _checked(top: Path) -> None:
    """Raises :class:`UsageError` with all that is wrong with the params of the checkout's projects."""
    problems: list[Problem] = []
    for place in projects_of(Git(top).tracked()):
        try:
            _params(top, place)
        except UsageError as error:
            problems += (replace(item, where=_below(place, item.where)) for item in error.problems)
    if problems:
        raise UsageError(problems=problems)


def _below(place: str, where: str) -> str:
    return where if place == "." or place in where else f"{place}/{where}"


def _params(top: Path, place: str | None) -> Params | None:
    return None if place is None else Project(top / place).params


def _model(
    name: str,
    shown: Shown | None,
    params: Params | None,
    histories: Mapping[tuple[str, str], History],
    proposals: Mapping[str, tuple[Proposal, ...]] | None,
) -> Model:
    stages = sorted(stage for own, stage in histories if own == name)
    stage = params.monitor.stage if params else stages[0] if stages else "prod"
    past = histories.get((name, stage), history.History({}))
    looks = tuple(Look(entry.ran_at, entry.watch) for entry in past.looks)
    hours = params.monitor.every_hours + params.monitor.grace_hours if params else 36.0
    return Model(
        name=name,
        title=(params.project.title or name) if params else name,
        outcome=params.project.outcome if params else "",
        stage=stage,
        spells=_spells(shown.state) if shown else (),
        releases=tuple(Release(item.version, _moment(item.time)) for item in shown.state.versions) if shown else (),
        looks=looks,
        signals=tuple(past.signals().values()),
        due=looks[-1].ran_at + dt.timedelta(hours=hours) if looks else None,
        proposals=None if proposals is None else proposals.get(name, ()),
        problems=tuple(f"{item.tag.name}: {item.what}" for item in shown.state.problems) if shown else (),
    )


def _spells(state: State) -> tuple[Spell, ...]:
    """What each stage held between two tags, by the registry's own rules."""
    found = []
    times = sorted({item.time for item in state.entries})
    for stage in state.stages:
        held, since = "", dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        for time in times:
            moment = _moment(time)
            at = state.at(stage, moment)
            version = at.version if at else ""
            if version != held:
                if held:
                    found.append(Spell(stage, held, since, moment))
                held, since = version, moment
        if held:
            found.append(Spell(stage, held, since))
    return tuple(sorted(found, key=lambda spell: (spell.start, spell.stage)))


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _proposals(git: Git, env: Mapping[str, str]) -> tuple[dict[str, tuple[Proposal, ...]] | None, bool]:
    """Open pull requests of the loop by project; None where there is no forge to ask, or (True) it does not answer."""
    if not env.get("GITHUB_REPOSITORY"):
        return None, False
    from wardround.forge import connect, from_environment

    found: dict[str, list[Proposal]] = {}
    start = "refs/remotes/origin/"
    try:
        forge = connect(from_environment(env))
    except WardroundError:  # nothing to ask with: no token
        return None, False
    try:
        for reference in references(git, start):
            branch = reference.removeprefix(start)
            kind = next((PROPOSALS[head] for head in PROPOSALS if branch.startswith(head)), "")
            if not kind:
                continue
            name = branch.partition("/")[2].partition("/")[0].partition("@")[0]
            found.setdefault(name, []).extend(
                Proposal(kind, pull.title, pull.number, pull.url)
                for pull in forge.pulls_of_branch(forge.repository, branch)
            )
    except WardroundError:
        return None, True
    return {name: tuple(items) for name, items in found.items()}, False
