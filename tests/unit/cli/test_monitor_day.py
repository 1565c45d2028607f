"""What ``wardround monitor`` refuses before it looks."""

from pathlib import Path

import pytest

from wardround.cli.monitor import command
from wardround.errors import UsageError

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2999-03-11", "this day has not come"),
        ("11.03.2026", "this is no day"),
        ("0001-01-05", "no answer of that time"),
    ],
)
def test_a_day_that_has_not_come_is_no_silence(day: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        command.main(["--project", str(ROOT), "--until", day, "--quiet", "--no-history"], standalone_mode=False)
