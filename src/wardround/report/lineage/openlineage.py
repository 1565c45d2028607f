"""OpenLineage 2-0-2: a run for each thing that came from others, one JSON event a line, as its file transport writes them."""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING, Any

from wardround.report.lineage.forms import PRODUCER

if TYPE_CHECKING:
    from wardround.ledger.lineage import Lineage, Link, Node

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACET = f"{PRODUCER}/blob/main/docs/explanation/lineage.md"
#: Of things whose facts have no time. An event must have one.
_UNKNOWN = "1970-01-01T00:00:00Z"
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?: UTC|Z)")


def events(lineage: Lineage) -> str:
    """All events, those of the data first. The same lineage is the same bytes."""
    made = [
        _event(lineage, node, links, kind)
        for node in reversed(lineage.nodes.values())
        if (links := lineage.back(node.id))
        for kind in ("START", "COMPLETE")  # of each run, both are asked for
    ]
    return "".join(json.dumps(event, sort_keys=True, ensure_ascii=False) + "\n" for event in made)


def _event(lineage: Lineage, node: Node, links: list[Link], kind: str) -> dict[str, Any]:
    return {
        "eventType": kind,
        "eventTime": _time(lineage, node),
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
        "run": {"runId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{PRODUCER}/run/{node.id}")), "facets": {}},
        "job": {"namespace": "wardround", "name": f"{node.kind}.{_name(node)}", "facets": {}},
        "inputs": [
            {**_dataset(lineage.nodes[link.target]), "inputFacets": {"wardround_link": _proof(link)}} for link in links
        ],
        "outputs": [_dataset(node)],
    }


def _dataset(node: Node) -> dict[str, Any]:
    facts = {"_producer": PRODUCER, "_schemaURL": _FACET, **dict(node.facts)}
    return {"namespace": "wardround", "name": node.id, "facets": {"wardround_facts": facts}}


def _proof(link: Link) -> dict[str, str]:
    return {"_producer": PRODUCER, "_schemaURL": _FACET, "says": link.says, "proof": link.proof.value, "how": link.how}


def _name(node: Node) -> str:
    return re.sub(r"[^A-Za-z0-9._#@-]+", "-", node.name)[:120]


def _time(lineage: Lineage, node: Node) -> str:
    """When the thing was made; else when the first thing that came of it was."""
    ahead, seen = [node.id], {node.id}
    while ahead:
        one = ahead.pop(0)
        for key, value in lineage.nodes[one].facts:
            match = _TIME.fullmatch(value)
            if match and key in {"made", "from", "answered", "written"}:
                return f"{match[1]}T{match[2]}Z"
        for link in lineage.on(one):
            if link.source not in seen:
                seen.add(link.source)
                ahead.append(link.source)
    return _UNKNOWN
