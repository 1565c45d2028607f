"""The compose file and the systemd unit: what they say, that their own tools read them, and with podman, that they run."""

import re
import shutil
import subprocess

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wardround.deploy.compose import PROBE, compose, cpus, memory
from wardround.deploy.runtime import Runtime
from wardround.deploy.stage_file import StageFile
from wardround.deploy.systemd import _word, unit
from wardround.project.stages_section import StageSection

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
