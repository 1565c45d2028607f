"""A command in this process: its exit code and what it printed."""

from __future__ import annotations

from click.testing import CliRunner

from wardround.cli.main import main


def invoke(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, words, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value or 0, done.output
