"""What a report says that does not come from patients: revisions, changes, lineage, durations, notes.

All text is shown as text: names may hold Markdown, HTML, mentions or terminal escapes and are escaped by the renderers.
Numbers of patients have no place here; they come as :class:`~wardround.disclosure.published.Count`.
"""

from __future__ import annotations

from dataclasses import dataclass

from wardround.disclosure.published import Count

#: Digits of a commit or digest that a report shows. Git's own abbreviations are as long in large repositories.
SHORT = 10


def short(name: str) -> str:
    """A commit or ``sha256:`` digest, shortened for reading; the full one stands in the lineage."""
    prefix, colon, digits = name.rpartition(":")
    return f"{prefix}{colon}{digits[:SHORT]}"


@dataclass(frozen=True)
class Revision:
    """One compared revision. ``role`` is ``head``, ``base`` or ``anchor``; ``name`` is what people call it (a branch, a tag)."""

    role: str
    name: str
    commit: str
    #: Whatever is worth saying of it: ``first version``, ``uncommitted changes``.
    note: str = ""


@dataclass(frozen=True)
class ValueChange:
    """One key whose value changed, as text. ``before`` is empty when the key is new, ``after`` when it is gone.

    ``judges`` marks a parameter that judges: it takes effect only after the merge.
    """

    key: str
    before: str
    after: str
    judges: bool = False


@dataclass(frozen=True)
class FileChange:
    """One file that changed: lines added and removed; None for binary files."""

    path: str
    added: int | None
    removed: int | None


@dataclass(frozen=True)
class DataChange:
    """The ingested table in base and head: digests of the snapshots, windows as text, rounded rows."""

    before: str = ""
    after: str = ""
    window_before: str = ""
    window_after: str = ""
    rows_before: Count | None = None
    rows_after: Count | None = None

    @property
    def same(self) -> bool:
        """Whether both have the same bytes (false when a digest is not known)."""
        return bool(self.before) and self.before == self.after


@dataclass(frozen=True)
class Changes:
    """What differs between base and head, by kind. ``framework`` are versions: Wardround, Python, locked packages, stages."""

    params: tuple[ValueChange, ...] = ()
    pipelines: tuple[FileChange, ...] = ()
    code: tuple[FileChange, ...] = ()
    framework: tuple[ValueChange, ...] = ()
    data: DataChange | None = None

    @property
    def nothing(self) -> bool:
        """Whether the head is what the base is."""
        return not (self.params or self.pipelines or self.code or self.framework) and (
            self.data is None or self.data.same
        )


@dataclass(frozen=True)
class LineageRow:
    """One line of the lineage: ``model``, ``sha256:…``, and what else is to be said."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class StageRun:
    """One stage or step of the review: seconds that it took (None: not measured) and whether its result was reused."""

    name: str
    seconds: float | None = None
    reused: bool = False


@dataclass(frozen=True)
class Looks:
    """How many distinct models were judged on the head's test block, the head's included.

    ``committed`` of them stand in the history; the others are drafts of this machine. Not ``complete``: the history is cut off,
    so there may be more.
    """

    models: int
    committed: int
    complete: bool = True


@dataclass(frozen=True)
class Context:
    """Everything of a report but the published values.

    ``encounter`` is what one row is called (``admission``). ``rules`` is where rule pages are, from the report: a relative
    path or an ``https`` address; empty: ids are not linked. ``generated`` are the files that the review made. ``looks`` is None
    where they were not counted.
    """

    project: str
    title: str = ""
    outcome: str = ""
    encounter: str = "encounter"
    revisions: tuple[Revision, ...] = ()
    changes: Changes | None = None
    lineage: tuple[LineageRow, ...] = ()
    stages: tuple[StageRun, ...] = ()
    limitations: tuple[str, ...] = ()
    judge_notes: tuple[str, ...] = ()
    dirty: bool = False
    generated: tuple[str, ...] = ()
    looks: Looks | None = None
    rules: str = "../docs/rules"

    def revision(self, role: str) -> Revision | None:
        """The revision of that role, if it takes part."""
        return next((revision for revision in self.revisions if revision.role == role), None)

    @property
    def heading(self) -> str:
        """The project's title, else its name."""
        return self.title or self.project
