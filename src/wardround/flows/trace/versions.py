"""A version back to its data: image, Bento, commit, decision, evidence, snapshot, source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardround.errors import WardroundError
from wardround.files import sha256_bytes
from wardround.flows.registry import pull_of
from wardround.flows.trace import recorded
from wardround.ledger.lineage import Lineage, Node, Proof
from wardround.registry.record import image_digest

if TYPE_CHECKING:
    from wardround.flows.trace.ground import Ground, Seen
    from wardround.flows.trace.objects import Kept
    from wardround.registry.entries import Version

#: Evidence of a decision that is shown: the numbers that it rests on, and what it compares.
_SHOWN = ("metrics", "comparison", "validation")
SNAPSHOT = "data/snapshot"


def version_id(ground: Ground, version: Version) -> str:
    """The version's name in a lineage."""
    return f"version:{ground.name}@{version.version}"


def back(ground: Ground, lineage: Lineage, version: Version) -> str:
    """Adds a version and all that it came from; returns its id."""
    made = _Back(ground, lineage, version)
    if made.node not in lineage.nodes:
        made.all()
    return made.node


@dataclass
class _Back:
    ground: Ground
    lineage: Lineage
    version: Version

    @property
    def node(self) -> str:
        return version_id(self.ground, self.version)

    def all(self) -> None:
        version, record = self.version, self.version.record
        moment = version.tag.moment
        self.lineage.add(
            Node(
                self.node,
                "version",
                version.tag.name,
                (
                    ("tag", version.tag.object),
                    ("made", moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else "no time"),
                    ("by", version.tag.tagger),
                    ("reason", record.reason),
                ),
            )
        )
        signed = self._signed()
        bento = self.lineage.add(Node(f"bento:{record.bento}", "bento", record.bento))
        self.lineage.link(self.node, bento, "is the Bento", self._named(signed, "bento", record.bento))
        if record.image is not None:
            digest = image_digest(record.image) or ""
            image = self.lineage.add(Node(f"image:{digest}", "image", record.image))
            self.lineage.link(self.node, image, "runs as the image", self._named(signed, "image", digest))
        commit = commit_node(self.ground, self.lineage, version.commit)
        self.lineage.link(self.node, commit, "was made from", self.ground.commit_holds(version.commit))
        recorded.version(self.ground, self.lineage, version, self.node)
        self._decision(commit)
        self._data(commit, signed)
        if number := pull_of(version):
            pull = recorded.pull(self.ground, self.lineage, number)
            self.lineage.link(commit, pull, "came by", recorded.merged(self.ground, number, version.commit))

    def _decision(self, commit: str) -> None:
        digest = self.version.record.decision
        kept = self.ground.objects.released(digest, "decision.json")
        plain = _plain(kept.content)
        facts = tuple((key, str(plain[key])) for key in ("verdict", "outcome", "judged_by") if plain.get(key))
        node = self.lineage.add(Node(f"decision:{digest}", "decision", digest, facts))
        if kept.content is None:
            self.lineage.link(self.node, node, "was decided by", _missing(kept, "its file is not on this machine"))
            return
        self.lineage.link(
            self.node, node, "was decided by", (Proof.VERIFIED, "the file has the digest that the tag names")
        )
        self.lineage.link(node, commit, "judged", self._judged(plain))
        for item in plain.get("evidence") or ():
            self._evidence(node, str(item.get("name", "")), str(item.get("digest", "")))

    def _judged(self, plain: dict[str, Any]) -> Seen:
        wanted = str(plain.get("subject_digest", ""))
        try:
            found = self.ground.subject(self.version.commit)
        except WardroundError:
            return _absent("the commit's files are not all in this clone")
        if found == wanted:
            return Proof.VERIFIED, "code, params and lock of the commit have the digest that the decision is about"
        if str(plain.get("head_commit", "")) == self.version.commit:
            return Proof.UNSEEN, "the decision names this commit; its digest of the files was made otherwise"
        return Proof.BROKEN, "the decision is about other code, params or data than the commit has"

    def _evidence(self, decision: str, name: str, digest: str) -> None:
        short = name.rpartition("/")[2].removesuffix(".json")
        if short not in _SHOWN or not digest:
            return
        node = self.lineage.add(Node(f"evidence:{short}:{digest}", "evidence", short, (("digest", digest),)))
        kept, md5 = self.ground.output(self.version.commit, f"reports/{short}.json")
        if kept.content is None:
            seen = _missing(
                kept, "its file is not in DVC's cache here" if md5 else "the commit's lock does not keep it"
            )
        elif sha256_bytes(kept.content) == digest:
            seen = (Proof.VERIFIED, "the commit's lock names the file, and it has this digest")
        else:
            seen = (Proof.UNSEEN, "the commit's lock names another file: main's own run made it anew")
        self.lineage.link(decision, node, "rests on", seen)

    def _data(self, commit: str, signed: dict[str, str] | None) -> None:
        lock = self.ground.lock(self.version.commit)
        md5 = lock.digest(SNAPSHOT) if lock is not None else ""
        if not md5:
            return
        node = snapshot_node(self.ground, self.lineage, self.version.commit, md5)
        named = (Proof.VERIFIED, "dvc.lock of the commit names it")
        if signed is not None and signed.get(SNAPSHOT) not in {None, f"md5:{md5}"}:
            named = (Proof.BROKEN, "the signed statement of the release names other data")
        elif signed is not None and SNAPSHOT in signed:
            named = (Proof.VERIFIED, "dvc.lock of the commit and the signed statement of the release name it")
        self.lineage.link(commit, node, "was trained on", named)

    def _signed(self) -> dict[str, str] | None:
        """Name -> digest, of what a trusted key has signed about this version; None where that is not here or not so."""
        from wardround.release import signing

        content = self.ground.objects.released(self.version.record.provenance, "provenance.json").content
        if content is None or self.ground.trusted is None:
            return None
        try:
            said = signing.opened(content, signing.trusted_keys(self.ground.trusted))
            given = said["predicate"]["buildDefinition"]
            named = [*said["subject"], *given["resolvedDependencies"]]
            return {str(item["name"]): f"{kind}:{value}" for item in named for kind, value in item["digest"].items()}
        except (WardroundError, KeyError, TypeError, AttributeError):
            return None

    def _named(self, signed: dict[str, str] | None, name: str, digest: str) -> Seen:
        if signed is None:
            return _absent("the tag names it; the signed statement of the release, or a trusted key, is not here")
        if signed.get(name) == digest:
            return Proof.VERIFIED, "a trusted key signed the statement that names it, and the tag names the same"
        return Proof.BROKEN, "the signed statement of the release names another"


