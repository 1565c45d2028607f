"""Whether what answers at an address is what the stage's tag names: by what it says of itself, and by what it answers."""

from __future__ import annotations

import json
import math
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wardround.errors import EnvironmentFailure, GateRefusal, Problem, UsageError, WardroundError
from wardround.flows.promote.request import silent

if TYPE_CHECKING:
    from wardround.registry.entries import Assignment, Version
    from wardround.registry.fold import State
    from wardround.storage.place import Place

#: What ``/model`` may say of the version, each the same as in the version's record; the first three it must say.
_SAID = ("version", "commit", "model", "service", "contract", "environment", "bento")
_NEEDED = 3
#: The most that an answer may be, in bytes.
_MOST = 16 << 20
#: So many encounters are sent in one request; a service may refuse more.
_TOGETHER = 20
#: So often the address is asked who it is, project choice: behind it there may be several replicas.
TIMES = 5


@dataclass(frozen=True)
class VerifyRequest:
    """``url`` is the service's address, ``stage`` what shall run there; ``state`` the project's tags, those that count.

    ``store`` is where releases are kept: from there come the encounters whose probabilities are known. ``timeout`` is in seconds, for each
    answer. ``golden`` False: only what the service says of itself is compared.
    """

    url: str
    stage: str
    state: State
    store: Callable[[], Place]
    timeout: float = 10.0
    times: int = TIMES
    golden: bool = True
    progress: Callable[[str], None] = silent


@dataclass(frozen=True)
class VerifiedService:
    """What was proven. ``encounters`` is how many known answers were the same; 0 where none were sent, and ``note`` says why."""

    version: str
    tag: str
    said: Mapping[str, str]
    times: int
    encounters: int
    difference: float
    note: str = ""


def verify_deployed(request: VerifyRequest) -> VerifiedService:
    """Raises :class:`GateRefusal` when something else answers, :class:`EnvironmentFailure` when nothing does."""
    held = request.state.at(request.stage)
    version = request.state.version(held.version) if held is not None else None
    if held is None or version is None:
        raise GateRefusal(
            "no version is in this stage, so that nothing should answer",
            where=f"stage {request.stage}",
            next="see `wardround registry`; git fetch --tags",
        )
    said = _identity(request, held, version)
    count, difference, note = 0, 0.0, "not asked for"
    if request.golden:
        count, difference, note = _answers(request, version, said.pop("manifest"))
    said.pop("manifest", None)
    return VerifiedService(version.version, held.tag.name, said, request.times, count, difference, note)


def _identity(request: VerifyRequest, held: Assignment, version: Version) -> dict[str, str]:
    """What the service says of itself, each time it is asked."""
    wanted = {"version": version.version, **version.record.model_dump(include=set(_SAID) - {"version"})}
    wanted["stage"] = request.stage
    told: dict[str, str] = {}
    problems: dict[str, Problem] = {}
    for _ in range(request.times):
        status, answer = _ask(request, "/model")
        if status != 200 or not isinstance(answer, dict):
            raise GateRefusal(
                "what answers there is no service of Wardround's",
                where=f"{request.url}/model",
                wanted="status 200 and a JSON object",
                found=f"status {status}",
            )
        for number, key in enumerate((*_SAID, "stage")):
            if not answer.get(key) and number >= _NEEDED:
                continue
            if answer.get(key) != wanted[key]:
                problems[key] = Problem(
                    f"the service runs another {key} than {held.tag.name} says",
                    where=f"{request.url}/model: {key}",
                    wanted=str(wanted[key]),
                    found=str(answer.get(key, "nothing"))[:100],
                    next="deploy what deploy/ says, or roll back by `wardround rollback`",
                )
            else:
                told[key] = str(answer[key])
        told["manifest"] = str(answer.get("manifest", ""))
    if problems:
        raise GateRefusal(problems=problems.values())
    request.progress(f"{request.url} says {request.times} times that it is {version.version}")
    return told


def _answers(request: VerifyRequest, version: Version, manifest: str) -> tuple[int, float, str]:
    """How many known encounters it answers as its release did, the largest difference, and why none were sent if so.

    ``manifest`` is the digest of the model that the service has loaded, as it says.
    """
    try:
        release = known_of(request.store(), version)
    except WardroundError as error:
        return 0, 0.0, f"the release could not be read: {error.problems[0].what}"
    known, limit = release.encounters, release.limit
    if manifest and manifest != release.manifest:
        raise GateRefusal(
            "the service has loaded another model than was released",
            where=f"{request.url}/model: manifest",
            wanted=release.manifest,
            found=manifest[:100],
        )
    difference = 0.0
    for start in range(0, len(known), _TOGETHER):
        some = known[start : start + _TOGETHER]
        difference = max(difference, *_differences(some, _predictions(request, some)))
    if not difference <= limit:
        raise GateRefusal(
            "the service does not answer known encounters as its release did: it runs another model or other features",
            where=f"{request.url}/predict",
            wanted=f"|Δp| at most {limit:g} on {len(known)} encounters",
            found=f"{difference:.3g}",
        )
    request.progress(f"{len(known)} known encounters have the release's probabilities")
    return len(known), difference, ""


