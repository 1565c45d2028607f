"""``wardround promote``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from wardround.flows.promote.desk import Desk
    from wardround.flows.promote.merged import MergedResult
    from wardround.flows.promote.request import ChangeResult
    from wardround.forge.protocol import Forge


@click.command("promote")
@click.argument("name", metavar="[NAME]", required=False)
@click.argument("version", metavar="[VERSION]", required=False)
@click.option("--stage", help="The stage, as params.yaml names it: staging, prod, …")
@click.option("--reason", default="", help="Why, in a sentence; it stands in the pull request and in the tag.")
@click.option(
    "--trial",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Evidence of the silent trial, where the stage demands matured outcomes.",
)
@click.option(
    "--complete", "completing", is_flag=True, help="Make the tags of what is merged (promote.yml calls this)."
)
@click.option("--local", is_flag=True, help="Without a forge: a branch and a commit in this clone; tags made here.")
@click.option("--remote", default="origin", show_default=True, help="The git remote that is the forge's repository.")
@project_option
@json_option
def command(  # noqa: PLR0913, PLR0917 - a command's options are its arguments
    name: str | None,
    version: str | None,
    stage: str | None,
    reason: str,
    trial: Path | None,
    remote: str,
    directory: Path,
    *,
    completing: bool,
    local: bool,
    as_json: bool,
) -> int:
    """Propose that VERSION of the project NAME goes into a stage: one small pull request that the clinical owner approves.

    It changes deploy/STAGE.yaml and the manifests in deploy/STAGE/. On its merge, promote.yml makes the tag NAME#STAGE#N. A second run
    brings the same pull request up to date. Needs GITHUB_REPOSITORY, WARDROUND_TOKEN (or GITHUB_TOKEN) and, on an Enterprise server,
    GITHUB_API_URL; git fetches with its own credentials.
    """
    if completing:
        if name or version or stage:
            raise UsageError(
                "--complete looks at everything that is merged", wanted="no NAME, VERSION or --stage with it"
            )
        return _complete(directory, local=local, as_json=as_json)
    if not (name and version and stage):
        raise UsageError(
            "a promotion needs a project, a version and a stage",
            wanted="wardround promote NAME VERSION --stage STAGE",
            next="`wardround registry` shows what there is",
        )
    from dataclasses import replace

    from wardround.flows.ledger.checking import screened
    from wardround.flows.promote.propose import propose

    reason = screened(reason, "--reason")
    with desk(directory, remote, local=local, quiet=as_json) as found:
        request = found.request("promote", name, stage, now())
        result = propose(replace(request, version=version, reason=reason, trial=trial))
    tell(result, "promote", as_json=as_json)
    return int(ExitCode.PASS)


def _complete(directory: Path, *, local: bool, as_json: bool) -> int:
    from wardround.flows.promote.merged import MergedRequest, complete_all
    from wardround.project.layout import find

    root = find(directory)
    forge = None if local else connected()
    try:
        branch = root.params.review.base if forge is None else forge.repository_facts().default_branch
        request = MergedRequest(
            root.root, forge, now(), branch, page=page(), progress=_silent if as_json else _say, ledger=True
        )
        result = complete_all(request)
    finally:
        if forge is not None:
            forge.close()
    _told(result, as_json=as_json)
    return int(ExitCode.PASS)


def _told(result: MergedResult, *, as_json: bool) -> None:
    if as_json:
        echo_json(
            [
                {"project": name, "stage": one.stage, "version": one.version, "commit": one.commit, "tag": one.tag}
                for name, one in result.changes
            ]
        )
    elif not result.changes:
        _say("every merged change of deploy/ has its tag: nothing to do")


class desk:  # noqa: N801 - used as a context
    """The clone and, unless ``local``, the forge; its connections are closed at the end."""

    def __init__(self, directory: Path, remote: str, *, local: bool, quiet: bool) -> None:
        self._given = (directory, remote, local, quiet)
        self._forge: Forge | None = None

    def __enter__(self) -> Desk:
        from wardround.flows.promote.desk import Desk
        from wardround.project.layout import find

        directory, remote, local, quiet = self._given
        project = find(directory)
        self._forge = None if local else connected()
        return Desk(project, self._forge, remote, _silent if quiet else _say)

    def __exit__(self, *_: object) -> None:
        if self._forge is not None:
            self._forge.close()


def connected() -> Forge:
    """The forge that the environment names."""
    from wardround.forge import connect, from_environment

    return connect(from_environment(os.environ))


def now() -> Any:
    """This moment, in UTC."""
    import datetime as dt

    return dt.datetime.now(dt.UTC)


def page() -> str:
    """The address of the workflow run that calls this; empty outside one."""
    server, repository = os.environ.get("GITHUB_SERVER_URL", ""), os.environ.get("GITHUB_REPOSITORY", "")
    run = os.environ.get("GITHUB_RUN_ID", "")
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""


def plain(result: ChangeResult, kind: str) -> dict[str, Any]:
    """The answer as JSON types."""
    proposed = result.proposed
    return {
        "kind": kind,
        "stage": result.stage,
        "version": result.version,
        "before": result.before,
        "branch": proposed.branch if proposed else None,
        "commit": proposed.commit if proposed else None,
        "pull": proposed.pull if proposed else None,
        "url": proposed.url if proposed else "",
        "owners": list(result.owners),
        "files": list(result.files),
        "demands": [{"what": one.what, "verdict": one.verdict.value, "found": one.found} for one in result.demands],
        "nothing": result.nothing,
        "notes": list(result.notes),
    }


def tell(result: ChangeResult, kind: str, *, as_json: bool) -> None:
    """Prints what was proposed."""
    if as_json:
        echo_json(plain(result, kind))
        return
    if result.proposed is None:
        _say(f"nothing to do: {result.nothing}")
        return
    before = f" in place of {result.before}" if result.before and result.before != result.version else ""
    _say(f"{result.version} goes into {result.stage}{before}, once this is merged:")
    proposed = result.proposed
    if proposed.pull is None:
        _say(f"  branch {proposed.branch}, commit {proposed.commit[:12]}")
    else:
        _say(f"  pull request {proposed.pull}: {proposed.url}")
    for demand in result.demands:
        _say(f"  {demand.what}: {demand.found}")
    _say(f"  must approve: {', '.join(result.owners) or 'nobody is named in CODEOWNERS for deploy/'}")
    for note in result.notes:
        _say(f"  note: {note}")


def _say(line: str) -> None:
    from wardround.report.escape import in_terminal

    click.echo(in_terminal(line))


def _silent(_line: str) -> None:
    return
