"""``wardround verify-deployed``."""

from __future__ import annotations

from pathlib import Path

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode


@click.command("verify-deployed")
@click.argument("url", metavar="URL")
@click.option("--stage", default="prod", show_default=True, help="The stage that shall run there.")
@click.option(
    "--timeout", type=click.FloatRange(min=0.1), default=10.0, show_default=True, help="Seconds for each answer."
)
@click.option("--times", type=click.IntRange(min=1, max=100), default=5, show_default=True, help="How often to ask who answers: behind URL there may be replicas.")  # fmt: skip
@click.option("--no-golden", is_flag=True, help="Send no encounters: compare only what the service says of itself.")
@project_option
@json_option
def command(  # noqa: PLR0913 - a command's options are its arguments
    url: str, stage: str, timeout: float, times: int, directory: Path, *, no_golden: bool, as_json: bool
) -> int:
    """Prove that what answers at URL is the version that the stage's tag names.

    It must say that version, commit and model digest of itself, and give the release's known encounters the probabilities that its smoke test
    gave them. Exits with 11 when something else answers, with 3 when nothing does. The tags are those of this clone (git fetch --tags).
    """
    from wardround.flows.registry import registry
    from wardround.flows.release import keeping
    from wardround.flows.verify_deployed import VerifyRequest, verify_deployed
    from wardround.project.layout import find

    project = find(directory)
    params = project.params
    (shown,) = registry(project.root, params.project.name)
    done = verify_deployed(
        VerifyRequest(
            url=url,
            stage=stage,
            state=shown.state,
            store=lambda: keeping.store(project.root, params.review.remote, params.project.name),
            timeout=timeout,
            times=times,
            golden=not no_golden,
        )
    )
    if as_json:
        echo_json(
            {
                "url": url,
                "stage": stage,
                "version": done.version,
                "tag": done.tag,
                "said": dict(done.said),
                "times": done.times,
                "encounters": done.encounters,
                "difference": done.difference,
                "note": done.note,
            }
        )
        return int(ExitCode.PASS)
    click.echo(f"{url} runs {params.project.name} {done.version}, as {done.tag} says")
    click.echo(f"  it said so {done.times} times: {', '.join(done.said)}")
    if done.encounters:
        click.echo(f"  {done.encounters} known encounters: |Δp| at most {done.difference:.1g}")
    else:
        click.echo(f"  no known encounters were sent: {done.note}")
    return int(ExitCode.PASS)
