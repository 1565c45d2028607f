"""The list of parts (CycloneDX): what is installed where the service runs, the model and the data it was made from. No time, no chance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.errors import GateRefusal, MissingExtra
from wardround.files import canonical_json
from wardround.release import packages
from wardround.revision.packages import normalised

if TYPE_CHECKING:
    from cyclonedx.model.component import Component

#: Prints what is installed, beside the service.
LISTING = Path(__file__).with_name("parts_client.py")
#: Comes with Python itself; not of the service.
_OF_PYTHON = ("pip", "setuptools", "wheel")


@dataclass(frozen=True)
class SbomRequest:
    """What the list is made from.

    ``listed`` is what :data:`LISTING` printed; ``requirements`` what was to be installed; ``whole``: the listing is an image's, all of it
    counts; otherwise it is of an environment that holds more than the service. ``model`` and ``data`` are digests.
    """

    name: str
    version: str
    listed: Mapping[str, Any]
    requirements: Sequence[str]
    whole: bool
    model: str
    data: str


def make(request: SbomRequest) -> bytes:
    """The list as CycloneDX JSON, canonical. :class:`GateRefusal` when what is installed is not what was to be installed."""
    try:
        from cyclonedx.model.bom import Bom
        from cyclonedx.model.component import ComponentType
        from cyclonedx.output.json import JsonV1Dot6
    except ImportError as error:
        raise MissingExtra("serve", "cyclonedx-bom") from error

    bom = Bom()
    bom.metadata.component = _component(ComponentType.APPLICATION, request.name, request.version, "service")
    for part in _python_parts(request):
        bom.components.add(part)
    if request.whole:
        for part in _debian_parts(request.listed):
            bom.components.add(part)
    model = _component(ComponentType.MACHINE_LEARNING_MODEL, f"{request.name}-model", request.version, "model")
    _with_digest(model, request.model)
    bom.components.add(model)
    data = _component(ComponentType.DATA, f"{request.name}-snapshot", "", "snapshot")
    data.description = f"the snapshot that the model was trained on; {request.data} in dvc.lock"
    bom.components.add(data)
    bom.register_dependency(bom.metadata.component, list(bom.components))
    plain: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    plain.pop("serialNumber", None)
    plain["metadata"].pop("timestamp", None)
    return canonical_json(plain)


def _python_parts(request: SbomRequest) -> list[Component]:
    from cyclonedx.model.component import ComponentType
    from packageurl import PackageURL

    there = {normalised(item["name"]): item for item in request.listed["python"]}
    wanted = {packages.name_of(line) for line in request.requirements}
    named = {name for name in there if name in wanted or name == "wardround"}
    if request.whole:
        named = set(there)
        strange = named - wanted - {"wardround", *_OF_PYTHON}
        others = [name for name in named & wanted if there[name]["version"] not in _versions(request, name)]
        if strange or others:
            raise GateRefusal(
                "what is installed in the image is not what the lock names",
                found=", ".join(sorted((*strange, *others)))[:400],
                wanted="the packages of requirements.txt in the Bento, and no others",
                next="build it on a base image that has Python alone",
            )
    found = []
    for name in sorted(named):
        item = there[name]
        part = _component(ComponentType.LIBRARY, name, item["version"], f"pypi:{name}")
        part.purl = PackageURL("pypi", None, name, item["version"])
        if item["licence"]:
            part.licenses.add(_licence(item["licence"]))
        found.append(part)
    return found


def _versions(request: SbomRequest, name: str) -> set[str]:
    """The versions that the requirements allow of a package: one for each marker."""
    return {packages.version_of(line) for line in request.requirements if packages.name_of(line) == name}


def _debian_parts(listed: Mapping[str, Any]) -> list[Component]:
    from cyclonedx.model.component import ComponentType
    from packageurl import PackageURL

    found = []
    for item in sorted(listed["debian"], key=lambda one: str(one["package"])):
        part = _component(ComponentType.LIBRARY, item["package"], item["version"], f"deb:{item['package']}")
        qualifiers = {"arch": item["architecture"], **({"distro": listed["distro"]} if listed["distro"] else {})}
        part.purl = PackageURL("deb", "debian", item["package"], item["version"], qualifiers)
        found.append(part)
    return found


def _component(kind: Any, name: str, version: str, reference: str) -> Component:
    from cyclonedx.model.component import Component

    return Component(type=kind, name=name, version=version or None, bom_ref=reference)


def _with_digest(part: Component, digest: str) -> None:
    from cyclonedx.model import HashAlgorithm, HashType

    part.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=digest.removeprefix("sha256:")))


def _licence(text: str) -> Any:
    from cyclonedx.model.license import DisjunctiveLicense

    return DisjunctiveLicense(name=text)
