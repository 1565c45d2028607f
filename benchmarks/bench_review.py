"""A review where nothing changed, against `dvc repro` with nothing to do: at most 1.5 times as long, plus the comparison.

Also shows that a changed threshold retrains nothing.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import arguments, paired, process, tell

WARDROUND = str(Path(sys.executable).parent / "wardround")
DVC = [sys.executable, "-m", "dvc"]


def quiet(*args: str, cwd: Path) -> str:
    return subprocess.run(args, cwd=cwd, check=False, capture_output=True, text=True).stdout


if __name__ == "__main__":
    options = arguments(__doc__, runs=5)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "readmission"
        process([WARDROUND, "init", str(root)])
        quiet(WARDROUND, "review", "--quiet", cwd=root)
        quiet("git", "add", "-A", cwd=root)
        quiet("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "first", cwd=root)
        quiet(*DVC, "push", "-q", cwd=root)

        def review() -> float:
            """The review's own seconds without those of the comparison."""
            total = process(
                ["sh", "-c", f"'{WARDROUND}' review --quiet > /dev/null; code=$?; [ $code = 0 ] || [ $code = 11 ]"],
                cwd=root,
            )
            steps = json.loads((root / ".dvc/tmp/wardround/run.json").read_text())["seconds"]
            # "load" is the import of the numerical libraries that compare, judge and draw
            return total - sum(steps[name] for name in ("load", "compare", "judge", "report"))

        result = paired(review, lambda: process([*DVC, "repro"], cwd=root), options.runs)
        tell(
            "review with nothing changed, without comparison, judgement and report",
            "dvc repro with nothing to do",
            "1.5",
            result,
            options.out,
        )
        params = root / "params.yaml"
        params.write_text(params.read_text().replace("thresholds: [0.2,", "thresholds: [0.25,"))
        shown = subprocess.run([WARDROUND, "review"], cwd=root, check=False, capture_output=True, text=True)
        ran = [
            line.split()[-2].rstrip(":")
            for line in (shown.stderr + shown.stdout).splitlines()
            if line.endswith(": running")
        ]
        print(f"a changed threshold ran: {', '.join(ran) or 'nothing'}")
        sys.exit("it retrained" if "train" in ran else 0)
