"""``wardround ci``: what the workflows of the review call, one command a step."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from wardround.flows.publish.request import PublishRequest, PublishResult
    from wardround.forge.values import Run


@click.group("ci")
def command() -> None:
    """The steps of the review's workflows: review and phi (untrusted), publish and lock (trusted)."""


def _run_option(function: Any) -> Any:
    return click.option("--run", "run_id", type=click.IntRange(min=1), required=True, help="The review run's id.")(
        function
    )


def _tree_option(function: Any) -> Any:
    return click.option(
        "--tree",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        default=Path(),
        show_default="the current directory",
        help="The checkout of the default branch.",
    )(function)


@command.command("review")
@project_option
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Where the publication is written."
)
@click.option("--synthetic", is_flag=True, help="Rehearse on encounters drawn from the contract: no data, no remote.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def review(directory: Path, out: Path, *, synthetic: bool, quiet: bool) -> int:
    """Review the checked-out commit and write what the trusted half publishes. Needs no token.

    The base is the commit that the event of the workflow names, else review.base in params.yaml. What the run makes goes to the
    quarantine remote, never to the main store. Exits as `wardround review` does; when it could not check, nothing is written.
    """
    from wardround.cli.gate import exit_code
    from wardround.cli.progress import Progress
    from wardround.flows.ci.review import CiRequest, review_commit
    from wardround.project.layout import find

    with Progress(shown=not quiet) as progress:
        request = CiRequest(find(directory), out, os.environ, progress.line)
        if synthetic:
            from wardround.flows.ci.synthetic import rehearse_commit

            result = rehearse_commit(request)
        else:
            result = review_commit(request)
    for line in (*result.summary, *result.notes):
        _say(line)
    if result.kept:
        _say(f"in quarantine: {', '.join(result.kept)}")
    if result.lock:
        _say("dvc.lock: another than the commit's; the App commits it after checking")
    return int(exit_code(result.decision))


@command.command("publish")
@_run_option
@_tree_option
@click.option("--light", is_flag=True, help="Only a change that touches no model; otherwise say that more is needed.")
@click.option(
    "--reports", type=click.Path(path_type=Path, file_okay=False), help="Where to put the rendered pages, if anywhere."
)
@json_option
def publish(run_id: int, tree: Path, reports: Path | None, *, light: bool, as_json: bool) -> int:
    """Publish a review run: check its evidence, keep the one comment up to date, set one status a project.

    Trusts the forge's API and the checkout in --tree, and nothing that the run uploaded. Needs GITHUB_REPOSITORY, GITHUB_TOKEN and, on
    an Enterprise server, GITHUB_API_URL.
    """
    from wardround.flows.publish.run import publish as publish_run

    with tempfile.TemporaryDirectory(prefix="wardround-publish-") as scratch:
        result = publish_run(_request(run_id, tree, Path(scratch), reports, light=light, quiet=as_json))
    _outputs(done=result.done, lock=result.lock)
    if as_json:
        echo_json(_plain(result))
    else:
        _tell(result)
    return int(ExitCode.PASS)


@command.command("lock")
@_run_option
@_tree_option
@json_option
def lock(run_id: int, tree: Path, *, as_json: bool) -> int:
    """Commit the dvc.lock that a review made, alone, after checking it; the verdict goes with it."""
    from wardround.flows.publish.lock import commit_locks

    with tempfile.TemporaryDirectory(prefix="wardround-lock-") as scratch:
        results = commit_locks(_request(run_id, tree, Path(scratch), None, light=False, quiet=as_json))
    if as_json:
        echo_json([{"project": one.project, "commit": one.commit, "reason": one.reason} for one in results])
    elif not results:
        click.echo("no lock is to be committed")
    else:
        for one in results:
            click.echo(f"{one.project}: {one.commit or 'not committed'}{': ' + one.reason if one.reason else ''}")
    return int(ExitCode.GATE if any(one.reason for one in results) else ExitCode.PASS)


@command.command("phi")
@project_option
@click.option("--base", default="", help="The commit that the change goes into.", show_default="the event's")
@click.option("--light", is_flag=True, help="Only what needs no table read; otherwise say that more is needed.")
def phi(directory: Path, base: str, *, light: bool) -> int:
    """Look for identifiers of patients in a change that touches no model, which no review runs for. Needs no token.

    The base's governance/phi.yaml judges. Exits with 13 when something is found; the log names rules and places, never the text.
    """
    from wardround.cli.phi import show
    from wardround.flows.ci.words import WordsRequest, scan_change

    report = scan_change(WordsRequest(directory, base, os.environ, light=light))
    _outputs(done=report is not None)
    if report is None:
        click.echo("the change holds what the light part cannot read: scan it with everything installed")
        return int(ExitCode.PASS)
    show(report)
    return int(ExitCode.GOVERNANCE if report.findings else ExitCode.PASS)


def _request(  # noqa: PLR0913 - the commands' own options
    run_id: int, tree: Path, scratch: Path, reports: Path | None, *, light: bool, quiet: bool
) -> PublishRequest:
    from wardround.flows.publish.request import PublishRequest, silent
    from wardround.forge import connect, from_environment

    forge = connect(from_environment())
    event = _event()
    run = _told(event, run_id) or forge.run(run_id)
    if run is None:
        raise UsageError(
            "there is no such workflow run",
            where=f"--run {run_id}",
            wanted=f"a run of review.yml in {forge.repository}",
            next="take the id from the run's address: .../actions/runs/ID",
        )
    server, own = os.environ.get("GITHUB_SERVER_URL", ""), os.environ.get("GITHUB_RUN_ID", "")
    branch = str((event.get("repository") or {}).get("default_branch") or "") or forge.repository_facts().default_branch
    address = f"{server}/{forge.repository}" if server else ""
    has_rules = (tree / "docs" / "rules").is_dir() and address.startswith("https://")
    return PublishRequest(
        forge=forge,
        run=run,
        tree=tree.resolve(),
        scratch=scratch,
        default_branch=branch,
        reports=reports,
        light=light,
        page=f"{address}/actions/runs/{own}" if address and own else "",
        rules=f"{address}/blob/{branch}/docs/rules" if has_rules else "",
        progress=silent if quiet else _say,
    )


def _event() -> dict[str, Any]:
    """What started this workflow, as the forge wrote it; empty outside one."""
    path = os.environ.get("GITHUB_EVENT_PATH", "")
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _told(event: dict[str, Any], run_id: int) -> Run | None:
    """The run as the event that started this workflow describes it, which saves a question; None where it is about another."""
    from wardround.forge.reading import run as read

    raw = event.get("workflow_run")
    if event.get("action") != "completed" or not isinstance(raw, dict) or raw.get("id") != run_id:
        return None
    try:
        return read(raw)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _outputs(**values: bool) -> None:
    """Outputs of the step: only our own words, never text from the evidence."""
    path = os.environ.get("GITHUB_OUTPUT", "")
    if path:
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.writelines(f"{name}={str(value).lower()}\n" for name, value in values.items())


def _tell(result: PublishResult) -> None:
    from wardround.report.escape import in_terminal

    if not result.done:
        click.echo("the change touches a model: publish it with everything installed")
    elif result.reason:
        click.echo(f"nothing to judge: {result.reason}")
    for one in result.projects:
        click.echo(in_terminal(f"{one.context}: {one.outcome.description}"))


def _say(line: str) -> None:
    from wardround.report.escape import in_terminal

    click.echo(in_terminal(line))


def _plain(result: PublishResult) -> dict[str, Any]:
    return {
        "done": result.done,
        "reason": result.reason,
        "pull": result.pull,
        "comment": result.comment,
        "calls": result.calls,
        "projects": [
            {
                "project": one.project,
                "context": one.context,
                "verdict": one.outcome.verdict.value,
                "state": one.outcome.state,
                "description": one.outcome.description,
                "lock": one.lock,
            }
            for one in result.projects
        ],
    }
