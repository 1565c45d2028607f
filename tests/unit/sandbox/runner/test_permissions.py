"""What a job's token may do."""

import pytest

from wardround.errors import UsageError
from wardround.sandbox.runner.permissions import SCOPES, of_job


def test_a_job_replaces_the_workflow():
    assert of_job({"permissions": {"contents": "write", "issues": "write"}}, {"permissions": {"actions": "read"}}) == {
        "actions": "read"
    }
    assert of_job({"permissions": {"contents": "read"}}, {}) == {"contents": "read"}


def test_empty_is_nothing_and_absent_is_the_restricted_default():
    assert of_job({"permissions": {}}, {}) == {}
    assert of_job({"permissions": {"contents": "write"}}, {"permissions": {}}) == {}
    assert of_job({}, {}) == {"contents": "read", "packages": "read"}
    assert of_job({}, {}, default="write")["contents"] == "write"


def test_all():
    assert set(of_job({"permissions": "read-all"}, {}).values()) == {"read"}
    assert set(of_job({"permissions": "write-all"}, {})) == set(SCOPES)
    assert of_job({"permissions": {"contents": "none"}}, {}) == {}


def test_a_fork_never_writes():
    assert of_job({"permissions": "write-all"}, {}, fork=True)["contents"] == "read"
    assert "id-token" not in of_job({"permissions": {"id-token": "write"}}, {}, fork=True)


@pytest.mark.parametrize("value", [{"content": "read"}, {"contents": "admin"}, "all", 3])
def test_what_is_not_known(value):
    with pytest.raises(UsageError, match="does not know"):
        of_job({"permissions": value}, {})
