"""The command line: names, suggestions, messages, exit codes, JSON."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from wardround.cli import main as cli


def call(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wardround", *args], cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


def test_help_lists_every_command_but_plumbing() -> None:
    done = call("--help")
    assert done.returncode == 0
    for name in cli.COMMANDS:
        assert (f"\n  {name} " in done.stdout) == (name not in cli.HIDDEN), name


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_loads_and_has_help(name: str) -> None:
    context = cli.click.Context(cli.main)
    command = cli.main.get_command(context, name)
    assert command is not None
    assert command.name == name
    assert command.help


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom wardround.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'pydantic', 'dvc', 'git', 'rich', 'sklearn'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_misspelt_command_gets_the_nearest_one() -> None:
    done = call("reveiw")
    assert done.returncode == 2
    assert "Did you mean 'review'?" in done.stderr


def test_outside_a_project_it_says_what_to_do(tmp_path: Path) -> None:
    done = call("review", cwd=tmp_path)
    assert done.returncode == 2
    assert "not a Wardround project" in done.stderr
    assert "wardround init" in done.stderr


def test_failures_are_json_when_json_is_asked_for(tmp_path: Path) -> None:
    done = call("review", "--json", cwd=tmp_path)
    answer = json.loads(done.stdout)
    assert done.returncode == answer["exit_code"] == 2
    assert answer["problems"][0]["what"]


def test_version() -> None:
    from wardround import __version__

    assert __version__ in call("--version").stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    done = call("completion", shell)
    assert done.returncode == 0
    assert "_WARDROUND_COMPLETE" in done.stdout


def test_completion_knows_the_commands() -> None:
    import os

    env = {**os.environ, "_WARDROUND_COMPLETE": "bash_complete", "COMP_WORDS": "wardround re", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "from wardround.cli.main import main; main(prog_name='wardround')"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "review" in done.stdout


def test_an_interrupt_has_its_exit_code(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stop(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.main, "main", stop)
    with pytest.raises(SystemExit) as caught:
        cli.run([])
    assert caught.value.code == 130
    assert "run the same command again" in capsys.readouterr().err


def test_a_closed_pipe_is_no_failure() -> None:
    done = subprocess.run(
        f"{sys.executable} -m wardround --help | head -1", shell=True, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
