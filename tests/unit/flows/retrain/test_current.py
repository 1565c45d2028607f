"""A look is answered as if it were of today only if it is."""

import datetime as dt
from pathlib import Path

import pytest

from wardround.cli.retrain import command
from wardround.errors import ExitCode, UsageError
from wardround.evidence.monitor import MonitorEvidence, Span
from wardround.flows.retrain.current import check_day, check_identity
from wardround.project.params import from_mapping

TODAY = dt.date(2026, 3, 20)
WHOLE = Path(__file__).resolve().parents[3] / "projects" / "whole"


def params(**monitor):
    data = {"source": "synthetic", "columns": {"outcome": "y"}}
    return from_mapping({"project": {"name": "tiny"}, "data": data, "monitor": monitor})


def look(day=None, **other):
    span = Span(name="2026-03-09", start=dt.date(2026, 3, 9), end=dt.date(2026, 3, 16))
    facts = {"project": "tiny", "stage": "prod", "versions": ("v1",), "until": span.end, "windows": (span,)}
    return MonitorEvidence(**{**facts, **other}, day=day, answers=1, outcomes=1, matured=1)


@pytest.mark.parametrize(("every", "days"), [(24, (0, 1)), (168, (0, 1, 7)), (1, (0, 1))])
def test_a_look_holds_until_the_next_is_late(every, days):
    for back in days:
        check_day(look(TODAY - dt.timedelta(back)), params(every_hours=every), TODAY, None)
    with pytest.raises(UsageError, match="not of today") as caught:
        check_day(look(TODAY - dt.timedelta(max(days) + 1)), params(every_hours=every), TODAY, None)
    assert caught.value.exit_code is ExitCode.USAGE
    assert "wardround monitor" in caught.value.problems[0].next


def test_a_look_that_does_not_say_its_day_is_old():
    with pytest.raises(UsageError, match="does not say its day"):
        check_day(look(), params(), TODAY, None)


def test_another_day_is_answered_by_its_name_alone():
    then = dt.date(2026, 1, 5)
    check_day(look(then), params(), TODAY, then)
    for day in (TODAY, None):
        with pytest.raises(UsageError, match="as on another day"):
            check_day(look(day), params(), TODAY, then)


@pytest.mark.parametrize(("what", "found"), [("project", "other"), ("stage", "shadow")])
def test_a_look_at_something_else_is_not_answered(what, found):
    check_identity(look(), params())
    with pytest.raises(UsageError, match=f"another {what}"):
        check_identity(look(**{what: found}), params())


@pytest.mark.parametrize("more", [[], ["--data"]])
def test_the_command_refuses_before_it_asks_a_forge(tmp_path, more):
    """Exit code 2, whatever is asked."""
    (tmp_path / "params.yaml").write_text((WHOLE / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    look(dt.date(2026, 3, 20)).write(tmp_path / "reports" / "monitor.json")
    with pytest.raises(UsageError, match="not of today"):
        command.main(["--project", str(tmp_path), "--quiet", *more], standalone_mode=False)
    with pytest.raises(UsageError, match="as on another day"):
        command.main(["--project", str(tmp_path), "--until", "2026-03-19", "--quiet", *more], standalone_mode=False)
