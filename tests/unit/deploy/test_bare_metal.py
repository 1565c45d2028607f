"""The compose file and the systemd unit: what they say, that their own tools read them, and with podman, that they run."""

import re
import secrets
import shutil
import subprocess

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wardround.deploy.compose import PROBE, compose, cpus, memory
from wardround.deploy.runtime import DATA, PORT, USER, Runtime
from wardround.deploy.stage_file import StageFile
from wardround.deploy.systemd import _word, unit
from wardround.errors import EnvironmentFailure
from wardround.flows.release import supplies
from wardround.project.stages_section import StageSection
from wardround.release import engine, probe

DIGEST = "sha256:" + "a" * 64
IMAGE = f"registry.example.org/models/readmission@{DIGEST}"
FILE = StageFile(project="readmission", stage="prod", version="v1.4.0", image=IMAGE, bento=DIGEST, decision=DIGEST)
RUNTIME = Runtime(FILE, StageSection(run={"memory": "512Mi", "cpu": "250m", "port": 8080}))


def test_the_compose_file():
    (text,) = compose(RUNTIME).values()
    service = yaml.safe_load(text)["services"]["service"]
    assert service["image"] == IMAGE
    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])  # fmt: skip
    assert service["ports"] == ["127.0.0.1:8080:3000"], "loopback alone: TLS is a proxy's work"
    assert (service["mem_limit"], service["cpus"], service["user"]) == ("512m", 0.5, "1034:1034")
    assert service["healthcheck"]["test"] == ["CMD", "python3", "-c", PROBE]
    compile(PROBE, "probe", "exec")


@pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not here to read the file")
def test_docker_reads_it(tmp_path):
    (tmp_path / "compose.yaml").write_text(compose(RUNTIME)["compose.yaml"])
    (tmp_path / "wardround-log-key").write_text("key")
    done = subprocess.run(
        ["docker", "compose", "-f", tmp_path / "compose.yaml", "config", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "is not a docker command" in done.stderr or "unknown shorthand flag" in done.stderr:
        pytest.skip("docker is here without its compose plugin")
    assert done.returncode == 0, done.stderr


def test_the_unit():
    ((name, text),) = unit(RUNTIME).items()
    assert name == "readmission-prod.service"
    assert f"\n    {IMAGE}\n" in text
    for flag in (
        "--read-only",
        "--cap-drop=all",
        "--security-opt=no-new-privileges",
        "--user=1034:1034",
        "--memory=512m",
    ):
        assert f" {flag} " in text
    assert "--publish=127.0.0.1:8080:3000" in text
    assert ":latest" not in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here to read the unit")
def test_systemd_reads_it(tmp_path):
    """All that it finds is that podman is not on a machine without it."""
    ((name, text),) = unit(RUNTIME).items()
    (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / name],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said = [line for line in done.stderr.splitlines() if name in line]
    assert [line for line in said if "Command /usr/bin/podman is not executable" not in line] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here to read the unit")
def test_systemd_would_find_a_mistake(tmp_path):
    ((name, text),) = unit(RUNTIME).items()
    (tmp_path / name).write_text(text.replace("Restart=on-failure", "Restart=whenever"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / name],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "restart specifier" in done.stderr


#: Answers on the service's port from inside, having written to its directory and read its key as the service does.
ANSWERING = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        os.makedirs(os.environ["WARDROUND_WAL"], exist_ok=True)
        open(os.environ["WARDROUND_WAL"] + "/line", "w").write(open(os.environ["WARDROUND_LOG_KEY_FILE"]).read())
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
        self.wfile.write(str(os.getuid()).encode())
http.server.HTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
"""


@pytest.mark.slow
@pytest.mark.usefixtures("engines_alone")
@pytest.mark.parametrize("kind", ["systemd", "compose"])
def test_podman_runs_what_they_say(kind, tmp_path):
    """The unit's own command line, and the compose file's service as podman's words, on an image that is built here without a network."""
    chosen = _podman()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / ".keep").touch()
    (tmp_path / "server.py").write_text(ANSWERING.replace("PORT", str(PORT)))
    (tmp_path / "Containerfile").write_text(
        f"ARG BASE\nFROM ${{BASE}}\nCOPY --chown={USER}:{USER} data {DATA}\nCOPY server.py /server.py\n"
        f'USER {USER}:{USER}\nENTRYPOINT ["python3", "/server.py"]\n'
    )
    base = chosen.base(supplies.OWN_BASE)
    image = chosen.build(tmp_path, base)
    key, state = tmp_path / "key", tmp_path / "state"
    key.write_text("0123456789abcdef")
    key.chmod(0o444)
    state.mkdir()
    name = f"wardround-test-{secrets.token_hex(6)}"
    found = probe.switches("podman", base.name)
    podman = ["podman", *found.engine]
    words = _of_unit(name, state, key) if kind == "systemd" else _of_compose(name, state, key)
    limits = [word for word in found.run if word not in probe.HARDENED]
    try:
        _done([*podman, "run", "--detach", *limits, *words, image])
        ready = _systemd_words(_line(unit(RUNTIME), "ExecStartPost="))
        _done([*podman, *[name if word == RUNTIME.name else word for word in ready[1:]]])
        _done([*podman, "exec", name, "python3", "-c", PROBE])
        assert [path.read_text() for path in state.rglob("line")] == [key.read_text()]
        assert {path.stat().st_uid for path in state.rglob("line")} == {USER}
        assert _done([*podman, "exec", name, "sh", "-c", "touch /x || echo no"]).strip() == "no"
        _done([*podman, "stop", "--time", "2", name])
    finally:
        subprocess.run([*podman, "rm", "--force", name], capture_output=True, check=False, timeout=60)
        chosen.remove(image)


def _podman():
    if not engine.works("podman"):
        pytest.skip("podman is not installed, or does not answer")
    chosen = engine.choose("podman")
    if chosen.base(supplies.OWN_BASE) is None:
        pytest.skip(f"the base image is not here: make supplies ({supplies.OWN_BASE})")
    try:
        probe.switches("podman", chosen.base(supplies.OWN_BASE).name)
    except EnvironmentFailure as error:
        pytest.skip(f"podman runs no container here: {error.problems[0].found}"[:200])
    return chosen


def _line(files, start):
    (text,) = files.values()
    (line,) = [line for line in text.replace("\\\n", " ").splitlines() if line.startswith(start)]
    return line.removeprefix(start)


def _of_unit(name, state, key):
    """The unit's words behind ``podman run``, with other places, without what only systemd can give: cgroups and a socket to notify."""
    given = _systemd_words(_line(unit(RUNTIME), "ExecStart="))
    assert (given[1], given[-1]) == ("run", IMAGE)
    left_out = ("--name=", "--sdnotify=", "--cgroups=", "--rm", "--volume=", "--replace")
    words = [word for word in given[2:-1] if not word.startswith(left_out)]
    volumes = [word for word in given if word.startswith("--volume=")]
    places = (state, key)
    moved = [f"--volume={place}:{word.partition(':')[2]}" for place, word in zip(places, volumes, strict=True)]
    return [f"--name={name}", *words, *moved]


def _of_compose(name, state, key):
    """The service as podman-compose passes it on."""
    (text,) = compose(RUNTIME).values()
    told = yaml.safe_load(text)["services"]["service"]
    (volume,), (secret,), (scratch,) = told["volumes"], told["secrets"], told["tmpfs"]
    return [
        f"--name={name}",
        f"--platform={told['platform']}",
        f"--user={told['user']}",
        *(["--read-only"] if told["read_only"] else []),
        *(f"--cap-drop={item}" for item in told["cap_drop"]),
        *(f"--security-opt={item}" for item in told["security_opt"]),
        f"--tmpfs={scratch}",
        f"--pids-limit={told['pids_limit']}",
        f"--memory={told['mem_limit']}",
        f"--cpus={told['cpus']}",
        *(f"--publish={item}" for item in told["ports"]),
        *(f"--env={item}={value}" for item, value in told["environment"].items()),
        f"--volume={state}:{volume['target']}:rw,U",
        f"--volume={key}:{secret['target']}:ro",
    ]


def _done(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _systemd_words(line: str) -> list[str]:
    """How systemd.service(5) splits a command line: quotes, backslashes, then specifiers and variables."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line)
    plain = [(quoted or bare) for quoted, bare in found]
    return [
        re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), word).replace("%%", "%").replace("$$", "$")
        for word in plain
    ]


@given(
    words=st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), min_size=1, max_size=20),
        min_size=1,
        max_size=4,
    )
)
def test_words_arrive_as_they_were(words):
    assert _systemd_words(" ".join(_word(word) for word in words)) == words


@pytest.mark.parametrize(("quantity", "wanted"), [("512Mi", "512m"), ("2Gi", "2g"), ("1Ti", "1024g")])
def test_memory(quantity, wanted):
    assert memory(quantity) == wanted


@pytest.mark.parametrize(("quantity", "wanted"), [("250m", 0.25), ("2", 2.0)])
def test_processors(quantity, wanted):
    assert cpus(quantity) == wanted
