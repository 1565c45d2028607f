"""Which key signs, and whether the repository trusts it."""

import pytest

from wardround.errors import UsageError
from wardround.flows.release import signing_key
from wardround.release import signing


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "top" / "projects" / "one"
    root.mkdir(parents=True)
    (tmp_path / "top" / ".git").mkdir()
    return root


def _trust(project, *ids):
    path = project.parents[1] / signing.TRUSTED
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(ids))
    return path


def test_a_user_s_own_key_is_made_once_and_a_note_says_how_to_trust_it(project, tmp_path):
    env = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    found, notes = signing_key.key(project, env)
    assert (tmp_path / "config" / "wardround" / "release.key").is_file()
    assert "--public-key" in notes[0]
    assert signing_key.key(project, env)[0].id == found.id
    _trust(project, signing_key.own_public_key(env))
    assert signing_key.key(project, env)[1] == ()


def test_a_key_that_the_repository_does_not_trust_does_not_sign(project, tmp_path):
    one, other = {"HOME": str(tmp_path / "one")}, {"HOME": str(tmp_path / "other")}
    _trust(project, signing_key.own_public_key(one))
    with pytest.raises(UsageError, match="does not trust"):
        signing_key.key(project, other)
    _trust(project, signing_key.own_public_key(one), signing_key.own_public_key(other))
    assert signing_key.key(project, other)[1] == ()


def test_a_workflow_s_secret_comes_first_and_is_not_shown(project, tmp_path):
    own = tmp_path / "key"
    signing.key_of(own, make=True)
    env = {signing.SECRET: own.read_text(), "HOME": str(tmp_path / "home")}
    found, _ = signing_key.key(project, env)
    assert found.id == signing.key_of(own, make=False).id
    assert not (tmp_path / "home").exists()
    with pytest.raises(UsageError) as refused:
        signing_key.key(project, {signing.SECRET: "top secret"})
    assert "top secret" not in str(refused.value)


def test_a_file_outside_the_repository_is_not_trusted(project, tmp_path):
    path = tmp_path / signing.TRUSTED
    path.parent.mkdir()
    path.write_bytes(b"x")
    assert signing_key.public_keys_file(project) is None
