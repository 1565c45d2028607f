"""What a scheduled run is told: GitHub's event of a schedule has no ``repository``, so that a condition on it is false every night.

The sandbox cannot show this: act fills the default branch in for every event. Reported in ossf/scorecard-action#106, docker/metadata-action#184
and github/codeql-action#1211.
"""

from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
ASKED = "github.event.repository"
ADMITTED = "github.event_name == 'schedule' ||"


def test_no_condition_stops_a_schedule() -> None:
    scheduled = []
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        workflow = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        if "schedule" not in workflow["on"]:
            continue
        scheduled.append(path.name)
        for name, job in workflow["jobs"].items():
            for part in (job, *job["steps"]):
                condition = str(part.get("if", ""))
                assert ASKED not in condition or ADMITTED in condition, f"{path.name}: {name}: {condition}"
    assert scheduled == ["monitor.yml"]
