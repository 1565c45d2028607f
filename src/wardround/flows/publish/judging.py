"""Each touched project: its evidence fetched and read, the trusted facts gathered, the outcome, and its section of the comment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wardround.disclosure.reading import Trusted
from wardround.disclosure.shapes import Checked
from wardround.files import write_bytes, write_text
from wardround.flows.publication import Publication, read
from wardround.flows.publish import comment as comments
from wardround.flows.publish.artifact import Caps, take
from wardround.flows.publish.change import RULE as CHANGE
from wardround.flows.publish.change import controlled
from wardround.flows.publish.fork import of_a_fork
from wardround.flows.publish.judge import Facts, Outcome, judge
from wardround.flows.publish.render import Known, render
from wardround.flows.publish.request import PublishRequest
from wardround.flows.publish.screen import screened
from wardround.flows.publish.subject import Subject
from wardround.flows.publish.trusted import TrustedProject
from wardround.forge.errors import Refused
from wardround.forge.values import Artifact
from wardround.report import Editions

#: Names of the artifacts: this and the project's key.
ARTIFACT = "wardround-evidence-"
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Judged:
    """One project's outcome, its section, and whether the App has to commit its lock."""

    project: TrustedProject
    outcome: Outcome
    section: str
    publication: Publication | None = None
    lock: bool = False


def judge_projects(request: PublishRequest, about: Subject, touched: Sequence[TrustedProject]) -> tuple[Judged, ...]:
    """All touched projects, in their order."""
    there = artifacts_of(request)
    return tuple(_judge(request, about, project, there, len(touched)) for project in touched)


def artifacts_of(request: PublishRequest) -> dict[str, Artifact]:
    """What the run uploaded, by name; of several attempts the newest, which has the largest id."""
    return {found.name: found for found in sorted(request.forge.artifacts(request.run.id), key=lambda one: one.id)}


def _judge(
    request: PublishRequest,
    about: Subject,
    project: TrustedProject,
    there: dict[str, Artifact],
    sections: int,
) -> Judged:
    request.progress(f"judging {project.name}")
    evidence = evidence_of(request, project, there.get(ARTIFACT + project.key))
    evidence = of_a_fork(evidence) if about.fork else evidence
    outcome = judge(facts_of(request, about, project, evidence.value), evidence)
    editions, known = None, _known(request, about, project)
    if evidence.value is not None and known is not None:
        editions = render(evidence.value, known, outcome, comment=comments.room(sections)).value
    held = False
    if editions is not None:
        outcome, held = screened(project.root, outcome, editions.comment, editions.markdown)
        editions = None if held else editions
    if editions is not None:
        _keep(request, project, editions)
        section = editions.comment
    else:
        params = project.params
        title = (params.project.title if params else "") or project.name
        section = comments.plain_section(title, outcome.description, outcome.findings, comments.room(sections))
    app = project.params is not None and project.params.forge.lock == "app"
    proposed = evidence.value is not None and evidence.value.lock is not None
    waits = app and proposed and about.pull is not None and not about.fork and not held
    return Judged(project, outcome, section, evidence.value, waits)


def evidence_of(request: PublishRequest, project: TrustedProject, artifact: Artifact | None) -> Checked[Publication]:
    """The project's publication, or the reason why there is none that can be believed."""
    if project.params is None:
        return Checked(None, f"the default branch's own params cannot be read ({project.reason})")
    if artifact is None or artifact.expired:
        how = request.run.conclusion or "unknown"
        return Checked(None, f"the review run left no evidence of this project (the run ended with: {how})")
    try:
        path = request.forge.download_artifact(artifact.id, request.scratch, Caps().zipped)
    except Refused as error:
        return Checked(None, f"the artifact was not taken ({error.problems[0].what})")
    found = take(path)
    if found.value is None:
        return Checked(None, found.reason)
    return read(found.value, Trusted(min_cell=project.params.disclosure.min_cell, audited=True))


def facts_of(
    request: PublishRequest, about: Subject, project: TrustedProject, publication: Publication | None
) -> Facts:
    """What the API and the trusted checkout say about this change of this project."""
    params = project.params
    if about.base_branch != request.default_branch:
        other = "the change does not go into the default branch, whose rules judge"
        return Facts(project.name, True, about.fork, about.run.head_sha, frozenset(), could_not_check=other)
    bases = _bases(request, about, publication.base_commit if publication else "")
    anchor = ""
    if params is not None and params.review.anchor:
        anchor = _commit_of(request, params.review.anchor)
        if not anchor:
            gone = f"the anchor {params.review.anchor} is not on the forge"
            return Facts(project.name, True, about.fork, about.run.head_sha, bases, could_not_check=gone)
    change = controlled(request, about, project)
    return Facts(
        project=project.name,
        touched=True,
        fork=about.fork,
        head_sha=about.run.head_sha,
        bases=bases,
        settled=frozenset((CHANGE,)) if change.settled else frozenset(),
        notes=change.notes,
        off=frozenset(params.gate.off) if params else frozenset(),
        first=project.first,
        anchor=anchor,
    )


def _bases(request: PublishRequest, about: Subject, said: str) -> frozenset[str]:
    """Acceptable bases: the tip of the base branch, or what a merge group stands on; else what the evidence names, if it lies between the merge base and that tip."""
    forge, branch = request.forge, about.base_branch
    if said and said == (about.parent if about.pull is None else about.pull.base_sha):
        return frozenset((said,))
    if not said:
        return frozenset()
    up = forge.compare(said, branch)
    own = forge.compare(branch, about.run.head_sha)
    if up is None or own is None or up.behind or up.merge_base != said:
        return frozenset()
    if said == own.merge_base:
        return frozenset((said,))
    since = forge.compare(own.merge_base, said)
    return frozenset((said,)) if since is not None and not since.behind else frozenset()


def _commit_of(request: PublishRequest, name: str) -> str:
    """The commit that the anchor's name stands for: a SHA, else a tag, else a branch. One question where it is a tag."""
    names = (name,) if _SHA.fullmatch(name) else (f"tags/{name}", name)
    commits = (request.forge.commit(one) for one in names)
    return next((commit.sha for commit in commits if commit is not None), "")


def _known(request: PublishRequest, about: Subject, project: TrustedProject) -> Known | None:
    """What the report says by the trusted side's word; None where its own params cannot be read."""
    if project.params is None:
        return None
    section = project.params.project
    return Known(
        project=section.name,
        title=section.title,
        outcome=section.outcome,
        encounter=section.encounter,
        head_branch=about.run.head_branch,
        base_branch=about.base_branch,
        anchor=project.params.review.anchor or "",
        rules=request.rules,
    )


def _keep(request: PublishRequest, project: TrustedProject, editions: Editions) -> None:
    """The pages beside the comment, for the artifact of the publishing run."""
    if request.reports is None:
        return
    place = request.reports / project.key
    write_text(place / "review.html", editions.html)
    write_text(place / "review.md", editions.markdown)
    write_text(place / "comment.md", editions.comment)
    for name, content in editions.figures.items():
        write_bytes(place / "figures" / name, content)
