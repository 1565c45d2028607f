"""PROV-JSON (the W3C member submission): things are entities, people agents; each link says how far it was verified."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from wardround.files import canonical_json
from wardround.report.lineage.forms import PRODUCER

if TYPE_CHECKING:
    from wardround.ledger.lineage import Lineage, Node


def document(lineage: Lineage) -> str:
    """The whole document."""
    made: dict[str, dict[str, Any]] = {
        "prefix": {"wr": f"{PRODUCER}/lineage#"},
        "entity": {},
        "agent": {},
        "wasDerivedFrom": {},
        "wasAttributedTo": {},
    }
    for node in lineage.nodes.values():
        kind = "agent" if node.kind == "person" else "entity"
        made[kind][_name(node)] = _attributes(node)
    for number, link in enumerate(lineage.links, 1):
        source, target = lineage.nodes[link.source], lineage.nodes[link.target]
        said = {"wr:says": link.says, "wr:proof": link.proof.value, "wr:how": link.how}
        if target.kind == "person":
            pair = {"prov:entity": _name(source), "prov:agent": _name(target)}
            made["wasAttributedTo"][f"_:a{number}"] = {**pair, **said}
        else:
            pair = {"prov:generatedEntity": _name(source), "prov:usedEntity": _name(target)}
            made["wasDerivedFrom"][f"_:d{number}"] = {**pair, **said}
    return canonical_json({key: value for key, value in made.items() if value}).decode()


def _name(node: Node) -> str:
    """A qualified name that every reader takes: an id has characters that only some do."""
    return f"wr:{node.kind}-{sha256(node.id.encode()).hexdigest()[:16]}"


def _attributes(node: Node) -> dict[str, Any]:
    facts = {f"wr:{key.replace(' ', '_')}": value for key, value in node.facts if value}
    kind = {"$": f"wr:{node.kind}", "type": "prov:QUALIFIED_NAME"}
    return {"prov:label": node.name, "prov:type": kind, "wr:id": node.id, **facts}
