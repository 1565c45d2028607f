"""Which versions of the log have no tag, by whatever name the log knows them."""

from types import SimpleNamespace

from wardround.flows.monitor import reference
from wardround.registry.fold import State


def test_a_version_is_found_by_its_number(monkeypatch):
    released = State("tiny", versions=(SimpleNamespace(version="v1.0.0"),))
    monkeypatch.setattr(reference, "_state", lambda _project: released)
    found = reference.untagged(None, ("tiny@v1.0.0", "v1.0.0", "tiny@v1.1.0", "local", ""))
    assert found == ("tiny@v1.1.0", "local")
