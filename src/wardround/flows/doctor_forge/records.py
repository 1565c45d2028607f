"""Whether the branches of records only grow on the forge, and whether those who write them still can."""

from __future__ import annotations

import json
from collections.abc import Iterator

from wardround.flows.doctor import Check
from wardround.flows.doctor_forge.question import Place
from wardround.flows.doctor_forge.rules import holds_for
from wardround.flows.ledger.books import LEDGER
from wardround.flows.monitor.keeping import HISTORY
from wardround.forge.settings import Ruleset
from wardround.scaffold import template

_FILE = ".github/rulesets/records.json"
_BRANCHES = (HISTORY.branch, LEDGER.branch)
_KEEPS = {"deletion", "non_fast_forward"}
#: Under one of these nothing is pushed to a branch directly, and records come by no pull request.
_STOPS = {"update", "pull_request", "required_status_checks", "required_deployments", "workflows", "merge_queue"}


def record_rules(place: Place) -> Iterator[Check]:
    """The history and the ledger: nobody may delete or overwrite them, and no other ruleset keeps jobs from adding to them."""
    known = place.forge.rulesets()
    about = {
        branch: [one for one in known if one.enforcement == "active" and holds_for(one, branch, default=False)]
        for branch in _BRANCHES
    }
    yield _kept(place, known, about)
    yield _written(place, about)


def _kept(place: Place, known: tuple[Ruleset, ...], about: dict[str, list[Ruleset]]) -> Check:
    wanted = "nobody may delete or overwrite them"
    if loose := [branch for branch, found in about.items() if not _rules(found) >= _KEEPS]:
        found = f"no active ruleset says of {' and '.join(loose)}: {wanted}"
        return Check("records", "missing", found, _fix(place, known))
    passing = [
        branch for branch, found in about.items() if not _rules(one for one in found if not one.bypass) >= _KEEPS
    ]
    if passing:
        found = f"whoever need not obey the ruleset may delete or overwrite {' and '.join(passing)}"
        fix = f"nobody needs that, not even the App: empty its bypass list at {place.page('settings/rules')}"
        return Check("records", "advice", found, fix)
    return Check("records", "ok", f"{', '.join(about)}: {wanted}")


def _rules(rulesets: Iterator[Ruleset] | list[Ruleset]) -> set[str]:
    return {rule for one in rulesets for rule in one.rules}


def _fix(place: Place, known: tuple[Ruleset, ...]) -> str:
    """The call that sends the file: to the ruleset of its name where there is one, whatever became of it."""
    name = json.loads(template.read(_FILE))["name"]
    own = [one for one in known if one.name == name and one.target == "branch"]
    path, method = (f"rulesets/{own[0].id}", "PUT") if own else ("rulesets", "POST")
    call = place.call(path, f"--method {method}", f"--input {_FILE}")
    return call if place.text(_FILE) is not None else f"wardround upgrade, which writes the file; then {call}"


def _written(place: Place, about: dict[str, list[Ruleset]]) -> Check:
    """A ruleset of all branches that asks for pull requests, for instance, would stop the nightly job."""
    stopping = {one.id: one for found in about.values() for one in found if _STOPS & set(one.rules)}
    if sure := [one for one in stopping.values() if one.bypass == 0]:
        branches = " and ".join(f"refs/heads/{branch}" for branch in about)
        fix = f"leave {branches} out of it, or let the App bypass it, at {place.page('settings/rules')}"
        return Check("record writers", "missing", f"the monitor and the ledger cannot be written: {_said(sure)}", fix)
    if unseen := [one for one in stopping.values() if one.bypass is None]:
        found = f"this token may not see whether the App may pass by {_said(unseen)}"
        return Check("record writers", "advice", found, "use an administrator's token")
    return Check("record writers", "ok", "no ruleset stops the jobs that add to them")


def _said(rulesets: list[Ruleset]) -> str:
    return "; ".join(f"{one.name!r} ({', '.join(sorted(_STOPS & set(one.rules)))})" for one in rulesets)
