"""What an engine needs here is found by running something in it. The engine is a script that fails as real ones do."""

import json
import stat
import sys
from pathlib import Path

import pytest

from wardround.errors import EnvironmentFailure
from wardround.release import engine, probe

#: Speaks as podman where it matters: each refusal is one that was met on a real machine.
SCRIPT = """#!{python}
import json, os, sys
from pathlib import Path
place = Path(os.environ["FAKE"])
args = sys.argv[1:]
with (place / "calls").open("a") as stream:
    stream.write(json.dumps(args) + "\\n")
refuses = os.environ.get("REFUSES", "").split(",")
if "run" in args:
    name = args[args.index("--name") + 1]
    (place / ("container-" + name)).touch()
    if "runtime" in refuses and "runc" not in args: sys.exit("crun: cgroups in hybrid mode not supported")
    if "limits" in refuses and "--ulimit" not in args: sys.exit("setrlimit RLIMIT_NOFILE: Operation not permitted")
    if "network" in refuses and args[args.index("--network") + 1] == "none": sys.exit("no network namespace")
    if "all" in refuses: sys.exit("nothing runs here")
    (place / name).write_text(args[args.index("--network") + 1])
elif "exec" in args:
    name = args[args.index("exec") + 1]
    if "exec" in refuses: sys.exit("exec failed")
    network = (place / name).read_text()
    print("lo" if network == "none" and "leaks" not in refuses else "lo eth0")
elif "rm" in args:
    (place / ("container-" + args[-1])).unlink(missing_ok=True)
elif args[:1] in (["version"], ["info"]):
    sys.exit("daemon" in refuses)
"""


@pytest.fixture
def fake(tmp_path, monkeypatch):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("podman", "docker"):
        path = programs / name
        path.write_text(SCRIPT.format(python=sys.executable))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("FAKE", str(tmp_path))
    monkeypatch.setattr(probe, "_FOUND", {})
    return tmp_path


def _calls(place: Path) -> list[list[str]]:
    return [json.loads(line) for line in (place / "calls").read_text().splitlines()]


@pytest.mark.parametrize(
    ("refuses", "runtime", "limits", "network"),
    [
        ("", False, False, "none"),
        ("runtime", True, False, "none"),
        ("limits", False, True, "none"),
        ("runtime,limits", True, True, "none"),
        ("network", False, False, "host"),
        ("runtime,limits,network", True, True, "host"),
        ("leaks", False, False, "host"),
    ],
)
def test_only_what_is_needed_is_used(refuses, runtime, limits, network, fake, monkeypatch):
    monkeypatch.setenv("REFUSES", refuses)
    found = probe.switches("podman", "base")
    assert ("runc" in found.engine, "--ulimit" in found.run, found.network) == (runtime, limits, network)
    assert set(probe.HARDENED) <= set(found.run)
    assert not list(fake.glob("container-*")), "probes take their containers away, also those that did not start"


def test_a_network_that_is_said_to_be_none_and_is_not_counts_as_host(fake, monkeypatch):
    monkeypatch.setenv("REFUSES", "leaks")
    assert probe.switches("podman", "base").network == "host"
    assert any("exec" in call for call in _calls(fake)), "looked at from inside"


@pytest.mark.parametrize("refuses", ["all", "exec"])
def test_an_engine_that_runs_nothing_is_explained(refuses, fake, monkeypatch):
    monkeypatch.setenv("REFUSES", refuses)
    with pytest.raises(EnvironmentFailure, match="cannot run a container here") as refused:
        probe.switches("podman", "base")
    assert {"all": "nothing runs here", "exec": "exec failed"}[refuses] in refused.value.problems[0].found


def test_it_is_asked_once_a_process(fake, monkeypatch):
    monkeypatch.setenv("REFUSES", "")
    first = probe.switches("podman", "base")
    count = len(_calls(fake))
    assert probe.switches("podman", "base") is first
    assert len(_calls(fake)) == count


def test_a_client_without_its_daemon_is_no_engine(fake, monkeypatch):
    monkeypatch.setenv("REFUSES", "daemon")
    assert not engine.works("docker")
    assert engine.choose("auto") is None
    with pytest.raises(EnvironmentFailure, match="docker does not work here") as refused:
        engine.choose("docker")
    assert "does not answer" in refused.value.problems[0].found


def test_auto_takes_the_first_that_answers(fake, monkeypatch):
    monkeypatch.setenv("REFUSES", "")
    found = engine.choose("auto")
    assert found is not None
    assert found.name == "docker"
    (fake / "bin" / "docker").unlink()
    found = engine.choose("auto")
    assert found is not None
    assert found.name == "podman"


def test_none_is_none_and_a_missing_one_is_said(fake):
    assert engine.choose("none") is None
    with pytest.raises(EnvironmentFailure, match="buildah does not work here") as refused:
        engine.choose("buildah")
    assert "not installed" in refused.value.problems[0].found
