"""Whether the default branch holds the workflows that params ask for, and owners who exist."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.flows.doctor import Check
from wardround.flows.doctor_forge.question import Place
from wardround.flows.forge_files import expected, is_own

#: Where GitHub looks for owners, in its order; the first one counts.
_OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
#: What judges others, or puts a version into a stage, must belong to somebody by a line of its own, not by `*` alone.
_JUDGING = (".github/", "params.yaml", "governance/", "deploy/")


def files(place: Place) -> Iterator[Check]:
    """Workflows and their scripts are what this Wardround writes for the default branch's params; its own repository has its own."""
    if is_own(place.request.root) or not place.projects:
        return
    wanted = expected(place.projects)
    differing = [name for name, text in wanted.items() if place.text(name) != text]
    if differing:
        found = f"not what params and this Wardround say: {', '.join(differing)}"
        yield Check("files", "missing", found, "wardround upgrade, in a pull request of its own")
    else:
        yield Check("files", "ok", f"{len(wanted)} files are as params say")
    runners = {(params.forge.runner, params.forge.environment) for params in place.projects}
    if len(runners) > 1:
        first = place.projects[0].project.name
        found = f"projects ask for different runners or environments; those of {first} hold for all"
        yield Check("runner", "advice", found, "give all projects the same forge: section")


def owners(place: Place) -> Iterator[Check]:
    """CODEOWNERS names people for everything that judges others."""
    path, text = next(((name, text) for name in _OWNERS if (text := place.text(name)) is not None), ("", ""))
    if not path:
        yield Check("CODEOWNERS", "missing", "not on the default branch", "write .github/CODEOWNERS")
        return
    lines = [line.split("#")[0].split() for line in text.splitlines()]
    rules = {line[0]: line[1:] for line in lines if line}
    invented = sorted(pattern for pattern, names in rules.items() if not names or "@OWNER" in names)
    if invented:
        found = f"{path} names nobody real for: {', '.join(invented)}"
        yield Check("CODEOWNERS", "missing", found, f"put people or teams into {path}")
        return
    bare = [name for name in _JUDGING if not any(rule.strip("/") == name.strip("/") for rule in rules)]
    if bare:
        found = f"{path} has no line for: {', '.join(bare)}"
        yield Check("CODEOWNERS", "advice", found, f"add lines to {path}: what judges others needs owners of its own")
    else:
        yield Check("CODEOWNERS", "ok", f"{path}, {len(rules)} lines")
