"""A release with podman, from the build to the pushed digest: real containers, a real registry on the loopback.

Needs what `make supplies` puts into this checkout: the wheelhouse and the base image.
"""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request

import pytest
import workshop
from releasing import kept, push, record, release, tags
from workshop import ROOT, check_polite

from wardround.errors import EnvironmentFailure
from wardround.flows.faults import edit_params
from wardround.flows.release import supplies
from wardround.release import direct, engine, oci, packages, probe, wheelhouse

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engines_alone")]
HOUSE = ROOT / ".dvc" / "tmp" / "wardround" / "wheelhouse"


@pytest.fixture(scope="module", params=["podman", "buildah"])
def program(request):
    if not engine.works(request.param):
        pytest.skip(f"{request.param} is not installed, or does not answer")
    chosen = engine.choose(request.param)
    if chosen.base(supplies.OWN_BASE) is None:
        pytest.skip(f"the base image is not here: make supplies ({supplies.OWN_BASE})")
    try:
        if request.param == "podman":
            probe.switches("podman", chosen.base(supplies.OWN_BASE).name)
    except EnvironmentFailure as error:
        pytest.skip(f"podman runs no container here: {error.problems[0].found}"[:200])
    try:
        wheelhouse.select(HOUSE, packages.requirements(packages.Where(ROOT / "nowhere")))
    except EnvironmentFailure as error:
        pytest.skip(f"the wheelhouse is not filled: make supplies ({error.problems[0].wanted[:60]})")
    return request.param


@pytest.fixture
def registry(tmp_path):
    """A registry on a free port of the loopback."""
    binary = shutil.which("docker-registry")
    if binary is None:
        pytest.skip("docker-registry is not installed")
    port = direct.free_port()
    (tmp_path / "registry.yml").write_text(
        json.dumps(
            {
                "version": 0.1,
                "storage": {"filesystem": {"rootdirectory": str(tmp_path / "registry")}},
                "http": {"addr": f"127.0.0.1:{port}"},
            }
        )
    )
    process = subprocess.Popen([binary, "serve", str(tmp_path / "registry.yml")], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/", timeout=5)
                break
            except OSError:
                time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _asked(address):
    with urllib.request.urlopen(
        urllib.request.Request(address, headers={"Accept": "application/vnd.oci.image.manifest.v1+json"}), timeout=30
    ) as answer:
        return answer.read(), answer.headers


def _leftovers(program):
    """Containers and images of releases."""
    listed = subprocess.run([program, "images", "--quiet"], capture_output=True, text=True, timeout=60, check=True)
    names = ["ps", "--all", "--quiet"] if program == "podman" else ["containers", "--quiet"]
    running = subprocess.run([program, *names], capture_output=True, text=True, timeout=60, check=True)
    return set(listed.stdout.split()), set(running.stdout.split())


def test_from_the_build_to_the_pushed_digest(program, registry, released, tmp_path):
    edit_params(released, {"release": {"registry": f"{registry}/models", "wheelhouse": str(HOUSE)}})
    with (released / "pipelines" / "service.py").open("a") as stream:
        stream.write("\n# a change\n")
    push(released)
    (tmp_path / "registries.conf").write_text(f'[[registry]]\nlocation = "{registry}"\ninsecure = true\n')
    before = _leftovers(program)
    env = {"CONTAINERS_REGISTRIES_CONF": str(tmp_path / "registries.conf")}
    release(released, engine=program, env=env, code=0)
    told = record(released, "tiny@v1.0.1")
    place, _, digest = told["image"].partition("@")
    assert place == f"{registry}/models/tiny"
    manifest, headers = _asked(f"http://{registry}/v2/models/tiny/manifests/{digest}")
    assert headers["Docker-Content-Digest"] == digest
    named = json.loads(_asked(f"http://{registry}/v2/models/tiny/tags/list")[0])["tags"]
    assert digest.replace(":", "-") in named
    config = json.loads(_asked(f"http://{registry}/v2/models/tiny/blobs/{json.loads(manifest)['config']['digest']}")[0])
    assert config["config"]["User"] == "1034:1034"
    assert config["config"]["Labels"]["org.opencontainers.image.revision"] == told["commit"]
    assert config["config"]["Labels"]["wardround.bento"] == told["bento"]
    smoke = json.loads((kept(released, "v1.0.1") / "smoke.json").read_text())
    assert (smoke["engine"], smoke["image"], smoke["user"]) == (program, told["image"], 1034)
    assert smoke["network"] == told["smoke_network"]
    assert smoke["read_only"] == (program == "podman")
    assert smoke["difference"] <= smoke["limit"]
    parts = json.loads((kept(released, "v1.0.1") / "sbom.json").read_text())["components"]
    assert {"pypi:bentoml", "deb:libc6", "pypi:wardround", "model"} <= {part["bom-ref"] for part in parts}
    assert "pypi:pip" not in {part["bom-ref"] for part in parts}, "pip is not in the image"
    assert _leftovers(program) == before
    release(released, "--verify", "v1.0.1", code=0)


def test_without_a_registry_the_archive_is_kept_and_its_layers_are_the_same_again(program, released, tmp_path):
    edit_params(released, {"release": {"wheelhouse": str(HOUSE)}})
    with (released / "pipelines" / "service.py").open("a") as stream:
        stream.write("\n# a change\n")
    push(released)
    twin = workshop.copied(released, tmp_path / "twin")
    found = []
    for root in (released, twin):
        release(root, engine=program, code=0)
        told = record(root, "tiny@v1.0.1")
        image = oci.read(kept(root, "v1.0.1") / "image.tar")
        assert told["image"] == image.digest
        assert image.architecture == supplies.processor()
        found.append(image)
        release(root, "--verify", "v1.0.1", code=0)
    assert found[0].layers == found[1].layers
    assert len(found[0].layers) >= 5


def test_a_base_for_another_processor_is_refused_before_anything_runs(program, released, tmp_path):
    if program != "podman":
        pytest.skip("podman imports such a base")
    other = "localhost/wardround-test-base:arm64"
    (tmp_path / "file").write_text("x")
    subprocess.run(
        ["tar", "--create", "--file", str(tmp_path / "x.tar"), "--directory", str(tmp_path), "file"],
        check=True,
        timeout=60,
    )
    subprocess.run(
        ["podman", "import", "--quiet", "--arch", "arm64", str(tmp_path / "x.tar"), other],
        check=True,
        timeout=120,
        capture_output=True,
    )
    try:
        edit_params(released, {"release": {"wheelhouse": str(HOUSE), "base_image": other}})
        with (released / "pipelines" / "service.py").open("a") as stream:
            stream.write("\n# a change\n")
        push(released)
        answer = release(released, engine="podman", code=3)
        assert "the base image is for another processor" in answer.err
        check_polite(answer)
    finally:
        subprocess.run(["podman", "rmi", other], check=True, timeout=60, capture_output=True)
    assert tags(released) == ["tiny@v1.0.0"]


def test_without_wheels_or_base_it_says_so_before_anything_runs(program, released):
    with (released / "pipelines" / "service.py").open("a") as stream:
        stream.write("\n# a change\n")
    push(released)
    answer = release(released, engine=program, code=3)
    assert "the wheelhouse lacks" in answer.err
    assert "wardround supplies wheels" in answer.err
    edit_params(released, {"release": {"base_image": "localhost/no-such-base:1"}})
    push(released)
    answer = release(released, engine=program, code=3)
    assert "the base image is not on this machine" in answer.err
    assert tags(released) == ["tiny@v1.0.0"]
