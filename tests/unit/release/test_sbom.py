"""The list of parts: valid CycloneDX, the same bytes each time, and a refusal where an image holds something else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from wardround.errors import GateRefusal
from wardround.release import sbom

LISTED = {
    "python": [
        {"name": "wardround", "version": "0.1.0", "licence": "Apache-2.0"},
        {"name": "NumPy", "version": "2.4.6", "licence": ""},
        {"name": "pip", "version": "25.0", "licence": "MIT"},
    ],
    "debian": [{"package": "libc6", "version": "2.36-9", "architecture": "amd64"}],
    "distro": "debian-12",
    "version": "3.11.2",
}
LINES = ("numpy==2.4.6 ; python_version < '3.12' --hash=sha256:ab", "numpy==2.5.5 ; python_version >= '3.12'")


def _request(listed=LISTED, *, whole=True, lines=LINES):
    return sbom.SbomRequest("sepsis", "v1.0.0", listed, lines, whole, "sha256:" + "a" * 64, "md5:" + "b" * 32)


def _parts(content):
    return {item["bom-ref"]: item for item in json.loads(content)["components"]}


def test_it_is_valid_cyclonedx():
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom.make(_request()).decode())
    assert problem is None, str(problem)


def test_it_names_packages_model_and_data_and_bears_no_time():
    content = sbom.make(_request())
    parts = _parts(content)
    assert set(parts) == {"model", "snapshot", "deb:libc6", "pypi:numpy", "pypi:pip", "pypi:wardround"}
    assert parts["pypi:numpy"]["purl"] == "pkg:pypi/numpy@2.4.6"
    assert parts["deb:libc6"]["purl"] == "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12"
    assert parts["model"]["hashes"] == [{"alg": "SHA-256", "content": "a" * 64}]
    plain = json.loads(content)
    assert "serialNumber" not in plain
    assert "timestamp" not in plain["metadata"]


def test_the_same_parts_in_any_order_are_the_same_bytes():
    other = {**LISTED, "python": LISTED["python"][::-1]}
    assert sbom.make(_request()) == sbom.make(_request(other))


def test_an_environment_that_holds_more_gives_the_service_s_part():
    more = {**LISTED, "python": [*LISTED["python"], {"name": "pytest", "version": "9", "licence": ""}]}
    parts = _parts(sbom.make(_request(more, whole=False)))
    assert set(parts) == {"model", "snapshot", "pypi:numpy", "pypi:wardround"}


@pytest.mark.parametrize(
    "extra",
    [{"name": "evil", "version": "1", "licence": ""}, {"name": "numpy", "version": "2.4.5", "licence": ""}],
    ids=["a package that the lock does not name", "another version"],
)
def test_an_image_that_holds_something_else_is_refused(extra):
    kept = [item for item in LISTED["python"] if item["name"].lower() != extra["name"]]
    with pytest.raises(GateRefusal, match=extra["name"]):
        sbom.make(_request({**LISTED, "python": [*kept, extra]}))


def test_the_listing_sees_this_environment_with_python_alone():
    done = subprocess.run(
        [sys.executable, "-I", str(sbom.LISTING)], input="{}", capture_output=True, text=True, timeout=60, check=True
    )
    listed = json.loads(done.stdout)
    names = {item["name"].lower() for item in listed["python"]}
    assert {"wardround", "numpy", "pytest"} <= names
    if Path("/var/lib/dpkg/status").is_file():
        assert "libc6" in {item["package"] for item in listed["debian"]}
