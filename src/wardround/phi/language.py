"""Names of people and places in prose by a model of language: Presidio's analyzer over a spaCy pipeline that lies on this machine."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wardround.errors import MissingExtra, MissingPackage
from wardround.phi.hit import Hit

#: What Presidio calls it → what the scan calls it. The rest (dates, organisations) is left to the patterns: a model finds each *two days*.
KINDS = {"PERSON": "name", "LOCATION": "address"}
#: Texts that go through the pipeline together.
_BATCH = 64


@dataclass(frozen=True)
class Reader:
    """One analyzer, which asks each of its languages."""

    analyzer: Any = field(repr=False)
    languages: tuple[str, ...]

    def find(self, texts: Iterable[str]) -> list[tuple[Hit, ...]]:
        """Of each text what any language finds, in order; positions are those of the text."""
        asked = list(texts)
        found: list[set[Hit]] = [set() for _ in asked]
        for language in self.languages:
            answers = self.analyzer.analyze_iterator(asked, language, batch_size=_BATCH, entities=list(KINDS))
            for text, hits, answer in zip(asked, found, answers, strict=True):
                hits |= {Hit(one.start, one.end, KINDS[one.entity_type]) for one in answer if _says(text, one)}
        return [tuple(sorted(hits)) for hits in found]


def beside(hits: tuple[Hit, ...], more: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """All hits in order; of ``more`` those that overlap with none of ``hits`` nor with one before."""
    kept = list(hits)
    for one in more:
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return tuple(sorted(kept))


def load(models: Mapping[str, str], directory: Path) -> Reader:
    """A reader with these pipelines: of each language a directory (from ``directory``) or the name of an installed package.

    Raises :class:`MissingExtra` without Presidio, and :class:`MissingPackage` when a pipeline is not there, cannot be loaded or finds no names. Presidio's
    own way to a missing pipeline is a download, so it is given loaded ones.
    """
    try:
        from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import SpacyNlpEngine
        from presidio_analyzer.predefined_recognizers import SpacyRecognizer
    except ModuleNotFoundError as error:
        raise MissingExtra("names", "presidio-analyzer") from error
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)  # it warns of every label that it has no name for
    engine = SpacyNlpEngine()
    engine.nlp = {language: _pipeline(language, model, directory) for language, model in models.items()}
    languages = list(models)
    recognizers = [
        SpacyRecognizer(supported_language=language, supported_entities=list(KINDS)) for language in languages
    ]
    registry = RecognizerRegistry(recognizers=recognizers, supported_languages=languages)
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=languages)
    return Reader(BatchAnalyzerEngine(analyzer), tuple(languages))


def _pipeline(language: str, model: str, directory: Path) -> Any:
    import spacy

    where = f"params.yaml: privacy.names.models.{language}"
    place = directory / model
    if not (place / "meta.json").is_file() and not spacy.util.is_package(model):
        raise MissingPackage(
            "the model of language is not on this machine",
            where=where,
            wanted="a directory with a spaCy pipeline, or the name of an installed package",
            found=model,
            next="install the package from a file that you trust, or write a pipeline there with nlp.to_disk; it is never downloaded",
        )
    try:
        made = spacy.load(place if (place / "meta.json").is_file() else model)
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        raise MissingPackage(
            "the model of language cannot be loaded",
            where=where,
            found=f"{model}: {type(error).__name__}",
            next="a pipeline is bound to versions of spaCy: make or install it again for the one that is installed",
        ) from error
    if not any("doc.ents" in made.get_pipe_meta(name).assigns for name in made.pipe_names):
        raise MissingPackage(
            "the model of language finds no names",
            where=where,
            wanted="a pipeline with a component that sets entities, as ner",
            found=", ".join(made.pipe_names) or "an empty pipeline",
            next="name another model",
        )
    return made


def _says(text: str, found: Any) -> bool:
    """Whether it is more than a letter or a number: models take *A* and *12* for people."""
    return sum(character.isalpha() for character in text[found.start : found.end]) > 1