def _predictions(request: VerifyRequest, known: Sequence[Mapping[str, Any]]) -> list[Any]:
    body = {"encounters": [{"encounter": item["encounter"], "history": item["history"]} for item in known]}
    status, answer = _ask(request, "/predict", body)
    given = answer.get("predictions") if isinstance(answer, dict) else None
    if status == 200 and isinstance(given, list) and len(given) == len(known):
        return given
    if status == 503:
        raise EnvironmentFailure(
            "the service cannot take requests now", where=f"{request.url}/predict", found="status 503"
        )
    raise GateRefusal(
        "the service does not answer encounters that its release answered",
        where=f"{request.url}/predict",
        wanted=f"status 200 and {len(known)} predictions",
        found=f"status {status}",
    )


def _differences(known: Sequence[Mapping[str, Any]], given: Sequence[Any]) -> Iterator[float]:
    for item, said in zip(known, given, strict=True):
        probability: Any = said.get("probability") if isinstance(said, dict) else None
        is_number = isinstance(probability, float | int) and not isinstance(probability, bool)
        # no number is as far away as can be; and the largest of a number and a NaN may be the number
        fits = is_number and math.isfinite(probability)
        yield abs(float(probability) - float(item["probability"])) if fits else 1.0


@dataclass(frozen=True)
class Known:
    """What a release knows: encounters with their probabilities, how far another may be from them, and its model's manifest's digest."""

    encounters: list[dict[str, Any]]
    limit: float
    manifest: str


def known_of(store: Place, version: Version) -> Known:
    """What a release knows, read from the store. Everything is compared with the version's record."""
    from wardround.evidence.base import read
    from wardround.evidence.smoke import SmokeEvidence
    from wardround.files import sha256_file
    from wardround.flows.release import keeping
    from wardround.release import content
    from wardround.release.bento import SRC

    with tempfile.TemporaryDirectory(prefix="wardround-golden-") as scratch:
        place = Path(scratch)
        for file in ("bento.tar", "smoke.json"):
            if not keeping.fetch(store, file, version.record, place / file):
                raise EnvironmentFailure(f"the storage lacks {file} of {version.version}", where=store.path)
        content.unpack(place / "bento.tar", place / "bento", version.record.bento)
        smoke = read(SmokeEvidence, place / "smoke.json")
        if smoke.value is None or sha256_file(place / "smoke.json") != version.record.smoke:
            raise EnvironmentFailure("the smoke evidence is not the version's", where=f"{version.version}/smoke.json")
        model = place / "bento" / SRC / "models" / "model"
        found = json.loads((model / "golden.json").read_bytes())
        return Known(list(found["encounters"]), smoke.value.limit, sha256_file(model / "manifest.json"))


def _ask(request: VerifyRequest, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON of one request, on a connection of its own; None where the answer is no JSON."""
    url = address(request.url) + path
    data = None if body is None else json.dumps(body).encode()
    # the header tells the prediction log that nobody was treated by this answer
    headers = {"Content-Type": "application/json", "Wardround-Probe": "verify-deployed", "Connection": "close"}
    try:
        asked = urllib.request.Request(url, data, headers)  # noqa: S310 - checked in address
        with urllib.request.urlopen(asked, timeout=request.timeout) as answer:  # noqa: S310 - as above
            status, content = answer.status, answer.read(_MOST)
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read(_MOST)
    except (OSError, ValueError) as error:
        raise EnvironmentFailure(
            "the service does not answer",
            where=url,
            found=str(getattr(error, "reason", "") or type(error).__name__)[:200],
            next="is it running, and may this machine reach it?",
        ) from error
    try:
        return status, json.loads(content)
    except (ValueError, RecursionError):
        return status, None


def address(url: str) -> str:
    """The address without a final slash; :class:`UsageError` for anything but HTTP."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise UsageError(
            "this is no address of a service", wanted="http://HOST:PORT or https://HOST", found=repr(url[:100])
        )
    return url.rstrip("/")
