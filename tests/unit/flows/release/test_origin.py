"""Who built it and from where: without a secret, and without a path of this machine."""

import subprocess

import pytest

from wardround.flows.release.origin import origin


@pytest.fixture
def repository(tmp_path):
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True, timeout=60)
    return tmp_path


def _origin_is(repository, url):
    subprocess.run(["git", "remote", "add", "origin", url], cwd=repository, check=True, timeout=60)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://user:secret@forge.example/acme/ml.git", "git+https://forge.example/acme/ml.git"),
        ("https://forge.example/acme/ml", "git+https://forge.example/acme/ml"),
        ("/srv/git/ml.git", "git+local"),
        ("../ml.git", "git+local"),
        ("file:///srv/git/ml.git", "git+local"),
    ],
)
def test_outside_a_workflow_origin_says(url, told, repository):
    _origin_is(repository, url)
    found = origin(repository, {})
    assert (found.builder, found.repository) == ("local", told)


def test_without_an_origin_it_is_local(repository):
    assert origin(repository, {}).repository == "git+local"


def test_in_a_workflow_the_forge_says(repository):
    env = {
        "GITHUB_SERVER_URL": "https://forge.example",
        "GITHUB_REPOSITORY": "acme/ml",
        "GITHUB_WORKFLOW_REF": "acme/ml/.github/workflows/release.yml@refs/heads/main",
        "GITHUB_RUN_ID": "7",
    }
    found = origin(repository, env)
    assert found.builder == "https://forge.example/acme/ml/.github/workflows/release.yml"
    assert found.repository == "git+https://forge.example/acme/ml"
