"""Where the pages' sessions run."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from console import Session


@pytest.fixture
def session(tmp_path: Path) -> Session:
    (tmp_path / "home").mkdir()
    (tmp_path / "desk").mkdir()
    return Session(tmp_path / "desk", tmp_path / "home")


@pytest.fixture(scope="session")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project `readmission` as the tutorial leaves main: reviewed, committed, pushed. Copied, never changed."""
    place = tmp_path_factory.mktemp("reviewed")
    (place / "home").mkdir()
    desk = place / "desk"
    desk.mkdir()
    for command in (
        "wardround init readmission",
        "cd readmission && wardround review --quiet",
        "cd readmission && git add dvc.lock && git commit --quiet --message 'First version' && dvc push --quiet",
    ):
        done = Session(desk, place / "home").run(command)
        assert done.returncode == 0, done.stdout + done.stderr
    return desk


@pytest.fixture
def on_the_desk(session: Session, request: pytest.FixtureRequest):
    """Puts there what a page begins with."""

    def put(options: dict[str, str]) -> None:
        if options.get("start") == "reviewed":
            shutil.copytree(request.getfixturevalue("reviewed"), session.directory, dirs_exist_ok=True, symlinks=True)
        if name := options.get("data"):
            source = request.getfixturevalue("shared_data") / name
            (session.directory / source.name).symlink_to(source)

    return put
