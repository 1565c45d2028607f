"""``wardround gate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode

if TYPE_CHECKING:
    from wardround.evidence.decision import Decision
    from wardround.flows.selftest import SelfTest


@click.command("gate")
@click.option("--self-test", is_flag=True, help="Plant faults and show that each turns the gate red.")
@click.option("--seed", type=int, default=20260101, show_default=True, help="Which faults the self-test draws.")
@click.option(
    "--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep the self-test's projects in this directory."
)
@click.option("--base", help="The revision that judges.  [default: review.base in params.yaml]")
@click.option("--anchor", help="The first version ever approved.  [default: review.anchor in params.yaml]")
@project_option
@json_option
def command(  # noqa: PLR0913 - a command's options are its arguments
    seed: int,
    keep: Path | None,
    base: str | None,
    anchor: str | None,
    directory: Path,
    *,
    self_test: bool,
    as_json: bool,
) -> int:
    """Judge the evidence in reports/ again, or test the gate itself.

    Nothing runs and nothing is written; numbers are in the report, where small ones are suppressed. Exits with 0 when every rule passes, 10 when the data violate the contract, 11 when a rule
    refuses or cannot tell.

    With --self-test, a bad model, a leaking feature and broken data are planted in a scratch project; 0 means that
    all of them were refused and the healthy one passed, 11 that a fault was missed.
    """
    if self_test:
        return _test(seed, keep, as_json=as_json)
    from wardround.flows.judging import judge_present
    from wardround.project.layout import find

    decision = judge_present(find(directory), base, anchor)
    if as_json:
        echo_json(outline(decision))
    else:
        show(decision)
    return int(exit_code(decision))


def exit_code(decision: Decision) -> ExitCode:
    """What the verdict means to the shell."""
    if not decision.verdict.blocks:
        return ExitCode.PASS
    if any(finding.verdict == "refuse" for finding in decision.of("data.contract")):
        return ExitCode.CONTRACT
    return ExitCode.GATE


def outline(decision: Decision) -> dict[str, Any]:
    """The decision as JSON without patients' numbers: a terminal is an outlet, and CI keeps its log."""
    plain = decision.plain()
    for finding in plain["findings"]:
        finding["facts"] = [fact for fact in finding["facts"] if fact["type"] in {"margin", "text"}]
    return plain


def show(decision: Decision) -> None:
    """The decision for a terminal: what blocks first. Facts are left out: the report shows those that may be shown."""
    click.echo(f"{decision.verdict}: {decision.outcome}")
    for finding in sorted(decision.findings, key=lambda item: not item.verdict.blocks):
        subject = f" ({finding.subject})" if finding.subject else ""
        click.echo(f"  {finding.verdict:<14} {finding.rule}{subject}: {finding.summary}")
        if finding.advice:
            click.echo(f"  {'':<14} {finding.advice}")


def _test(seed: int, keep: Path | None, *, as_json: bool) -> int:
    from wardround.cli.progress import Progress
    from wardround.flows.selftest import self_test

    with Progress(shown=not as_json) as progress:
        result = self_test(seed, keep, progress.line)
    if as_json:
        echo_json(result.plain())
    else:
        _show_test(result)
    return int(ExitCode.GATE if result.missed else ExitCode.PASS)


def _show_test(result: SelfTest) -> None:
    for caught in result.caught:
        mark = "MISSED" if caught.missed else "ok"
        rule = f" [{caught.rule}]" if caught.rule else ""
        click.echo(f"  {mark:<7}{caught.name}{rule}: {caught.found}")
    if result.missed:
        click.echo(f"{len(result.missed)} of {len(result.caught)} were missed. Do not trust this gate.")
    else:
        click.echo(f"All {len(result.caught)} were judged as they should be (seed {result.seed}).")
