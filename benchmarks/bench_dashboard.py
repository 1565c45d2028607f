"""`wardround dashboard` of 5 models with 3 years of weekly looks (some 80 signals each): at most 5 seconds, from git to files.

No peer makes such a site from a git branch, so the limit is a time. The history is made by the same code as the tests' and lies in one commit.
"""

import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import arguments, process

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "unit" / "report" / "dashboard"))

from watched_models import files  # noqa: E402 - its directory is put on the path first

NAMES = ("readmission", "sepsis", "falls", "delirium", "no-show")
LIMIT = 5.0


def repository(place: Path, weeks: int, columns: int) -> tuple[int, int]:
    """A project with the history of five models on its branch; returns the number of entries and of bytes."""
    shutil.copytree(ROOT / "pipelines", place / "pipelines")
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, place / name)
    words = ("git", "-c", "user.name=bench", "-c", "user.email=bench@hospital.example")
    for args in (("init", "-qb", "main"), ("add", "-A"), ("commit", "-qm", "A model")):
        subprocess.run([*words, *args], cwd=place, check=True)
    found = {}
    for seed, name in enumerate(NAMES):
        found |= files(name, weeks=weeks, columns=columns, bad=seed < 2, seed=seed)
    stream = [b"commit refs/heads/wardround/history\ncommitter bench <bench@hospital.example> 0 +0000\ndata 0\n"]
    for path, content in found.items():
        stream.append(f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=place, input=b"".join(stream), check=True)
    return len(found), sum(map(len, found.values()))


if __name__ == "__main__":
    options = arguments(__doc__, runs=5, weeks=156, columns=70)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "ward"
        place.mkdir()
        entries, size = repository(place, options.weeks, options.columns)
        command = [str(Path(sys.executable).parent / "wardround"), "dashboard", "--quiet", "--out", str(place / "site")]
        process(command, place)
        seconds = [process(command, place) for _ in range(options.runs)]
        pages = sum(path.stat().st_size for path in (place / "site").iterdir())
    middle = statistics.median(seconds)
    print(f"wardround dashboard: {middle:.2f} s   (limit {LIMIT:g} s)")
    print(f"  {len(NAMES)} models, {entries} looks, {size / 1e6:.1f} MB of history, {pages / 1e6:.1f} MB of pages")
    print(
        f"  median of {options.runs} runs, {min(seconds):.2f} to {max(seconds):.2f} s; Python {platform.python_version()}, {platform.system()}"
    )
