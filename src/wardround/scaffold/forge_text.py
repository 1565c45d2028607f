"""What a project's repository tells the forge: workflows, their scripts, owners, rulesets. The root project's own files, adapted."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from wardround.scaffold import template
from wardround.storage.identity import CLOUD, CLOUDS

if TYPE_CHECKING:
    from wardround.project.forge_section import ForgeSection

#: Rulesets that every repository has as they are: of the tags, and of the branches of records.
RULESETS = (".github/rulesets/tags.json", ".github/rulesets/records.json")
#: Files that every repository has as they are. The rest of ``.github/`` is adapted below.
SAME = (".github/scripts/scope.py", ".github/scripts/light.py", ".github/dependabot.yml", *RULESETS)
WORKFLOWS = (
    ".github/workflows/review.yml",
    ".github/workflows/asked.yml",
    ".github/workflows/publish.yml",
    ".github/workflows/release.yml",
    ".github/workflows/promote.yml",
    ".github/workflows/monitor.yml",
)
RULESET = ".github/rulesets/main.json"
CODEOWNERS = ".github/CODEOWNERS"
_RUNNER = re.compile(r"^(?P<indent> *)runs-on: .* (?P<mark># params: forge\.runner)$", re.MULTILINE)
#: Steps that only a checkout of Wardround itself needs: every line of them is marked.
_ROOT_ONLY = re.compile(r"^.* # root only\n", re.MULTILINE)
#: What is merged starts a release and a promotion: pushes to the branch that changes go into, whatever it is called.
_MERGED = re.compile(r"^(?P<key> *branches: )\[main\]$", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
#: A job has one environment: the data's, where there is one, in the place of the one with the App's key.
_UNLESS = re.compile(r"^.* # unless params: forge\.environment\n", re.MULTILINE)
#: The permissions of a job that may read the data.
_GRANTS = re.compile(
    r"(?P<head># params: forge\.runner\n(?:(?! {2}\S).*\n)*?(?P<indent> +)permissions:\n)(?P<lines>(?:(?P=indent) {2}.*\n)+)"
)
_IDENTITY = "id-token: write # to reach the data by identity (params: forge.identity)"

_OWNERS = """# Who must agree. Put your own people or teams here; the last matching line counts.
*                       @{owner}

# What judges others: rules and limits, the contract, what may be published, and who is asked.
/.github/               @{owner}
params.yaml             @{owner}
/governance/            @{owner}
contract.py             @{owner}
/requirements.lock      @{owner}

# What runs where: a change of deploy/ is a promotion or a rollback, and the clinical owner answers for it.
deploy/                 @{owner}
"""


def workflow_text(name: str, forge: ForgeSection) -> str:
    """A workflow for these settings: the runner that may read the data, and the environment that guards the credentials."""
    labels = forge.runner[0] if len(forge.runner) == 1 else f"[{', '.join(forge.runner)}]"

    def place(match: re.Match[str]) -> str:
        indent = match["indent"]
        lines = [f"{indent}runs-on: {labels} {match['mark']}"]
        if forge.environment:
            lines.append(f"{indent}environment: # params: forge.environment")
            lines.append(f"{indent}  name: {forge.environment}")
            lines.append(f"{indent}  deployment: false")
        if forge.identity:
            cloud = CLOUDS[forge.identity]
            lines.append(f"{indent}env: # params: forge.identity")
            lines.append(f"{indent}  {CLOUD}: {forge.identity}")
            lines += [f"{indent}  {told}: ${{{{ vars.{told} }}}}" for told in (*cloud.needs, *cloud.takes)]
        return "\n".join(lines)

    text = _ROOT_ONLY.sub("", template.read(name))
    text = _RUNNER.sub(place, _UNLESS.sub("", text) if forge.environment else text)
    return _GRANTS.sub(_granted, text) if forge.identity else text


def _granted(job: re.Match[str]) -> str:
    """A job's permissions with that for an identity, where it is not there."""
    lines = job["lines"].splitlines(keepends=True)
    if not any("id-token:" in line for line in lines):
        lines = sorted([*lines, f"{job['indent']}  {_IDENTITY}\n"])
    return job["head"] + "".join(lines)


def on_branch(text: str, base: str) -> str:
    """A workflow's text for pushes to another branch than ``main``. ``base`` is ``review.base``: a branch, or origin's."""
    branch = base.removeprefix("origin/")
    named = branch if _PLAIN.fullmatch(branch) else json.dumps(branch)
    return _MERGED.sub(lambda match: f"{match['key']}[{named}]", text)


def ruleset_text(projects: tuple[str, ...]) -> str:
    """The default branch's ruleset: one required status for each project."""
    ruleset = json.loads(template.read(RULESET))
    for rule in ruleset["rules"]:
        if rule["type"] == "required_status_checks":
            (one,) = rule["parameters"]["required_status_checks"]
            rule["parameters"]["required_status_checks"] = [
                {**one, "context": f"wardround/{project}"} for project in projects
            ]
    return json.dumps(ruleset, indent=2) + "\n"


def forge_files(project: str, forge: ForgeSection, owner: str = "OWNER") -> dict[str, str]:
    """Every file below ``.github/`` of a new repository with one project: path -> text."""
    return {
        **{name: template.read(name) for name in SAME},
        **{name: workflow_text(name, forge) for name in WORKFLOWS},
        RULESET: ruleset_text((project,)),
        CODEOWNERS: _OWNERS.format(owner=owner),
    }
