"""``wardround forget``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode

if TYPE_CHECKING:
    from wardround.flows.forget.request import Forgotten
    from wardround.revision.git import Git


@click.command("forget")
@click.option(
    "--subjects",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help="One identifier a line, or a CSV whose first column they are.",
)
@click.option("--apply", is_flag=True, help="Erase. Without it nothing is changed but the index of who is where.")
@click.option(
    "--reason",
    default="a subject withdrew consent",
    show_default=True,
    help="Stands in the tombstone and in the ledger; no identifier.",
)
@click.option("--local", is_flag=True, help="Without a forge: the proposal is a branch of this clone.")
@click.option("--remote", default="origin", show_default=True, help="The git remote that is the forge's repository.")
@project_option
@json_option
def command(  # noqa: PLR0913 - a command's options are its arguments
    subjects: Path, reason: str, remote: str, directory: Path, *, apply: bool, local: bool, as_json: bool
) -> int:
    """Erase the rows of subjects who withdrew: from the cache, the storage and its versions, in every version of the data.

    First without --apply: it says what would be erased, which versions were trained on it, and what it cannot reach. With --apply it erases, leaves a
    tombstone without identifiers, proposes a change that makes the pipeline run again, and records it in the ledger. Interrupted, the same command again
    finishes it. Exits with 13 when something cannot be erased here: tables in git, or a source that still holds the subjects.
    """
    from wardround.cli.promote import connected
    from wardround.errors import UsageError
    from wardround.flows.forget.request import ForgetRequest
    from wardround.flows.forget.run import forget
    from wardround.phi.scanning import scan
    from wardround.project.layout import find
    from wardround.revision.git import Git

    if scan(reason):
        raise UsageError(
            "the reason holds what looks like an identifier", where="--reason", next="write it without naming anybody"
        )
    project = find(directory)
    forge = None if local or not apply else connected()
    try:
        done = forget(
            ForgetRequest(
                project,
                subjects,
                reason,
                _who(Git(project.root)),
                apply,
                forge,
                remote,
                progress=_silent if as_json else _say,
            )
        )
    finally:
        if forge is not None:
            forge.close()
    if as_json:
        echo_json(outline(done))
    else:
        _show(done, applied=apply)
    plan = done.plan
    return int(ExitCode.GOVERNANCE if plan.git or plan.source else ExitCode.PASS)


def _who(git: Git) -> str:
    return str(git.repository.config_reader().get_value("user", "name", "unknown"))[:200]


def outline(done: Forgotten) -> dict[str, object]:
    """The answer as JSON: digests and names of versions, nobody's name and no number of people."""
    plan = done.plan
    return {
        "objects": list(plan.objects),
        "snapshots": list(plan.snapshots),
        "versions": list(plan.versions),
        "current": plan.current,
        "searched": plan.searched,
        "absent": plan.absent,
        "unread": plan.unread,
        "git": list(plan.git),
        "source": plan.source,
        "notes": list(plan.notes),
        "withdrawal": done.withdrawal or None,
        "erased": {"cache": done.cache.files, "remotes": done.remotes.files, "versions": done.remotes.versions},
        "proposal": None if done.proposed is None else {"branch": done.proposed.branch, "pull": done.proposed.pull},
    }


def _show(done: Forgotten, *, applied: bool) -> None:
    plan = done.plan
    click.echo(
        f"{plan.searched} objects were searched"
        + (f"; {plan.absent} are in no store that this machine knows" if plan.absent else "")
        + (f"; {plan.unread} are no tables that can be read here: look into them yourself" if plan.unread else "")
    )
    if plan.empty and not done.withdrawal:
        click.echo("none of them holds the subjects")
    else:
        verb = "erased" if applied else "would be erased"
        click.echo(
            f"{len(plan.objects)} {verb}, of {len(plan.snapshots)} snapshots"
            + ("; the current one is among them" if plan.current else "")
        )
        click.echo(f"trained on them: {', '.join(plan.versions) or 'no version'}")
    if done.withdrawal:
        erased = f"{done.cache.files} files on this machine, {done.remotes.files} in remotes, {done.remotes.versions} older versions"
        click.echo(f"withdrawal {done.withdrawal}: {erased}")
    if done.proposed is not None:
        click.echo(f"proposed: {done.proposed.url or done.proposed.branch}")
    for path in plan.git:
        click.echo(
            click.style("git holds them: ", fg="red")
            + f"{path} in some commit; the history must be written anew, and every clone replaced"
        )
    for note in plan.notes:
        click.echo(f"note: {note}")
    if not applied and not plan.empty:
        click.echo("  next:   the same with --apply", err=True)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _silent(_text: str) -> None:
    pass
