"""The cards that a release took along: one publication for each version, so that nothing is suppressed otherwise the second time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wardround.card import checking, stamp
from wardround.card.schema import FILE
from wardround.errors import EnvironmentFailure, UsageError
from wardround.evidence.card import CardCheck, Stale
from wardround.flows.card.cards import Cards
from wardround.flows.card.checked import KEPT
from wardround.flows.card.material import card_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround.project.layout import Project


def attached(project: Project, version: str, profiles: tuple[str, ...]) -> Cards:
    """The cards of a released version out of its Bento, whose digest the tag names; and what kept copies in git make of them.

    Raises :class:`UsageError` for an unknown version, :class:`EnvironmentFailure` when the storage lacks it or it was released without cards.
    """
    from wardround.flows.registry import registry
    from wardround.flows.released import fetched
    from wardround.release.bento import CARDS
    from wardround.revision.git import Git

    (shown,) = registry(project.root, project.params.project.name)
    found = shown.state.version(version)
    if found is None:
        known = ", ".join(item.version for item in shown.state.versions[-5:]) or "none: nothing was released yet"
        raise UsageError(
            "there is no such version", where=f"--version {version}", wanted=known, next="git fetch --tags"
        )
    place = fetched(project, found) / CARDS
    names = [f"{name}.{kind}" for name in profiles for kind in ("md", "html", "xml")]
    texts = {name: (place / name).read_text(encoding="utf-8") for name in names if (place / name).is_file()}
    if not texts:
        raise EnvironmentFailure(
            "this version was released without cards",
            where=found.tag.name,
            next="release a later commit; or check that commit out and make them: wardround card",
        )
    card = card_of(Git(project.root).file(found.commit, FILE))
    stale = kept_otherwise(project.root, version, texts)
    return Cards(texts, (), CardCheck(there=True, incomplete=checking.incomplete(card, profiles), stale=stale))


def kept_otherwise(root: Path, version: str, texts: Mapping[str, str]) -> tuple[Stale, ...]:
    """Copies in git that name this version and are not what its release took along."""
    found = []
    for path in sorted((root / KEPT).glob("*")):
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        said = stamp.read(text)
        if said is not None and said.version == version and text not in texts.values():
            found.append(
                Stale(where=f"{KEPT}/{path.name}", what=f"it is not the card that {version} was released with")
            )
    return tuple(found)
