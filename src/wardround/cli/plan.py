"""``wardround plan``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from wardround.flows.change_plan import Stood


@click.command("plan")
@click.option("--base", help="The revision whose plan counts.  [default: review.base in params.yaml]")
@click.option("--check", is_flag=True, help="Only check the plan of the work tree, and list what it permits.")
@project_option
@json_option
def command(base: str | None, directory: Path, *, check: bool, as_json: bool) -> int:
    """Say where the work tree's change stands in the change plan (governance/pccp.yaml).

    The base's plan counts. Nothing runs, and acceptance criteria are judged by the review alone. Being outside of the plan is an answer too:
    exit 0.
    """
    from wardround.project.layout import find

    project = find(directory)
    if check:
        return _check(project.root, as_json=as_json)
    from wardround.flows.change_plan import stand

    stood = stand(project, base)
    if stood.agreed.reason:
        raise UsageError("the base's plan cannot be read", where=stood.base[:10], found=stood.agreed.reason)
    if as_json:
        echo_json(_outline(stood))
    else:
        _show(stood)
    return int(ExitCode.PASS)


def _check(root: Path, *, as_json: bool) -> int:
    from wardround.gate.plan import FILE, parse

    path = root / FILE
    if not path.is_file():
        raise UsageError(
            "the project has no change plan", where=FILE, next="docs/how-to/change-plan.md says how to write one"
        )
    plan = parse(path.read_bytes())
    if as_json:
        echo_json(plan.model_dump(mode="json"))
        return int(ExitCode.PASS)
    for item in plan.modifications:
        click.echo(f"{item.id}: {item.title}")
        keys = [permitted.key for permitted in item.permits.params]
        also = [word for word, given in (("the data", item.permits.data), ("the model", item.permits.model)) if given]
        click.echo(f"  permits   {', '.join((*keys, *item.permits.paths, *also))}")
        for criterion in item.acceptance:
            click.echo(f"  criterion {criterion.words}")
    for group in plan.together:
        click.echo(f"together: {' and '.join(group)}")
    return int(ExitCode.PASS)


def _outline(stood: Stood) -> dict[str, object]:
    found = stood.found
    return {
        "base": stood.base,
        "plan": stood.agreed.plan is not None,
        "stands": found.words if found else None,
        "inside": list(found.inside) if found else [],
        "changes": [{"kind": atom.kind.value, "name": atom.name} for atom in stood.atoms],
        "beyond": [{"kind": atom.kind.value, "name": atom.name} for atom in found.beyond] if found else [],
    }


def _show(stood: Stood) -> None:
    from wardround.report.escape import in_terminal

    found = stood.found
    if found is None:
        click.echo(f"{stood.base[:10]} has no change plan")
        return
    click.echo(f"{found.words}, by the plan of {stood.base[:10]}")
    beyond = set(found.beyond)
    for atom in stood.atoms:
        click.echo(f"  {'not permitted' if atom in beyond else 'permitted':<14} {in_terminal(atom.words)}")
    if found.nearest:
        click.echo(f"  the nearest modification is {found.nearest}")
