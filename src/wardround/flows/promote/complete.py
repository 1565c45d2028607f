"""What a merge of ``deploy/`` starts: each change that has no tag yet is checked, tagged and shown as a deployment, in order.

Killed anywhere and run again, it ends with one tag and one deployment a change. Two runs at once end the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.deploy.stage_file import path_of
from wardround.errors import Problem, UsageError
from wardround.flows.ledger import registering as recording
from wardround.flows.promote import checking
from wardround.flows.promote.approving import Reviewed, everybody
from wardround.flows.promote.completion import Completed, CompleteRequest, Completion, Stage
from wardround.flows.promote.counting import Main, counted, foreign
from wardround.flows.promote.history import MainLine
from wardround.flows.promote.mark import Glass
from wardround.flows.promote.recording import Deploying, deploy, environment_of
from wardround.flows.promote.tagging import Merged, assign
from wardround.flows.promote.vouching import Vouching, Wanted, did
from wardround.project.params import parse as parse_params
from wardround.registry.fold import fold
from wardround.registry.record import StageRecord
from wardround.registry.writing import NewStage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wardround.deploy.stage_file import StageFile
    from wardround.project.params import Params
    from wardround.registry.entries import Assignment


def complete(request: CompleteRequest) -> Completion:
    """Brings the tags up to what is merged. Raises :class:`UsageError` for a checkout that is not the default branch."""
    work = _Work(request)
    changes: list[Completed] = []
    stages = work.stages()
    wrong = work.wrong(stages)
    for stage in stages:
        work.show(stage)
        changes += [work.change(stage, commit) for commit in stage.pending]
    return Completion(tuple(changes), work.state, work.glass(stages), wrong)


class _Work:
    """One run for one project."""

    def __init__(self, request: CompleteRequest) -> None:
        from wardround.revision.git import Git

        self.request = request
        self.git = Git(request.root)
        self.main = Main(self.git, MainLine(self.git.root, request.head))
        self.name = request.name
        self._known: dict[bytes, Params] = {}
        self._merged_only()
        named = self._params(request.head).stages.taggers and self._taggers(self._params(request.head))
        self.state = counted(fold(request.place.tags(), request.name, named), self.main)

    def _merged_only(self) -> None:
        """The checkout is the default branch, or an ancestor of it: what is not merged makes no tag."""
        forge, head = self.request.forge, self.request.head
        if forge is None:
            return
        there = forge.compare(self.request.branch, head)
        if there is None or there.ahead:
            raise UsageError(
                "this checkout is not the default branch",
                where=f"commit {head[:12]}",
                wanted=f"a commit of {self.request.branch}",
                next=f"git switch {self.request.branch} && git pull",
            )

    def stages(self) -> list[Stage]:
        """The stages that have a file, those of the params first, each with its changes that have no tag yet, the oldest first."""
        names = dict.fromkeys((*self._params(self.request.head).stages.names, *self.state.stages))
        found = []
        for name in names:
            held = self.state.at(name)
            changed = self.main.line.changes_of(self.git.prefix + path_of(name))
            known = [self._place(item) for item in self.state.assignments if item.stage == name]
            newest = min(known, default=len(self.main.line.commits))
            pending = [commit for commit in reversed(changed) if self.main.line.place[commit] < newest]
            found.append(Stage(name, held.record if held else None, held.tag.name if held else "", pending))
        return found

    def _place(self, item: Assignment) -> int:
        return self.main.line.place[item.record.commit]

    def wrong(self, stages: list[Stage]) -> tuple[Problem, ...]:
        """Tags of stages without a new change that somebody made who may not, and edits of what clusters follow."""
        taggers = self._taggers(self._params(self.request.head))
        quiet = [stage for stage in stages if not stage.pending]
        held = [item for stage in quiet if (item := self.state.at(stage.name)) is not None]
        found = [problem for item in held if (problem := foreign(item, taggers)) is not None]
        for stage in stages:
            found += checking.followed(self._merged(stage, self.request.head))
        return tuple(found)

    def glass(self, stages: list[Stage]) -> Glass:
        """What was put somewhere without review: the stages as they are after this run."""
        held = {stage.tag: stage.held for stage in stages if stage.held is not None}
        every = dict.fromkeys(item.record.commit for item in self.state.assignments if item.record.break_glass)
        return Glass({tag: record.commit for tag, record in held.items() if record.break_glass}, tuple(every))

    def show(self, stage: Stage) -> None:
        """The forge and the ledger know the tag that is there: a run that was killed after making it did not come to that."""
        if stage.held is not None:
            self._deploy(stage)
            if (item := recording.told(self.state.assignments, stage.tag)) is not None:
                self._record(item)

    def change(self, stage: Stage, commit: str) -> Completed:
        """One change that has no tag; not made where it changes nothing about what runs."""
        pull = self._pull(commit)
        merged = self._merged(stage, commit)
        file, problems = checking.read_file(merged)
        if file is None and not problems:
            self.request.progress(f"{stage.name}: {commit[:12]} removes the stage's file; its tags stay as they are")
            return Completed(stage.name, "", commit, stage.tag)
        if file is None:
            return Completed(stage.name, "", commit, problems=problems)
        if stage.held is not None and not stage.held.break_glass and file.same_as(stage.held):
            return Completed(stage.name, file.version, commit, stage.tag)
        if self.request.forge is not None and pull is None:
            problems = (_no_pull(stage.name, commit),)
        wanted = merged.params.governance.wanted(stage.name)
        reviewed = self._reviewed(pull, wanted)
        given, missing = everybody(wanted, reviewed, f"{path_of(stage.name)} at {commit[:12]}")
        problems = (*problems, *checking.problems(merged, file), *missing)
        if problems:
            return Completed(stage.name, file.version, commit, problems=problems)
        heads: tuple[str, ...] = ()
        if (desk := self.request.ledger) is not None:
            if pull is not None:
                recording.approved(desk, self.name, pull, f"{file.version} into {stage.name}", given)
            ledger = desk.ledger()  # the one that was looked through is the one that the tag names
            if reviewed is not None:
                problems = Vouching(self.name, reviewed, self._wanted_by(reviewed.pull, commit)).problems(ledger)
            if problems:
                return Completed(stage.name, file.version, commit, problems=problems)
            heads = desk.lines(ledger)
        return self._tagged(stage, file, commit, pull, heads)

    def _reviewed(self, pull: int | None, wanted: Mapping[str, Sequence[str]]) -> Reviewed | None:
        """What the forge says of a pull request; None where it is not asked, or there is none."""
        forge = self.request.forge
        if forge is None or pull is None or (not wanted and self.request.ledger is None):
            return None
        if (found := forge.pull(pull)) is None:
            return None
        return Reviewed(found.number, found.head_sha, forge.reviews(pull), forge.authors_of_pull(pull))

    def _wanted_by(self, pull: int, commit: str) -> Wanted:
        """The roles that what a pull request did needed, by the params from before each change; ``commit`` is one of it."""

        def wanted(what: str) -> Mapping[str, Sequence[str]] | None:
            change = did(self.main, self._pull, what, pull, commit)
            if change is None:
                return None
            return self._params(self.main.line.parent(change)).governance.wanted(what.partition(" into ")[2])

        return wanted

    def _record(self, item: Assignment) -> None:
        if self.request.ledger is not None:
            recording.assigned(self.request.ledger, self.name, item)

    def _tagged(
        self, stage: Stage, file: StageFile, commit: str, pull: int | None, heads: tuple[str, ...]
    ) -> Completed:
        version = self.state.version(file.version)
        assert version is not None
        record = StageRecord(
            version=file.version,
            image=file.image,
            bento=file.bento,
            decision=file.decision,
            card=file.card,
            pull=pull,
            commit=commit,
            reason=file.reason,
        )
        how = f"Pull request {pull}, merged as {commit[:12]}." if pull else f"Merged as {commit[:12]}."
        lines = (f"{self.name} {file.version} goes into {stage.name}.", how, *heads)
        older = frozenset(self.main.line.commits[self.main.line.place[commit] + 1 :])
        made = assign(self.request.place, Merged(self.name, NewStage(stage.name, record, lines), older))
        if made is None:
            self.request.progress(f"{stage.name}: {commit[:12]} was overtaken by a later tag")
            return Completed(stage.name, file.version, commit)
        stage.tag, stage.held = made.tag.name, record
        self.request.progress(f"{stage.tag}: {file.version}")
        self._deploy(stage)
        self._record(made)
        return Completed(stage.name, file.version, commit, stage.tag, made=True)

    def _deploy(self, stage: Stage) -> None:
        if self.request.forge is None or stage.held is None:
            return
        environment = environment_of(self.name, stage.name, self.git.prefix)
        deploy(
            self.request.forge,
            Deploying(self.name, stage.name, stage.tag, stage.held, environment, self.request.page),
        )

    def _merged(self, stage: Stage, commit: str) -> checking.Merged:
        params = self._params(self.main.line.parent(commit))
        return checking.Merged(
            self.main,
            self.state,
            self.name,
            stage.name,
            commit,
            params,
            self._taggers(params),
            self.request.now,
            self.request.attestor,
        )

    def _params(self, commit: str) -> Params:
        content = self.git.file(commit, "params.yaml")
        if content is None:
            raise UsageError("there is no params.yaml", where=f"{self.git.prefix}params.yaml at {commit[:12]}")
        if content not in self._known:
            self._known[content] = parse_params(content.decode("utf-8", "replace"), f"params.yaml at {commit[:12]}")
        return self._known[content]

    def _taggers(self, params: Params) -> tuple[str, ...]:
        """Who may make tags: those whom the params name and whoever this run acts as; without a forge those named, if any."""
        forge = self.request.forge
        return (*params.stages.taggers, *((forge.author(),) if forge is not None else ()))

    def _pull(self, commit: str) -> int | None:
        """The pull request that brought the commit to the default branch."""
        if self.request.forge is None:
            return None
        pulls = self.request.forge.pulls_of_commit(commit)
        merged = [pull.number for pull in pulls if pull.merged and pull.base_branch == self.request.branch]
        return max(merged, default=None)


def _no_pull(stage: str, commit: str) -> Problem:
    return Problem(
        "no pull request brought this change: it was pushed to the default branch",
        where=f"{path_of(stage)} at {commit[:12]}",
        wanted="a merged pull request, approved by the clinical owner",
        next="take the push back, and run `wardround promote`; see who may bypass the ruleset",
    )
