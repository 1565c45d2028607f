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
        ("1960-01-01", "no log is so old"),
        ("0001-01-05", "no log is so old"),
    ],
)
def test_a_day_that_has_not_come_is_no_silence(day: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        command.main(["--project", str(ROOT), "--until", day, "--quiet", "--no-history"], standalone_mode=False)


def test_the_links_of_a_feed_lead_to_a_site() -> None:
    from wardround.cli.dashboard import command as dashboard

    with pytest.raises(UsageError, match="no address of a site"):
        dashboard.main(["--project", str(ROOT), "--address", "javascript:alert(1)"], standalone_mode=False)
