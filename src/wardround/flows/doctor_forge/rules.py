"""Whether the default branch and the tags are ruled as the review needs it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardround.flows.doctor import Check
from wardround.flows.doctor_forge.question import Place
from wardround.forge.settings import RequiredCheck, Ruleset

#: GitHub Actions itself, as an App: any workflow of any branch may set a status in its name.
ACTIONS_APP = 15368
_MAIN, _TAGS = ".github/rulesets/main.json", ".github/rulesets/tags.json"
_TAG_RULES = {"creation", "update", "deletion"}


def holds_for(ruleset: Ruleset, branch: str, *, default: bool = True) -> bool:
    """Whether a ruleset is about the branch of this name, which is the ``default`` one or another."""
    always = {"~ALL", "~DEFAULT_BRANCH"} if default else {"~ALL"}

    def named(patterns: tuple[str, ...]) -> bool:
        return any(pattern in always or _matches(pattern, f"refs/heads/{branch}") for pattern in patterns)

    return ruleset.target in {"", "branch"} and named(ruleset.include) and not named(ruleset.exclude)


def _matches(pattern: str, reference: str) -> bool:
    """GitHub's wildcards: ``*`` stops at a slash, ``**`` does not, and ``**/`` may be no directory at all."""
    parts = re.split(r"(\*{2,}/?|\*|\?)", pattern)
    signs = {"*": "[^/]*", "?": "[^/]"}
    translated = (signs.get(part, _deep(part) if part.startswith("**") else re.escape(part)) for part in parts)
    return re.fullmatch("".join(translated), reference) is not None


def _deep(part: str) -> str:
    return "(?:.*/)?" if part.endswith("/") else ".*"


def branch_rules(place: Place) -> Iterator[Check]:
    """The default branch: an active ruleset, a required status for each project, reviews, nobody who may pass it by."""
    about = [one for one in place.forge.rulesets() if holds_for(one, place.facts.default_branch)]
    active = [one for one in about if one.enforcement == "active"]
    if not active:
        found = "none is active for the default branch"
        if about:
            found += f": {about[0].name!r} is {about[0].enforcement}"
            fix = place.call(f"rulesets/{about[0].id}", "--method PUT", "--field enforcement=active")
        else:
            fix = place.call("rulesets", "--method POST", f"--input {_MAIN}")
        yield Check("ruleset", "missing", found, fix)
        return
    yield Check("ruleset", "ok", ", ".join(f"{one.name!r}" for one in active))
    fix = place.call(f"rulesets/{active[0].id}", "--method PUT", f"--input {_MAIN}")
    for project in place.projects:
        yield _required(place, active, f"wardround/{project.project.name}", fix)
    if any(one.checks for one in active):  # the switch belongs to the required statuses
        strict = any(one.strict and one.checks for one in active)
        yield _switch("up to date", "a branch must be up to date before it is merged", fix, good=strict)
    kept = {rule for one in active for rule in one.rules}
    yield _switch("history", "nobody may delete or overwrite it", fix, good={"deletion", "non_fast_forward"} <= kept)
    yield _switch("approval", "somebody must approve", fix, good=any(one.approvals >= 1 for one in active))
    yield _switch("code owners", "owners must approve what is theirs", fix, good=any(one.code_owners for one in active))
    queues = [one.queue for one in active if "merge_queue" in one.rules]
    if queues:
        wanted = "every commit of a merge queue gets a status of its own"
        fix = f'"grouping_strategy": "ALLGREEN" in its merge_queue rule, at {place.page("settings/rules")}'
        yield _switch("merge queue", wanted, fix, good="ALLGREEN" in queues)
    yield _bypass(place, active)


def _switch(name: str, wanted: str, fix: str, *, good: bool) -> Check:
    return Check(name, "ok", wanted) if good else Check(name, "missing", f"no active ruleset says: {wanted}", fix)


def _required(place: Place, active: list[Ruleset], context: str, fix: str) -> Check:
    """The required status, and whose counts. Where several rulesets require it, each must be satisfied."""
    found: list[RequiredCheck] = [check for one in active for check in one.checks if check.context == context]
    if not found:
        return Check(context, "missing", "not required: a change may be merged without its review", fix)
    apps = {check.app for check in found} - {None}
    forgeable = "required, but forgeable by writers: "
    own = place.request.app
    pin = f"make an App, set WARDROUND_APP_ID, and put its id as integration_id into {_MAIN}; then {fix}"
    if own and not own.isdecimal():
        wanted = "the App's number, not its client id"
        return Check(context, "unseen", f"WARDROUND_APP_ID is no number: {own[:40]!r}", f"set it to {wanted}")
    if own and apps == {int(own)}:
        return Check(context, "ok", f"required, and only App {own} may set it")
    if not apps:
        return Check(context, "advice", f"{forgeable}whoever may push may set it", pin)
    if own:
        said = ", ".join(str(app) for app in sorted(app for app in apps if app is not None))
        fix = f'"integration_id": {own} in {_MAIN}; then {fix}'
        return Check(context, "missing", f"required of App {said}: what App {own} sets does not count", fix)
    if apps == {ACTIONS_APP}:
        return Check(context, "advice", f"{forgeable}any workflow on any branch may set it", pin)
    said = ", ".join(str(app) for app in sorted(app for app in apps if app is not None))
    return Check(
        context, "unseen", f"required of App {said}; whether it is yours is not known here", "set WARDROUND_APP_ID"
    )


def _bypass(place: Place, active: list[Ruleset]) -> Check:
    counts = [one.bypass for one in active]
    if any(count is None for count in counts):
        return Check("bypass", "advice", "this token may not see who need not obey", "use an administrator's token")
    number = sum(count or 0 for count in counts)
    if number:
        return Check("bypass", "advice", f"{number} actors need not obey the ruleset", place.page("settings/rules"))
    return Check("bypass", "ok", "everybody must obey")


def tag_rules(place: Place) -> Iterator[Check]:
    """Versions and stages are tags: a ruleset must keep others from making, moving and deleting them."""
    about = [one for one in place.forge.rulesets() if one.target == "tag"]
    active = [one for one in about if one.enforcement == "active"]
    kept = {rule for one in active for rule in one.rules}
    if not active:
        fix = place.call("rulesets", "--method POST", f"--input {_TAGS}")
        yield Check("tag ruleset", "missing", "none is active: versions and stages may be forged", fix)
    elif missing := sorted(_TAG_RULES - kept):
        fix = place.call(f"rulesets/{active[0].id}", "--method PUT", f"--input {_TAGS}")
        yield Check("tag ruleset", "missing", f"does not forbid: {', '.join(missing)}", fix)
    else:
        yield Check("tag ruleset", "ok", ", ".join(f"{one.name!r}" for one in active))
