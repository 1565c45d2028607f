"""A lineage as text, OpenLineage, PROV and a picture: whole, in the form that the standards ask for, inert, and the same bytes twice."""

from __future__ import annotations

import json
import re
import uuid
import xml.etree.ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from wardround.ledger.lineage import Lineage, Node, Proof
from wardround.report.lineage.forms import rendered

#: The parts of OpenLineage 2-0-2 that these events use.
BASE_FACET = {"type": "object", "required": ["_producer", "_schemaURL"]}
DATASET = {
    "type": "object",
    "required": ["namespace", "name"],
    "properties": {
        "facets": {"type": "object", "additionalProperties": BASE_FACET},
        "inputFacets": {"type": "object", "additionalProperties": BASE_FACET},
    },
}
RUN_EVENT = {
    "type": "object",
    "required": ["eventTime", "producer", "schemaURL", "run", "job"],
    "properties": {
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "eventTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
        "schemaURL": {"pattern": r"^https://openlineage\.io/spec/2-0-2/OpenLineage\.json#/\$defs/RunEvent$"},
        "run": {"type": "object", "required": ["runId"]},
        "job": {"type": "object", "required": ["namespace", "name"]},
        "inputs": {"type": "array", "items": DATASET},
        "outputs": {"type": "array", "items": DATASET},
    },
}


@pytest.fixture
def lineage():
    found = Lineage()
    for name, kind, facts in (
        ("stage:s#prod#1", "stage", (("from", "2026-03-02 10:00:00 UTC"), ("until", "now"))),
        ("version:s@v1.0.0", "version", (("made", "2026-03-01 10:00:00 UTC"), ("reason", '<b>& a "quote"'))),
        ("commit:abc", "commit", ()),
        ("snapshot:m", "snapshot", ()),
        ("pull:7", "pull", ()),
        ("person:ada", "person", (("approved", "abc"),)),
    ):
        found.add(Node(name, kind, name.partition(":")[2], facts))
    found.link("stage:s#prod#1", "version:s@v1.0.0", "held", (Proof.VERIFIED, "a file"))
    found.link("version:s@v1.0.0", "commit:abc", "was made from", (Proof.VERIFIED, "its hash"))
    found.link("commit:abc", "snapshot:m", "was trained on", (Proof.BROKEN, "other data"))
    found.link("stage:s#prod#1", "pull:7", "came by", (Proof.UNSEEN, "no entry"))
    found.link("pull:7", "person:ada", "was approved by", (Proof.VERIFIED, "an entry"))
    found.starts.append("version:s@v1.0.0")
    return found


@pytest.mark.parametrize("form", ["text", "json", "openlineage", "prov", "svg"])
def test_the_same_lineage_is_the_same_bytes(lineage, form):
    assert rendered(lineage, form) == rendered(lineage, form)


def test_text_goes_both_ways_and_says_why_a_link_does_not_hold(lineage):
    said = rendered(lineage, "text")
    assert "was made from commit abc  [verified]" in said
    assert "was trained on snapshot m  [BROKEN]\n        why: other data" in said
    assert "was held by stage s#prod#1  [verified]" in said
    assert "5 links: 3 verified, 1 not checked, 1 BROKEN" in said


def test_openlineage_has_a_start_and_an_end_of_each_run(lineage):
    events = [json.loads(line) for line in rendered(lineage, "openlineage").splitlines()]
    for event in events:
        Draft202012Validator(RUN_EVENT).validate(event)
        uuid.UUID(event["run"]["runId"])
    runs = {}
    for event in events:
        runs.setdefault(event["run"]["runId"], []).append(event["eventType"])
    assert len(runs) == 4
    assert set(map(tuple, runs.values())) == {("START", "COMPLETE")}
    (version,) = [
        event
        for event in events
        if event["outputs"][0]["name"] == "version:s@v1.0.0" and event["eventType"] == "COMPLETE"
    ]
    assert version["eventTime"] == "2026-03-01T10:00:00Z"
    assert version["inputs"][0]["inputFacets"]["wardround_link"]["proof"] == "verified"
    (commit,) = [
        event for event in events if event["outputs"][0]["name"] == "commit:abc" and event["eventType"] == "COMPLETE"
    ]
    assert commit["eventTime"] == "2026-03-01T10:00:00Z"  # it has no time of its own: that of what came of it


def test_prov_has_every_thing_and_every_link(lineage):
    made = json.loads(rendered(lineage, "prov"))
    assert set(made) == {"prefix", "entity", "agent", "wasDerivedFrom", "wasAttributedTo"}
    assert (len(made["entity"]), len(made["agent"])) == (5, 1)
    names = {*made["entity"], *made["agent"]}
    for link in made["wasDerivedFrom"].values():
        assert {link["prov:generatedEntity"], link["prov:usedEntity"]} <= names
    (approval,) = made["wasAttributedTo"].values()
    assert {approval["prov:entity"], approval["prov:agent"]} <= names
    assert sorted(link["wr:proof"] for link in made["wasDerivedFrom"].values()) == [
        "broken",
        "not checked",
        "verified",
        "verified",
    ]
    assert all(re.fullmatch(r"wr:[a-z]+-[0-9a-f]{16}", name) for name in names)


def test_the_picture_is_xml_without_script_and_readable_without_colour(lineage):
    text = rendered(lineage, "svg")
    root = ET.fromstring(text)
    spaces = {"s": "http://www.w3.org/2000/svg"}
    assert len(root.findall(".//s:rect", spaces)) == 6
    assert len(root.findall(".//s:path", spaces)) == 5
    assert [item.text for item in root.findall(".//s:text", spaces)].count("broken") == 1
    assert "stroke-dasharray" in text
    assert root.find("s:title", spaces).text == "Lineage of s@v1.0.0"
    assert not root.findall(".//s:script", spaces)
    assert "&lt;b&gt;&amp; a" in text
