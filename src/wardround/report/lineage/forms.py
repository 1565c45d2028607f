"""The forms that a lineage can be written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.ledger.lineage import Lineage

#: Who says so, in exported documents.
PRODUCER = "https://github.com/wardround/wardround"


def rendered(lineage: Lineage, form: str) -> str:
    """``text``, ``json``, ``openlineage`` (one event a line), ``prov`` (PROV-JSON) or ``svg``."""
    if form == "openlineage":
        from wardround.report.lineage.openlineage import events

        return events(lineage)
    if form == "prov":
        from wardround.report.lineage.prov import document

        return document(lineage)
    if form == "svg":
        from wardround.report.lineage.picture import picture

        return picture(lineage)
    from wardround.report.lineage.text import plain, text

    if form == "text":
        return text(lineage)
    from wardround.files import canonical_json

    return canonical_json(plain(lineage)).decode()
