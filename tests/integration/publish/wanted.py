"""What must be there at the end, whatever happened on the way: one comment, one latest status a context, nothing half-made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hospital import Change, Hospital


@dataclass(frozen=True)
class End:
    """How publishing a change ends."""

    comments: tuple[str, ...]
    statuses: dict[str, tuple[str, str]]
    tip: str
    carried: dict[str, tuple[str, str]]
    reports: tuple[tuple[str, bytes], ...]


def end(hospital: Hospital, change: Change, reports: Path | None = None) -> End:
    """What is there now. ``carried`` are the statuses of the branch's tip where that is another commit."""
    tip = hospital.bare(change.repository).branch(change.branch) or ""
    written = sorted(path for path in reports.rglob("*") if path.is_file()) if reports and reports.is_dir() else []
    return End(
        comments=hospital.comments(change.number),
        statuses=hospital.statuses(change.head),
        tip=tree_of(hospital, change, tip),
        carried=hospital.statuses(tip) if tip != change.head else {},
        reports=tuple((path.relative_to(reports).as_posix(), path.read_bytes()) for path in written if reports),
    )


def tree_of(hospital: Hospital, change: Change, tip: str) -> str:
    """The tip as what it holds and stands on: the time of a commit is another each time."""
    found = hospital.bare(change.repository).commit(tip) if tip else None
    return f"{found.tree} on {' '.join(found.parents)}: {found.message.strip()}" if found else ""


def problems(found: End, wanted: End) -> list[str]:
    """What is not as it should be, in words."""
    said = []
    if len(found.comments) != len(wanted.comments):
        said.append(f"{len(found.comments)} comments")
    elif found.comments != wanted.comments:
        said.append("the comment says something else")
    if found.statuses != wanted.statuses:
        said.append(f"statuses {found.statuses}")
    if (found.tip, found.carried) != (wanted.tip, wanted.carried):
        said.append(f"the branch is at {found.tip} with {found.carried}")
    if found.reports != wanted.reports:
        said.append(f"reports {[name for name, _ in found.reports]}")
    return said
