"""The audit pack: what ran in a period, each version's lineage, the ledger, what people declared, and the hash of every file."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardround import __version__
from wardround.errors import UsageError
from wardround.files import canonical_json, sha256_bytes, write_bytes
from wardround.flows.audit.viewing import View, view_of
from wardround.flows.ledger.reading import read
from wardround.flows.trace import stages, versions
from wardround.flows.trace.ground import Ground, ground
from wardround.ledger import verify
from wardround.ledger.lineage import Lineage
from wardround.registry.entries import Version
from wardround.report.audit import page
from wardround.report.lineage.forms import rendered
from wardround.revision.branch import contents, listed

#: What people declare: these directories and files at HEAD, below the project and at the repository's top.
_DECLARED = ("governance", "params.yaml", ".github/CODEOWNERS", "CODEOWNERS")
#: A zip file has a time for each file; one that says nothing keeps the bytes the same.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class AuditRequest:
    """The project around ``directory``, from the beginning of ``first`` to the end of ``last`` (days, UTC), into the zip file ``out``."""

    directory: Path
    first: dt.date
    last: dt.date
    out: Path


@dataclass(frozen=True)
class Packed:
    """The pack. ``sound``: neither the ledger nor a link is broken, and no break-glass waits for its review. ``digest`` is the file's."""

    out: Path
    digest: str
    files: int
    versions: tuple[str, ...]
    sound: bool


def pack(request: AuditRequest) -> Packed:
    """Writes the pack. Asks nobody. Raises :class:`UsageError` when the period ends before it begins."""
    if request.last < request.first:
        raise UsageError(
            "the period ends before it begins", where="--from, --to", found=f"{request.first} to {request.last}"
        )
    here = ground(request.directory)
    files: dict[str, bytes] = {}
    found = read(here.git, history=True)
    verification = verify(found.ledger, here.anchors, found.removed)
    files["ledger.jsonl"] = b"".join(found.ledger.contents[digest] for digest in found.ledger.ordered())
    files["verification.json"] = canonical_json(
        {
            "sound": verification.sound,
            "heads": list(verification.heads),
            "doubts": [vars(doubt) for doubt in verification.doubts],
        }
    )
    files["tags.json"] = canonical_json(list(_tags(here)))
    files.update(_declared(here))
    view = View(here, request.first, request.last, verification)
    for version in view.versions:
        for name, content in _version(here, version):
            files[f"versions/{version.version}/{name}"] = content
    head = here.git.commit("HEAD")
    digests = {name: sha256_bytes(content) for name, content in sorted(files.items())}
    manifest = {
        "kind": "audit-pack",
        "schema_version": 1,
        "project": here.name,
        "from": request.first.isoformat(),
        "to": request.last.isoformat(),
        "commit": head,
        "heads": list(verification.heads),
        "made_by": f"wardround {__version__}",
        "files": digests,
    }
    shown = view_of(view, head, digests)
    files["manifest.json"] = canonical_json(manifest)
    files["index.html"] = page(shown).encode()
    content = _zipped(files)
    write_bytes(request.out, content)
    sound = (
        verification.sound and not any(one.broken for one in shown.versions) and not any(one.red for one in shown.held)
    )
    return Packed(request.out, sha256_bytes(content), len(files), tuple(item.version for item in view.versions), sound)


def _version(here: Ground, version: Version) -> Iterator[tuple[str, bytes]]:
    lineage = Lineage()
    lineage.starts.append(versions.back(here, lineage, version))
    for standing in stages.of_version(here, version):
        stages.back(here, lineage, standing)
    yield "lineage.json", rendered(lineage, "json").encode()
    yield "lineage.svg", rendered(lineage, "svg").encode()
    yield "record.json", canonical_json(version.record.model_dump())
    for file in ("params.yaml", "dvc.lock"):
        content = here.file(version.commit, file)
        if content is not None:
            yield file, content
    signed = here.objects.released(version.record.provenance, "provenance.json").content
    if signed is not None:
        yield "provenance.json", signed
    decision = here.objects.released(version.record.decision, "decision.json").content
    if decision is not None:
        yield "verdicts.json", canonical_json(_verdicts(decision))


def _verdicts(content: bytes) -> dict[str, Any]:
    """What each rule said, without what it counted and in which group: the decision itself stays where the data is."""
    plain = json.loads(content)
    wanted = (
        "project",
        "verdict",
        "outcome",
        "subject_digest",
        "head_commit",
        "base_commit",
        "anchor_commit",
        "judged_by",
    )
    return {
        "decision": sha256_bytes(content),
        **{key: plain.get(key) for key in wanted},
        "findings": [
            {"rule": item.get("rule"), "verdict": item.get("verdict")} for item in plain.get("findings") or ()
        ],
        "evidence": plain.get("evidence") or [],
    }


def _tags(here: Ground) -> Iterator[dict[str, Any]]:
    from wardround.registry import tags
    from wardround.registry.grammar import meant_for

    for tag in tags.read(here.git.root):
        if meant_for(tag.name) == here.name:
            moment = tag.moment
            yield {
                "name": tag.name,
                "object": tag.object,
                "target": tag.target,
                "tagger": tag.tagger,
                "email": tag.email,
                "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None,
                "message": tag.message,
            }


def _declared(here: Ground) -> Iterator[tuple[str, bytes]]:
    prefix = here.git.prefix
    head = here.git.commit("HEAD")
    wanted = dict.fromkeys(path for place in _DECLARED for path in (prefix + place, place))
    found = dict(entry for path in wanted for entry in listed(here.git, head, path))
    names = [(path, name) for path, name in sorted(found.items()) if "/ledger/" not in f"/{path}"]
    for (path, _), content in zip(names, contents(here.git, (name for _, name in names)), strict=True):
        yield f"declared/{path}", content


def _zipped(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files, key=lambda name: (name != "index.html", name)):
            info = zipfile.ZipInfo(name, _NO_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[name])
    return made.getvalue()
