"""`python tests/docs/refresh.py PAGE …` runs a page and puts what the commands print in place of what it no longer matches.

Read the difference before you commit it: the tests then hold the page to it. `start=reviewed` is made afresh.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from console import Command, Session, masked, matches, page

ROOT = Path(__file__).resolve().parents[2]


def refresh(path: Path, desk: Path, home: Path) -> None:
    """Rewrites one page. Stops at the first step that does not end as the page says."""
    read = page(path)
    assert read is not None, f"{path} takes no part"
    session, lines, moved = Session(desk, home), path.read_text(encoding="utf-8").splitlines(), 0
    if read.options.get("start") == "reviewed":
        for command in ("wardround init readmission", "cd readmission && wardround review --quiet"):
            session.run(command)
        session.run("cd readmission && git add dvc.lock && git commit -qm 'First version' && dvc push -q")
    if name := read.options.get("data"):
        (desk / Path(name).name).symlink_to(ROOT.parent / "shared" / "data" / name)
    for step in read.steps:
        before = len(session.said)
        wrong = session.do(step)
        if not wrong:
            continue
        assert isinstance(step, Command), wrong
        assert "ended with" not in wrong, wrong
        printed = session.said[before].replace(str(desk), "/projects").splitlines()
        assert step.shown, wrong
        start = step.line + moved
        lines[start : start + len(step.shown)] = printed
        moved += len(printed) - len(step.shown)
        assert matches(tuple(printed), printed), masked("\n".join(printed))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as place:
            for inner in ("desk", "home"):
                (Path(place) / inner).mkdir()
            refresh(Path(name).resolve(), Path(place) / "desk", Path(place) / "home")
