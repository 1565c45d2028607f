"""Generated pages are those that the code would make now."""

import subprocess
import sys
from pathlib import Path


def test_reference_pages_are_up_to_date(repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(repository / "docs" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
