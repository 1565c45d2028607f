"""Messages and exit codes."""

import pytest

from wardround import errors


def test_a_message_says_what_where_wanted_found_next() -> None:
    error = errors.UsageError(
        "the key is unknown", where="params.yaml: a.b", wanted="one of c", found="b", next="rename it"
    )
    assert str(error).splitlines() == [
        "the key is unknown",
        "  where:  params.yaml: a.b",
        "  wanted: one of c",
        "  found:  b",
        "  next:   rename it",
    ]


def test_several_problems_are_told_together() -> None:
    error = errors.UsageError("first", problems=[errors.Problem("second"), errors.Problem("third")])
    assert str(error).splitlines() == ["first", "second", "third"]
    assert len(error.problems) == 3


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.UsageError, 2),
        (errors.EnvironmentFailure, 3),
        (errors.ContractViolation, 10),
        (errors.GateRefusal, 11),
        (errors.GovernanceFinding, 13),
        (errors.WardroundError, 1),
    ],
)
def test_exit_codes(kind: type[errors.WardroundError], code: int) -> None:
    assert int(kind("x").exit_code) == code


def test_a_missing_extra_says_how_to_install_it() -> None:
    error = errors.MissingExtra("dask", "distributed")
    assert "wardround[dask]" in str(error)
    assert error.exit_code == 3
