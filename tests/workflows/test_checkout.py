"""What a job's token can fetch: this repository alone. A private fork is another repository, so that by its name nothing of it is to be had
(actions/checkout#551); by its commit it is, because the repository has the commits of all its pull requests.
"""

from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]


def test_no_other_repository_is_checked_out() -> None:
    looked = 0
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        workflow = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        for name, job in workflow["jobs"].items():
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout@"):
                    looked += 1
                    assert "repository" not in step.get("with", {}), f"{path.name}: {name}"
    assert looked > 10


def test_a_fork_is_checked_out_by_its_commit() -> None:
    workflow = YAML(typ="safe", pure=True).load((ROOT / ".github/workflows/review.yml").read_text(encoding="utf-8"))
    taken = {name: job["steps"][0]["with"] for name, job in workflow["jobs"].items()}
    assert taken["fork"] == {
        "ref": "${{ github.event.pull_request.head.sha }}",
        "fetch-depth": 0,  # the base's commits and tags too
        "persist-credentials": False,
    }