def commit_node(ground: Ground, lineage: Lineage, commit: str) -> str:
    """Adds a commit."""
    params = ground.params(commit)
    facts = (("model", params.model.kind),) if params is not None and hasattr(params.model, "kind") else ()
    return lineage.add(Node(f"commit:{commit}", "commit", commit, facts))


def snapshot_node(ground: Ground, lineage: Lineage, commit: str, md5: str) -> str:
    """Adds a snapshot, and the source that the params of that commit read it from."""
    kept, _ = ground.output(commit, "reports/ingest.json")
    plain = _plain(kept.content)
    facts = [("dvc", f"md5:{md5}")]
    facts += [("digest", str(plain["snapshot"]))] if plain.get("snapshot") else []
    params = ground.params(commit)
    window = params.data.window if params is not None else None
    if window is not None and (window.start or window.end):
        facts.append(("window", f"{window.start or 'the beginning'} until {window.end or 'the end'}"))
    node = lineage.add(Node(f"snapshot:{md5}", "snapshot", f"md5:{md5}", tuple(facts)))
    if params is None:
        return node
    kind = params.data.source
    source = lineage.add(
        Node(
            f"source:{kind}:{params.data.path or ''}",
            "source",
            kind,
            (("path", params.data.path or "made by the generator"),),
        )
    )
    if kept.content is None:
        seen = _missing(kept, "params of the commit say so; the evidence of ingest is not in DVC's cache here")
    elif str(plain.get("source", "")).partition(":")[0] in {kind, ""} or plain.get("source") == kind:
        seen = (Proof.VERIFIED, "params of the commit, and the evidence of ingest that its lock names, say so")
    else:
        seen = (Proof.BROKEN, "the evidence of ingest names another source than the params")
    lineage.link(node, source, "was read from", seen)
    return node


def _plain(content: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(content) if content is not None else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _missing(kept: Kept, why: str) -> Seen:
    return (Proof.BROKEN, "a file of its name is here, and is another") if kept.other else (Proof.UNSEEN, why)


def _absent(why: str) -> Seen:
    return Proof.UNSEEN, why
