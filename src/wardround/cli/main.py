"""The entry point: finds a command without importing the others, and turns every failure into a message and an exit code."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import threading
from typing import Any

import click

from wardround import __version__
from wardround.errors import ExitCode, WardroundError, machine_failure

#: Name -> (module below wardround.cli, one line of help). The help stands here so that listing imports nothing.
COMMANDS = {
    "init": ("init", "Make a project, from your data or from the synthetic hospital network."),
    "review": ("review", "Reproduce what changed, compare it with base and anchor, judge, report."),
    "compare": ("compare", "Compare the models of two revisions on the same encounters."),
    "gate": ("gate", "Judge the evidence that is there, or test the gate itself."),
    "plan": ("plan", "Say where a change stands in the change plan (governance/pccp.yaml)."),
    "card": ("card", "Write the model's card in the forms that boards and authorities ask for."),
    "stage": ("stage", "Run one stage of the pipeline (DVC calls this)."),
    "doctor": ("doctor", "Say what is missing on this machine and in this repository."),
    "upgrade": ("upgrade", "Record the installed stage versions and the locked environment."),
    "sandbox": ("sandbox", "Start a forge on this machine: pull requests and workflows, offline."),
    "adopt": ("adopt", "Bring a fork's commit, which was read, to a branch of the repository."),
    "lock": ("lock", "Settle a merge conflict in dvc.lock."),
    "serve": ("serve", "Answer with the project's model over HTTP, to try it out."),
    "score": ("score", "Score a table of any size with the version of a stage."),
    "release": ("release", "Make a version of the merged commit: run, build, test, sign, tag."),
    "promote": ("promote", "Propose that a version goes into a stage; on the merge, make the tag."),
    "rollback": ("rollback", "Propose that a stage goes back to the good version before, or do it at once."),
    "monitor": ("monitor", "Look at what the served model did, window by window; alert, report, record."),
    "dashboard": ("dashboard", "Write a static site about every model: stages, performance, drift, findings."),
    "retrain": ("retrain", "Answer an alarm: propose the cheapest fix that suffices, or open an issue for the source."),
    "verify-deployed": ("verify_deployed", "Prove that what answers at an address is what the stage's tag names."),
    "forget": ("forget", "Erase the rows of subjects who withdrew, and say what must be trained again."),
    "phi": ("phi", "Look for identifiers of patients in files, messages and logs."),
    "registry": ("registry", "Show versions and stages: who, when, from which pull request."),
    "where": ("where", "Say which version was in a stage on a day."),
    "ledger": ("ledger", "Verify and show the record of decisions, approvals, releases and promotions."),
    "trace": ("trace", "Say where an answer, version, stage or snapshot came from, and what came of it."),
    "audit": ("audit", "Make the pack that an auditor asks for, of a period: one zip file."),
    "supplies": ("supplies", "Fetch what an image is built from without a network."),
    "ci": ("ci", "The steps of the review's workflows (they call this)."),
    "completion": ("completion", "Print the shell completion script."),
    "demo": ("demo", "Rehearse the whole loop in a scratch directory, offline."),
    "program": ("program", "Score a snapshot with this revision's model (the review calls this)."),
}
HIDDEN = ("program",)


class LazyGroup(click.Group):
    """A group whose commands are imported only when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of a working day."""
        return [name for name in COMMANDS if name not in HIDDEN]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Imports one command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"wardround.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggests the nearest command for a misspelt one."""
        if args and args[0] not in COMMANDS:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 pass, 1 bug, 2 wrong use, 3 could not check, 10 contract violated, 11 gate refused, "
    "12 monitoring alert, 13 governance or privacy finding, 130 interrupted.",
)
@click.version_option(__version__, prog_name="wardround")
def main() -> None:
    """GitOps for clinical machine learning: every change to a model is a pull request."""
    if os.environ.get("WARDROUND_IDENTITY"):
        from wardround.storage.identity import begin

        begin()


def run(args: list[str] | None = None) -> None:
    """Runs the command line and exits with the code that DESIGN §3 names."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _stop)  # a cancelled job cleans up as Ctrl-C does
    wants_json = "--json" in (args if args is not None else sys.argv[1:])
    try:
        code: Any = main.main(args=args, standalone_mode=False)
        sys.exit(code if isinstance(code, int) else int(ExitCode.PASS))
    except click.exceptions.Abort:
        _say("interrupted: run the same command again, finished work is kept")
        sys.exit(int(ExitCode.INTERRUPTED))
    except KeyboardInterrupt:
        _say("interrupted: run the same command again, finished work is kept")
        sys.exit(int(ExitCode.INTERRUPTED))
    except click.ClickException as error:
        error.show()
        sys.exit(int(ExitCode.USAGE))
    except WardroundError as error:
        _explain(error, wants_json=wants_json)
        sys.exit(int(error.exit_code))
    except BrokenPipeError:
        # The reader of our output went away (`| head`); Python must not complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(int(ExitCode.PASS))
    except OSError as error:
        explained = machine_failure(error)
        if explained is None:
            raise
        _explain(explained, wants_json=wants_json)
        sys.exit(int(explained.exit_code))
    finally:
        gc.freeze()  # the process ends: looking for cycles among all that numerical libraries made would take a second


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _explain(error: WardroundError, *, wants_json: bool) -> None:
    if wants_json:
        import json
        from dataclasses import asdict

        answer = {"exit_code": int(error.exit_code), "problems": [asdict(problem) for problem in error.problems]}
        click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    for problem in error.problems:
        first, *rest = problem.lines()
        click.echo(click.style("error: ", fg="red", bold=True, reset=True) + first, err=True)
        for line in rest:
            click.echo(line, err=True)


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    run()
