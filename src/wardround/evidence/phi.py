"""Evidence of the scan for identifiers of patients: what a change adds, without a word of it."""

from __future__ import annotations

from typing import ClassVar

from wardround.evidence.base import Evidence, Frozen


class PhiPlace(Frozen):
    """One finding: its rule (``phi.ssn``), the place in words (a file's path and line, a column, a commit's message), and a fingerprint.

    Identifiers in the path itself are replaced by their kind. The fingerprint is empty unless ``WARDROUND_PHI_KEY`` is set.
    """

    rule: str
    place: str
    fingerprint: str = ""


class PhiCheck(Evidence):
    """What the scan of a change found, by the allow-list of its base. At most ``MOST`` findings are kept; ``found`` counts all."""

    KIND: ClassVar[str] = "phi"
    MOST: ClassVar[int] = 200

    #: Findings in all.
    found: int = 0
    places: tuple[PhiPlace, ...] = ()
    #: Entries of the allow-list that judged, and whether the change edits the list.
    allowed: int = 0
    list_changed: bool = False
