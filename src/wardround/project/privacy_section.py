"""The section of ``params.yaml`` about identifiers of patients. The base's version counts, as for all that judges."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from wardround.project.sections import Section

#: ISO 639-1, as spaCy names its languages: ``en``, ``de``; ``xx`` is a model of several.
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


class NamesSection(Section):
    """Models of language that look for names of people and places in prose, through Presidio (the extra ``names``). Nothing is ever downloaded."""

    #: language -> a directory with a spaCy pipeline, from the directory of ``params.yaml``, or the name of an installed package: ``en: models/en``.
    models: Annotated[dict[Language, Annotated[str, Field(min_length=1)]], Field(min_length=1)]


class PrivacySection(Section):
    """How `wardround phi` and the rule ``privacy.phi`` look for identifiers."""

    #: As `{models: {en: models/en}}`: of each language a directory with a spaCy pipeline, or an installed package. Without it only shapes, check digits, labels
    #: and frequent given names are known.
    names: NamesSection | None = None
