"""The second half of the demonstration: what is merged becomes a version, goes into prod, answers, and is rolled back."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardround.errors import EnvironmentFailure
from wardround.flows.demo import ANSWER
from wardround.sandbox.demo import serving

if TYPE_CHECKING:
    from wardround.sandbox.demo.workshop import Workshop
    from wardround.sandbox.runner import Runner
    from wardround.sandbox.server import Sandbox

#: Seconds that all workflows may take; a few minutes on two idle cores.
_PATIENCE = 3600.0


@dataclass(frozen=True)
class Scene:
    """The running forge with the project ``name`` in ``repository``. ``ada`` develops; ``owner`` approves and merges, with ``token``."""

    sandbox: Sandbox
    runner: Runner
    ada: Workshop
    owner: str
    token: str
    repository: str
    name: str
    say: Callable[[str], None]


@dataclass(frozen=True)
class Held:
    """What a stage held after one of its pull requests, and how the service that ran there answered."""

    what: str
    pull: int
    version: str
    tag: str
    answered: str
    probability: float
    encounters: int


@dataclass(frozen=True)
class Bedside:
    """Versions with the images they have ("" for none), and what prod held, one after the other."""

    versions: dict[str, str]
    held: tuple[Held, ...]

    @property
    def broken(self) -> tuple[str, ...]:
        """What was promised and did not come true."""
        found = []
        names = list(self.versions)
        if len(names) != 2:
            return (f"two versions were to be made, and there are {len(names)}",)
        wanted = [names[0], names[1], names[0]]
        if [item.version for item in self.held] != wanted:
            found.append(f"prod was to hold {', '.join(wanted)}")
        found += [
            f"{item.tag} was to answer, and {item.answered or 'nothing'} did"
            for item in self.held
            if item.answered != item.version or not item.encounters
        ]
        if len(self.held) == 3 and self.held[0].probability != self.held[2].probability:
            found.append("after the rollback the same encounter was to get the same probability as before")
        return tuple(found)


def play(scene: Scene, merged: int) -> Bedside:
    """From the pull request ``merged``, whose status is green, to a rollback. The first version's release has been started already."""
    say = scene.say
    say(f"# {scene.owner} approves pull request {merged} and merges it; release.yml makes a version of it")
    _merge(scene, merged)
    scene.runner.idle(_PATIENCE)
    versions = _versions(scene)
    held = []
    if len(versions) == 2:
        first, second = versions
        held.append(_promoted(scene, first, "the first version"))
        held.append(_promoted(scene, second, "the better one"))
        held.append(_rolled_back(scene))
        for line in scene.ada.wardround("registry").splitlines():
            say(f"{ANSWER}{line}")
    return Bedside(versions, tuple(held))


def first_release(scene: Scene) -> None:
    """Starts release.yml for what is on main now."""
    scene.say("# release.yml runs for main: the first version")
    scene.runner.dispatch(scene.repository, "release.yml")


def _versions(scene: Scene) -> dict[str, str]:
    scene.ada.git("pull", "--quiet", "--tags", "origin", "main")
    shown = json.loads(scene.ada.wardround("registry", "--json"))
    (project,) = [item for item in shown["projects"] if item["project"] == scene.name]
    versions = sorted(project["versions"], key=lambda item: item["time"])
    for item in versions:
        scene.say(f"    {scene.name} {item['version']}: {_image(item)}")
    return {item["version"]: item["record"]["image"] or "" for item in versions}


def _image(item: dict[str, Any]) -> str:
    image = item["record"]["image"]
    return f"image {image}" if image else "a Bento without an image; the evidence says so"


def _promoted(scene: Scene, version: str, why: str) -> Held:
    for stage in ("staging", "prod"):
        words = ("promote", scene.name, version, "--stage", stage, "--reason", why)
        scene.say(f"$ wardround {' '.join(words[:-1])} '{why}'")
        said = json.loads(scene.ada.wardround(*words, "--json"))
        _accepted(scene, said["pull"])
    return _held(scene, f"promotion of {version}", said["pull"])


def _rolled_back(scene: Scene) -> Held:
    scene.say(f"$ wardround rollback {scene.name} --stage prod --reason 'the ward asked for it'")
    words = ("rollback", scene.name, "--stage", "prod", "--reason", "the ward asked for it", "--json")
    said = json.loads(scene.ada.wardround(*words))
    _accepted(scene, said["pull"])
    return _held(scene, "rollback", said["pull"])


def _accepted(scene: Scene, number: int) -> None:
    scene.say(f"    pull request {number}: {scene.sandbox.url}/{scene.repository}/pull/{number}")
    scene.runner.idle(_PATIENCE)  # its review, which the ruleset wants to be green
    _merge(scene, number)
    scene.runner.idle(_PATIENCE)  # promote.yml
    scene.ada.git("pull", "--quiet", "--tags", "origin", "main")


def _held(scene: Scene, what: str, pull: int) -> Held:
    said = json.loads(scene.ada.wardround("where", scene.name, "prod", "--json"))["ran"]
    with serving.stage(scene.ada, "prod") as address:
        answer = serving.ask(scene.ada, address, scene.say)
        proven = json.loads(scene.ada.wardround("verify-deployed", address, "--stage", "prod", "--json"))
    scene.say(
        f"    {said['tag']} answers: {proven['encounters']} known encounters, |Δp| at most {proven['difference']:.1g}"
    )
    return Held(
        what,
        pull,
        said["version"],
        said["tag"],
        answer["model_version"],
        answer["probability"],
        proven["encounters"],
    )


def _merge(scene: Scene, number: int) -> None:
    """Approves and merges as the clinical owner, over the forge's API."""
    pull = f"{scene.sandbox.api_url}/repos/{scene.repository}/pulls/{number}"
    for method, address, body in (("POST", f"{pull}/reviews", {"event": "APPROVE"}), ("PUT", f"{pull}/merge", {})):
        headers = {"Authorization": f"Bearer {scene.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(address, json.dumps(body).encode(), headers, method=method)  # noqa: S310 - the sandbox's own address
        try:
            with urllib.request.urlopen(request, timeout=60):  # noqa: S310 - as above
                pass
        except urllib.error.HTTPError as error:
            raise EnvironmentFailure(
                "the forge did not merge the pull request",
                where=f"{scene.repository}#{number}",
                found=error.read().decode("utf-8", "replace")[:300],
            ) from error
