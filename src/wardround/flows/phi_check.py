"""The scan of a change as evidence for the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.errors import MissingPackage
from wardround.evidence.base import Read
from wardround.evidence.phi import PhiCheck, PhiPlace
from wardround.files import sha256_json
from wardround.flows.phi import allowed_by, change, everything, key_of, unkeyed
from wardround.flows.phi_names import reader_of
from wardround.phi.allow import FILE, AllowList, parse
from wardround.phi.examining import Examiner, distinct

if TYPE_CHECKING:
    from wardround.phi.finding import Finding
    from wardround.revision.git import Git


def check(git: Git, base: str, *, first: bool = False) -> PhiCheck:
    """What the change from ``base`` to the work tree brings. ``first``: there is no version yet, so that every file is new.

    The base's allow-list and models of language judge; a first version brings its own. Raises MissingPackage without such a model, EnvironmentFailure when git does not answer, UsageError when the base's list
    cannot be read.
    """
    own = git.root / FILE
    before, after = allowed_bytes(git, base), own.read_bytes() if own.is_file() else None
    allow = parse(after) if first else allowed_by(git, base)
    examiner = Examiner(allow, key_of(git), reader=reader_of(git, "" if first else base))
    found = everything(git, examiner) if first else change(git, examiner, base)
    return _evidence(distinct(found), allow, list_changed=not first and before != after)


def reading(git: Git, base: str, *, first: bool = False) -> Read[PhiCheck]:
    """The same as the gate takes it."""
    try:
        made = check(git, base, first=first)
    except (
        MissingPackage
    ) as error:  # a model of language that params name is not there: the rule cannot tell, the others can
        return Read.failed(error.problems[0].what)
    return Read(made, sha256_json(made.plain()), "")


def allowed_bytes(git: Git, commit: str) -> bytes | None:
    """The allow-list's file at a commit."""
    from wardround.revision.additions import at

    return at(git, commit, FILE)


def _evidence(findings: tuple[Finding, ...], allow: AllowList, *, list_changed: bool) -> PhiCheck:
    places = tuple(
        PhiPlace(rule=finding.rule, place=finding.where[:300], fingerprint=finding.fingerprint)
        for finding in unkeyed(findings[: PhiCheck.MOST])
    )
    return PhiCheck(found=len(findings), places=places, allowed=len(allow.entries), list_changed=list_changed)
