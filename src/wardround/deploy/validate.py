"""Manifests checked without a cluster: each against the schema of its kind, and all of them against rules of our own."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from wardround.errors import MissingExtra, Problem

#: The oldest and the newest Kubernetes whose schemas a manifest must satisfy (project choice: those that are maintained in 2026).
KUBERNETES = ("1.33", "1.37")


def problems(files: Mapping[str, str], where: str, image: str | None = None) -> tuple[Problem, ...]:
    """What is wrong with the manifests among ``files`` (name -> text), none if all is well. ``image``: the one that they must run.

    Raises :class:`MissingExtra` where the schemas are not installed.
    """
    found: list[Problem] = []
    for name, text in sorted(files.items()):
        document = _document(text)
        if not isinstance(document, dict) or "kind" not in document:
            found.append(Problem("this is no manifest", where=f"{where}/{name}"))
        elif document["kind"] != "Kustomization":
            found += (Problem(said, where=f"{where}/{name}") for said in (*_schema(document), *_rules(document, image)))
    return tuple(found)


def images(files: Mapping[str, str]) -> frozenset[str]:
    """Every image that a manifest among ``files`` names, wherever it stands; what cannot be read counts as one that is unknown."""
    return frozenset(image for text in files.values() for image in _images(_document(text)))


def _document(text: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError):
        return {"image": "unreadable"}


def _schema(document: dict[str, Any]) -> Iterator[str]:
    kubernetes_validate = _library()
    for version in KUBERNETES:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            place = ".".join(str(part) for part in error.path)
            yield f"Kubernetes {version} does not take {place or 'it'}: {error.message[:200]}"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield f"Kubernetes {version} has no such kind: {error.message[:200]}"


def _library() -> Any:
    """The schemas' package.

    What it stands on builds a grammar of internationalised addresses when it is first imported, which takes seconds and which no manifest
    needs: a rollback must not wait for it.
    """
    grammar = "rfc3987_syntax"
    hidden = grammar not in sys.modules
    if hidden:
        sys.modules[grammar] = None  # type: ignore[assignment]  # so Python marks a module that is not to be found
    try:
        import kubernetes_validate  # type: ignore[import-untyped]  # ships no types
    except ImportError as error:
        raise MissingExtra("serve", "kubernetes-validate") from error
    finally:
        if hidden:
            del sys.modules[grammar]
    return kubernetes_validate


def _rules(document: dict[str, Any], image: str | None) -> Iterator[str]:
    """What the schema allows and we do not: of pods alone."""
    pod = ((document.get("spec") or {}).get("template") or {}).get("spec")
    if not isinstance(pod, dict):
        return
    outer = pod.get("securityContext") or {}
    for container in (*(pod.get("containers") or ()), *(pod.get("initContainers") or ())):
        named = str(container.get("image", ""))
        if image is not None and named != image:
            yield "it runs another image than the stage's"
        elif "@sha256:" not in named:
            yield "its image is not named by digest"
        context = {**outer, **(container.get("securityContext") or {})}
        wanted = {"runAsNonRoot": True, "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False}
        yield from (f"{key} is not {value}" for key, value in wanted.items() if context.get(key) is not value)
        if (context.get("capabilities") or {}) != {"drop": ["ALL"]}:
            yield "it keeps capabilities"
        if (context.get("seccompProfile") or {}).get("type") != "RuntimeDefault":
            yield "its system calls are not confined (seccompProfile)"
        if not all(probe in container for probe in ("livenessProbe", "readinessProbe")):
            yield "it has no probes"
        limits = (container.get("resources") or {}).get("limits") or {}
        yield from (f"it has no limit of {name}" for name in ("cpu", "memory") if name not in limits)


def _images(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "image":
                yield str(item)
            else:
                yield from _images(item)
    elif isinstance(value, list):
        for item in value:
            yield from _images(item)
