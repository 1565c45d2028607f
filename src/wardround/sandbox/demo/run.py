"""The demonstration from beginning to end: a project, a forge, three pull requests, what became of each, and of what was merged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure
from wardround.files import write_bytes, write_text
from wardround.flows.demo import ANSWER
from wardround.flows.initialise import InitRequest, initialise
from wardround.project.layout import Project
from wardround.sandbox.demo import bedside, forgery, traffic, watching
from wardround.sandbox.demo.workshop import Workshop

if TYPE_CHECKING:
    from wardround.flows.publication import Publication
    from wardround.sandbox.demo.bedside import Bedside
    from wardround.sandbox.demo.watching import Watching
    from wardround.sandbox.runner import Runner
    from wardround.sandbox.server import Sandbox

OWNER, NAME = "hospital", "readmission"
REPOSITORY = f"{OWNER}/{NAME}"
CONTEXT = f"wardround/{NAME}"
_RULESETS = (".github/rulesets/main.json", ".github/rulesets/records.json")
#: Seconds that all workflows may take; minutes on two idle cores.
_PATIENCE = 3600.0
#: What the good branch changes: fewer, larger leaves, which costs almost no discrimination.
GOOD = ("max_leaf_nodes: 15", "max_leaf_nodes: 12")


@dataclass(frozen=True)
class PullShown:
    """One pull request of the demonstration. ``as_promised``: its status, comments and tokens are what they must be."""

    title: str
    number: int
    url: str
    state: str
    description: str
    as_promised: bool


@dataclass(frozen=True)
class Demo:
    """Where everything is, and how the pull requests came out."""

    directory: Path
    url: str
    first: str
    pulls: tuple[PullShown, ...]
    bedside: Bedside | None = None
    watching: Watching | None = None

    @property
    def good(self) -> bool:
        """Whether everything came out as promised."""
        pulls = self.first == "pass" and bool(self.pulls) and all(pull.as_promised for pull in self.pulls)
        return pulls and not any(part.broken for part in (self.bedside, self.watching) if part is not None)


@dataclass(frozen=True)
class Stage:
    """The running forge, and what happens on it. ``bedside`` False: it ends with the pull requests. ``engine``: what builds images."""

    sandbox: Sandbox
    runner: Runner
    place: Path
    say: Callable[[str], None]
    bedside: bool = True
    engine: str = "none"
    wheelhouse: Path | None = None


def demonstrate(stage: Stage) -> Demo:
    """Builds everything below ``stage.place`` and plays the three pull requests. Offline; nothing outside is touched."""
    say = stage.say
    root = stage.place / NAME
    say(f"$ wardround init {NAME} --storage {stage.place / 'storage'}")
    initialise(InitRequest(root, storage=str(stage.place / "storage")))
    tokens = {login: stage.sandbox.create_user(login) for login in (OWNER, "ada", "clara", "eve")}
    named = {"GITHUB_REPOSITORY": REPOSITORY, "GITHUB_API_URL": stage.sandbox.api_url, "WARDROUND_TOKEN": tokens["ada"]}
    ada = Workshop(root, "ada", tokens["ada"], say, named)
    if stage.wheelhouse is not None:
        _use_wheels(root, stage.wheelhouse)
    ward = stage.place / "ward"
    traffic.use_warehouse(ada, ward)
    pem = _signing_key(stage, root)
    verdict, publication = _first_version(ada, say)
    _host(stage, ada, pem)
    traffic.host(stage.sandbox, REPOSITORY, ward)
    scene = bedside.Scene(stage.sandbox, stage.runner, ada, "clara", tokens["clara"], REPOSITORY, NAME, say)
    if stage.bedside:
        bedside.first_release(scene)
    good = _good_change(stage, ada)
    bad = _leaking_change(stage, ada)
    eve = _lying_fork(stage, tokens["eve"], publication)
    say("$ # the forge runs the workflows of all three: review (untrusted), then publish (trusted)")
    stage.runner.idle(_PATIENCE)
    shown = (
        _shown(stage, good, "success"),
        _shown(stage, bad, "failure"),
        _shown(stage, eve, "failure"),
    )
    if not (stage.bedside and shown[0].as_promised):
        return Demo(root, stage.sandbox.url, verdict, shown)
    held = bedside.play(scene, good)
    return Demo(root, stage.sandbox.url, verdict, shown, held, None if held.broken else watching.play(scene, ward))


def _signing_key(stage: Stage, root: Path) -> str:
    """The key that releases are signed with: its public half into the repository. The private one, as PEM, becomes a secret of the forge."""
    from wardround.release import signing

    stage.say(f"$ wardround release --public-key > {signing.TRUSTED}")
    path = stage.place / "release.key"
    key = signing.key_of(path, make=True)
    write_bytes(root / signing.TRUSTED, signing.public_pem(key))
    return path.read_text(encoding="ascii")


def _use_wheels(root: Path, wheelhouse: Path) -> None:
    params = root / "params.yaml"
    write_text(params, f"{params.read_text(encoding='utf-8')}\nrelease:\n  wheelhouse: {json.dumps(str(wheelhouse))}\n")


def _first_version(ada: Workshop, say: Callable[[str], None]) -> tuple[str, Publication]:
    """The first version, reviewed as a draft, committed, its objects in the storage."""
    from wardround.flows.publication import publication_of
    from wardround.flows.review.request import ReviewRequest
    from wardround.flows.review.run import review

    say("$ wardround review          # the first version ever: absolute limits decide")
    result = review(ReviewRequest(Project(ada.root), progress=say))
    for line in ("", *result.summary, ""):
        say(f"{ANSWER}{line}")
    say("$ git commit -am 'First version' && dvc push")
    ada.commit("First version")
    ada.dvc("push", "--quiet")
    return result.decision.verdict.value, publication_of(result)


def _host(stage: Stage, ada: Workshop, pem: str) -> None:
    """The repository on the forge: from the checkout, with its own rulesets of branches, and who may write."""
    from wardround.release.signing import SECRET
    from wardround.sandbox.model import Repository, Ruleset, Secret, Variable

    world = stage.sandbox.world
    stage.say(f"$ wardround sandbox          # a forge on this machine: {stage.sandbox.url}")
    made = stage.sandbox.create_repository(OWNER, NAME, from_path=ada.root)
    stored = world.store.get(Repository, REPOSITORY, REPOSITORY) or made
    world.store.put(replace(stored, writers=("ada", "clara")))
    rulesets = [json.loads((ada.root / path).read_text(encoding="utf-8")) for path in _RULESETS]
    with world.store.transaction():
        # this interpreter's environment is the locked one: nothing is to be installed
        world.store.put(Variable(REPOSITORY, "WARDROUND_PREINSTALLED", "true"))
        world.store.put(Variable(REPOSITORY, "WARDROUND_ENGINE", stage.engine))
        world.store.put(Secret(REPOSITORY, SECRET, pem))
        for given in rulesets:
            kept = {key: given[key] for key in ("name", "enforcement", "target", "conditions")}
            world.store.put(Ruleset(world.store.next_id(), REPOSITORY, **kept, rules=tuple(given["rules"])))
    ada.git("remote", "add", "origin", f"{stage.sandbox.url}/{REPOSITORY}.git")
    ada.git("fetch", "--quiet", "origin")


def _good_change(stage: Stage, ada: Workshop) -> int:
    stage.say("$ git switch -c fewer-leaves  # one line of params.yaml; dvc repro; git commit; dvc push; git push")
    ada.branch("fewer-leaves")
    ada.edit("params.yaml", *GOOD)
    ada.dvc("repro", "--quiet")
    ada.commit("Fewer, larger leaves")
    ada.dvc("push", "--quiet")
    ada.push("fewer-leaves")
    return _open(stage, "Fewer, larger leaves", REPOSITORY, "fewer-leaves", "ada")


def _leaking_change(stage: Stage, ada: Workshop) -> int:
    from wardround.flows.faults import leaking_feature

    stage.say("$ git switch -c next-stay main  # a feature that looks at what comes after")
    ada.branch("next-stay")
    leaking_feature(Project(ada.root), seed=1)
    ada.commit("How soon the next stay begins")
    ada.push("next-stay")
    ada.git("switch", "--quiet", "main")
    return _open(stage, "A feature that sees the future", REPOSITORY, "next-stay", "ada")


def _lying_fork(stage: Stage, token: str, publication: Publication) -> int:
    stage.say("# eve forks the repository; her branch forges its evidence, a comment and a status")
    fork = stage.sandbox.fork(REPOSITORY, by="eve")
    place = stage.place / "eve"
    shutil.rmtree(place, ignore_errors=True)
    eve = Workshop(stage.place, "eve", token, stage.say)
    eve.git("clone", "--quiet", f"{stage.sandbox.url}/{fork.full_name}.git", str(place))
    eve = Workshop(place, "eve", token, stage.say)
    eve.branch("improve")
    eve.edit("params.yaml", "l2_regularization: 1.0", "l2_regularization: 0.0")
    forgery.plant(place, publication)
    eve.commit("A better model, trust me")
    eve.push("improve")
    return _open(stage, "A better model, trust me", fork.full_name, "improve", "eve")


def _open(stage: Stage, title: str, repository: str, branch: str, author: str) -> int:
    from wardround.sandbox.events import Actor
    from wardround.sandbox.operations import NewPull, open_pull

    pull = open_pull(stage.sandbox.world, NewPull(REPOSITORY, title, repository, branch, "main"), Actor(author))
    stage.say(f"    pull request {pull.number}: {stage.sandbox.url}/{REPOSITORY}/pull/{pull.number}")
    return pull.number


def _shown(stage: Stage, number: int, wanted: str) -> PullShown:
    """The pull request as the forge has it, held against what was promised."""
    from wardround.sandbox.model import Comment, Pull, Status

    store = stage.sandbox.store
    pull = store.get(Pull, REPOSITORY, number)
    if pull is None:
        raise EnvironmentFailure("the pull request is gone", where=f"{REPOSITORY}#{number}")
    statuses = [one for one in store.find(Status, REPOSITORY, sha=pull.head_sha) if one.context == CONTEXT]
    comments = store.find(Comment, REPOSITORY, number=number)
    state = statuses[-1].state if statuses else "missing"
    as_promised = (
        state == wanted
        and len(comments) == 1
        and all(one.author == "github-actions[bot]" for one in comments)
        and not any(one.state == "success" for one in statuses if wanted != "success")
    )
    return PullShown(
        pull.title,
        number,
        f"{stage.sandbox.url}/{REPOSITORY}/pull/{number}",
        state,
        statuses[-1].description if statuses else "",
        as_promised,
    )
