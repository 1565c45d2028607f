"""The one runner of other programs."""

import sys
import time
from pathlib import Path

import pytest

from wardround.errors import EnvironmentFailure
from wardround.proc import Command, _first, run, run_lines


def test_output_error_and_code_come_back() -> None:
    done = run(Command([sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(4)"]))
    assert (done.code, done.out, done.err, done.ok) == (4, "out\n", "err\n", False)


def test_input_and_environment_reach_the_program() -> None:
    code = "import os, sys; print(sys.stdin.read() + os.environ['WORD'] + os.environ['DVC_NO_ANALYTICS'])"
    assert run(Command([sys.executable, "-c", code], env={"WORD": "b"}, stdin="a")).out == "ab1\n"


def test_no_shell_reads_the_arguments(tmp_path: Path) -> None:
    hostile = f"$(touch {tmp_path}/owned); `touch {tmp_path}/owned` && touch {tmp_path}/owned"
    assert run(Command([sys.executable, "-c", "import sys; print(sys.argv[1])", hostile])).out.strip() == hostile
    assert not (tmp_path / "owned").exists()


def test_a_missing_program_is_explained() -> None:
    with pytest.raises(EnvironmentFailure, match="cannot be run") as caught:
        run(Command(["wardround-no-such-program"]))
    assert "doctor" in str(caught.value)


def test_a_time_limit_ends_the_whole_group(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, pathlib, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "pathlib.Path(sys.argv[1]).write_text(str(child.pid)); time.sleep(60)\n"
    )
    note = tmp_path / "pid"
    with pytest.raises(EnvironmentFailure, match="longer than"):
        run(Command([sys.executable, "-c", code, str(note)], timeout=3))
    child = int(note.read_text())
    for _ in range(50):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            break
        time.sleep(0.1)
    else:
        pytest.fail("the grandchild outlived the time limit")


def test_lines_come_as_they_are_written() -> None:
    seen: list[str] = []
    done = run_lines(
        Command([sys.executable, "-c", "import sys; print('a'); print('b', file=sys.stderr)"]), seen.append
    )
    assert sorted(seen) == ["a", "b"]
    assert done.ok


def test_only_this_module_starts_processes(repository: Path) -> None:
    for path in (repository / "src").rglob("*.py"):
        text = path.read_text()
        assert "os.system(" not in text
        assert "shell=True" not in text


def test_undecodable_output_does_not_crash() -> None:
    assert "�" in run(Command([sys.executable, "-c", "import os; os.write(1, bytes([255, 10]))"])).out


def test_interrupt_ends_the_program() -> None:
    code = "import sys, time; print('ready', flush=True); time.sleep(60)"
    seen: list[str] = []

    def stop(line: str) -> None:
        seen.append(line)
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_lines(Command([sys.executable, "-c", code]), stop)
    assert time.monotonic() - started < 30
    assert seen == ["ready"]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's signal at a parent's death is Linux's")
def test_a_program_ends_when_its_killed_parent_does(tmp_path: Path) -> None:
    import os
    import signal
    import subprocess
    import time

    code = (
        "import sys; from wardround.proc import Command, run\n"
        "run(Command([sys.executable, '-c', 'import os, pathlib, sys, time;"
        " pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)', sys.argv[1]]))\n"
    )
    note = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", code, str(note)])
    until = time.monotonic() + 30
    while not (note.exists() and note.read_text()) and time.monotonic() < until:
        time.sleep(0.02)
    child = int(note.read_text())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    while Path(f"/proc/{child}").exists() and time.monotonic() < until:
        if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{child}").exists()


@pytest.mark.parametrize(
    ("args", "alone"),
    [
        (["git", "rev-parse", "HEAD"], True),
        (["/usr/bin/git", "-c", "fetch.x=1", "-C", "push", "--no-pager", "log", "-1"], True),
        (["git", "--version"], True),
        (["git", "push", "origin", "log"], False),
        (["git", "-c", "log", "fetch"], False),
        (["dvc", "repro"], False),
        ([], False),
    ],
)
def test_only_what_git_reads_may_outlive_its_parent(args: list[str], alone: bool) -> None:
    assert (_first(args) is None) == alone
