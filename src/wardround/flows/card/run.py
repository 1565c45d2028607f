"""``wardround card``: the forms of the work tree's card, or of a released version's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.card import chai, stamp
from wardround.card.checking import check, incomplete
from wardround.card.facts import Origin
from wardround.card.filling import fill
from wardround.card.profiles import CHAI, FORMS, NAMES
from wardround.card.schema import FILE
from wardround.errors import UsageError
from wardround.evidence.card import CardCheck
from wardround.files import write_text
from wardround.flows.card.attached import attached
from wardround.flows.card.cards import Cards
from wardround.flows.card.material import Material, card_of, digests, gather
from wardround.report.context import Context

if TYPE_CHECKING:
    from wardround.project.layout import Project

#: Where cards are written unless somebody says otherwise: beside the other things that a review makes.
PLACE = Path("reports") / "cards"


@dataclass(frozen=True)
class CardRequest:
    """Which forms (none named: all), of which version (empty: the work tree), into which directory (None: :data:`PLACE`).

    ``check``: what people wrote is looked at where there is no evidence yet, too; then no form is made.
    """

    project: Project
    profiles: tuple[str, ...] = ()
    version: str = ""
    out: Path | None = None
    check: bool = False


def cards(request: CardRequest) -> Cards:
    """Makes the forms and writes them, each file in one step.

    Raises :class:`UsageError` for an unknown form or version, a card that cannot be read or evidence that is not there.
    """
    unknown = [name for name in request.profiles if name not in NAMES]
    if unknown:
        raise UsageError("there is no such form", where=f"--profile {unknown[0]}", wanted=", ".join(NAMES))
    if request.check and not request.version and not request.project.layout.evidence("metrics").is_file():
        return Cards({}, (), unmeasured(request.project, request.profiles), evidence=False)
    made = (
        attached(request.project, request.version, request.profiles or NAMES)
        if request.version
        else render(of_tree(request.project), request.profiles or NAMES)
    )
    out = request.out or request.project.root / PLACE
    for name, text in made.texts.items():
        write_text(out / name, text)
    return Cards(made.texts, made.sheets, made.check, tuple(out / name for name in made.texts))


def unmeasured(project: Project, profiles: tuple[str, ...]) -> CardCheck:
    """What the forms need and nobody has written. Numbers are not looked at: nothing was measured yet."""
    path = project.root / FILE
    card = card_of(path.read_bytes() if path.is_file() else None)
    return CardCheck(there=path.is_file(), incomplete=incomplete(card, profiles))


def render(material: Material, profiles: tuple[str, ...]) -> Cards:
    """The forms as texts. Pure."""
    from wardround.report import card as report

    context = context_of(material)
    texts: dict[str, str] = {}
    sheets = []
    for name in profiles:
        if name == CHAI:
            texts["chai.xml"] = _stamped(chai.xml(material.card, material.facts).decode(), name, material)
            continue
        sheet = fill(FORMS[name], material.card, material.facts)
        sheets.append(sheet)
        texts[f"{name}.md"] = _stamped(report.markdown(sheet, context), name, material)
        texts[f"{name}.html"] = _stamped(report.page(sheet, context), name, material)
    return Cards(texts, tuple(sheets), check(material.card, material.facts, profiles))


def _stamped(text: str, profile: str, material: Material) -> str:
    origin = material.facts.origin
    return stamp.stamped(text, profile, origin.version, origin.digests.get("metrics", ""))


def context_of(material: Material) -> Context:
    """The names that a card bears."""
    section = material.facts.params.project
    version = f" {material.facts.origin.version}" if material.facts.origin.version else ""
    return Context(section.name, (section.title or section.name) + version, section.outcome, section.encounter)


def of_tree(project: Project) -> Material:
    """The material of the work tree."""
    from wardround.revision.git import Git
    from wardround.revision.moments import day

    git = Git(project.root)
    commit = git.commit("HEAD")
    return gather(project, Origin(commit=commit, date=day(git, commit), digests=digests(project)))


def of_release(project: Project, commit: str, version: str) -> Mapping[str, str]:
    """Every form for a version to be, from the tree that it is released from: what the Bento takes along."""
    from wardround.revision.git import Git
    from wardround.revision.moments import day

    origin = Origin(commit=commit, version=version, date=day(Git(project.root), commit), digests=digests(project))
    return render(gather(project, origin), NAMES).texts
