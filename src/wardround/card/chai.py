"""The CHAI applied model card as XML (schema v0.2, https://mc.chai.org/v0.2/schema.xsd), made of the same card and facts as every sheet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from wardround.card import words
from wardround.card.chai_parts import CARD, Block, Branch, Leaf
from wardround.card.computed import data, performance
from wardround.card.facts import Facts, value_of
from wardround.card.placeholders import resolve
from wardround.card.schema import Card
from wardround.disclosure.published import GroupView, Quantity

NAMESPACE = "https://mc.chai.org/v0.2/schema.xsd"
#: What stands where the schema wants a text and nobody has written one.
UNWRITTEN = "Not written yet."
#: Characters that XML 1.0 does not hold.
_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


_BIBLIOGRAPHY = "Bibliography"


def xml(card: Card, facts: Facts) -> bytes:
    """The document, UTF-8, the same for the same card and facts."""
    ET.register_namespace("", NAMESPACE)
    root = _branch(CARD, card, facts)
    ET.indent(root)
    text: str = ET.tostring(root, encoding="unicode")
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{text}\n".encode()


def missing(card: Card) -> tuple[str, ...]:
    """Fields that the schema requires and nobody has written."""
    found = [name for part in _parts(CARD) for name in _wanted(part) if not card.text(name)]
    return tuple(dict.fromkeys(found))


def _parts(branch: Branch) -> Iterator[Leaf | Block]:
    for part in branch.parts:
        if isinstance(part, Branch):
            yield from _parts(part)
        else:
            yield part


def _wanted(part: Leaf | Block) -> tuple[str, ...]:
    if isinstance(part, Block):
        return (part.goal, part.interpretation)
    return part.fields if part.required and part.name != _BIBLIOGRAPHY else ()


def _branch(branch: Branch, card: Card, facts: Facts) -> ET.Element:
    element = ET.Element(f"{{{NAMESPACE}}}{branch.name}")
    for part in branch.parts:
        if isinstance(part, Branch) and part.name in ("Keywords", "EHRCompatibility"):
            element.extend(_listed(part.name, card))
        elif isinstance(part, Branch):
            element.append(_branch(part, card, facts))
        elif isinstance(part, Block):
            element.append(_block(part, card, facts))
        else:
            text = _FORBIDDEN.sub("", _text(part, card, facts)).strip()
            if text or part.required:
                fallback = "" if part.name == _BIBLIOGRAPHY else UNWRITTEN
                _add(element, part.name, text or fallback)
    return element


def _listed(name: str, card: Card) -> list[ET.Element]:
    """Keywords, which may be empty, and record systems, which are left out then."""
    keywords = name == "Keywords"
    names = card.purpose.keywords if keywords else card.identity.health_records
    element = ET.Element(f"{{{NAMESPACE}}}{name}")
    for item in names:
        _add(element, "Keyword" if keywords else "EHR", item)
    return [element] if keywords or names else []


def _add(element: ET.Element, name: str, text: str) -> ET.Element:
    child = ET.SubElement(element, f"{{{NAMESPACE}}}{name}")
    child.text = _FORBIDDEN.sub("", text)
    return child


def _text(leaf: Leaf, card: Card, facts: Facts) -> str:
    parts = [resolve(text, facts).text for name in leaf.fields if (text := card.text(name))]
    computed = leaf.compute(facts) if leaf.compute is not None else None
    if computed is not None:
        parts += [line for line in computed.lines if line]
        if computed.table is not None:
            rows = [" | ".join(row) for row in (computed.table.headings, *computed.table.rows)]
            parts.append("\n".join((f"{computed.table.caption}:", *rows)))
    return "\n\n".join(parts)


def _block(block: Block, card: Card, facts: Facts) -> ET.Element:
    element = ET.Element(f"{{{NAMESPACE}}}{block.name}")
    _add(element, "MetricGoal", _words(block.goal, card, facts))
    results = _add(element, "Results", "")
    for label, value in _results(block.name, facts):
        result = _add(results, "MetricResult", "")
        _add(result, "Label", label)
        _add(result, "ValueJson", json.dumps(value, separators=(",", ":")))
    _add(element, "Interpretation", _words(block.interpretation, card, facts))
    _add(element, "TestType", "Retrospective, internal: a sealed block of later encounters, judged by the gate.")
    _add(element, "TestingDataDescription", "\n".join((*data.dates(facts).lines, *data.differences(facts).lines)))
    _add(element, "ValidationProcessAndJustification", "\n".join(performance.validity(facts).lines) or UNWRITTEN)
    return element


def _words(field: str, card: Card, facts: Facts) -> str:
    return _FORBIDDEN.sub("", resolve(card.text(field), facts).text).strip() or UNWRITTEN


def _results(block: str, facts: Facts) -> Iterator[tuple[str, dict[str, object]]]:
    """Label and value; at least one, as the schema wants."""
    everybody = facts.group()
    at = f"@{facts.operating!r}"
    if block == "UsefulnessUsabilityEfficacy":
        keys = ("auroc", "auprc", *(f"{name}{at}" for name in ("sensitivity", "specificity", "ppv", "net_benefit")))
        found = list(_measures(everybody, keys, ""))
        yield from found
        yield "Measures shown", {"kind": "single", "value": len(found)}
    elif block == "FairnessEquity":
        groups = [group for group in facts.groups() if group.column and not group.withheld]
        for group in groups:
            name = f", {words.group(group.column, group.level)}"
            yield from _measures(group, ("auroc", "oe", f"sensitivity{at}"), name)
        yield "Groups assessed", {"kind": "single", "value": len(groups)}
    else:
        found = list(_measures(everybody, ("oe", "slope", "scaled_brier", "ici"), ""))
        yield from found
        yield "Measures shown", {"kind": "single", "value": len(found)}


def _measures(group: GroupView | None, keys: tuple[str, ...], of: str) -> Iterator[tuple[str, dict[str, object]]]:
    for key in keys:
        quantity = value_of(group, key)
        if quantity is not None and quantity.shown:
            yield f"{words.measure(key)}{of}", value(quantity)


def value(quantity: Quantity) -> dict[str, object]:
    """A disclosed quantity as ``ValueJson``; its digits are the published ones."""
    if quantity.low is None or quantity.high is None:
        return {"kind": "single", "value": quantity.value}
    return {
        "kind": "estimate_ci",
        "estimate": quantity.value,
        "lower": quantity.low,
        "upper": quantity.high,
        "level": 95,
    }
