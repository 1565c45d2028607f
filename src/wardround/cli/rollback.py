"""``wardround rollback``."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.cli.promote import desk, now, page, plain, tell
from wardround.errors import ExitCode


@click.command("rollback")
@click.argument("name", metavar="NAME")
@click.option("--stage", required=True, help="The stage, as params.yaml names it.")
@click.option(
    "--to", "version", default="", metavar="VERSION", help="The version to go to; otherwise the good one before."
)
@click.option("--reason", default="", help="Why, in a sentence; it stands in the pull request and in the tag.")
@click.option(
    "--break-glass", is_flag=True, help="At once, without review: the tag now, the review after. Needs --reason."
)
@click.option("--local", is_flag=True, help="Without a forge: a branch and a commit in this clone; tags made here.")
@click.option("--remote", default="origin", show_default=True, help="The git remote that is the forge's repository.")
@project_option
@json_option
def command(  # noqa: PLR0913, PLR0917 - a command's options are its arguments
    name: str,
    stage: str,
    version: str,
    reason: str,
    remote: str,
    directory: Path,
    *,
    break_glass: bool,
    local: bool,
    as_json: bool,
) -> int:
    """Propose that a stage of the project NAME goes back to the version that ran there well before.

    The same kind of pull request as `wardround promote`. With --break-glass the tag is made at once, and the status
    wardround/break-glass stays red until a merged change of the stage has reviewed it.
    """
    from dataclasses import replace

    from wardround.flows.ledger.checking import screened
    from wardround.flows.ledger.desk import desk as ledger_desk
    from wardround.flows.promote.glass import break_glass as at_once
    from wardround.flows.promote.propose import propose
    from wardround.flows.promote.tagging import place_of

    reason = screened(reason, "--reason")
    with desk(directory, remote, local=local, quiet=as_json) as found:
        request = replace(found.request("rollback", name, stage, now()), version=version, reason=reason)
        if not break_glass:
            tell(propose(request), "rollback", as_json=as_json)
            return int(ExitCode.PASS)
        ledger = ledger_desk(found.git, found.forge)
        broken = at_once(request, place_of(found.forge, found.git.root, name), found.forge, page(), ledger)
    if as_json:
        echo_json({**plain(broken.review, "rollback"), "tag": broken.tag, "break_glass": True, "made": broken.made})
        return int(ExitCode.PASS)
    click.echo(f"{broken.tag}: {broken.review.version} is in {stage} now, without review")
    tell(broken.review, "rollback", as_json=False)
    return int(ExitCode.PASS)
