"""Manifests checked without a cluster: each against the schema of its kind, and all of them against rules of our own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wardround.deploy.kubernetes import documents
from wardround.errors import MissingExtra, Problem

if TYPE_CHECKING:
    from wardround.deploy.runtime import Runtime


def problems(runtime: Runtime) -> tuple[Problem, ...]:
    """What is wrong with the manifests that are generated, by the cluster's schemas and our own rules; none if all is well.

    Raises :class:`MissingExtra` where the schemas are not installed.
    """
    where = f"deploy/{runtime.file.stage}"
    return tuple(
        Problem(said, where=f"{where}/{name}", next="correct params.yaml: stages")
        for name, document in documents(runtime).items()
        for said in document_problems(document, runtime.section.run.kubernetes, runtime.image)
    )


def document_problems(document: dict[str, Any], kubernetes: str, image: str | None = None) -> Iterator[str]:
    """What is wrong with one manifest. ``image``: the only one that it may run; None: any, by digest."""
    yield from _schema(document, kubernetes)
    yield from _rules(document, image)


def document_of(text: str) -> Any:
    """What a manifest says; what cannot be read names an image that nobody knows."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError):
        return {"image": "something that cannot be read"}


def _schema(document: dict[str, Any], kubernetes: str) -> Iterator[str]:
    library = _library()
    try:
        library.validate(document, kubernetes, strict=True)
    except library.ValidationError as error:
        place = ".".join(str(part) for part in error.path)
        yield f"Kubernetes {kubernetes} does not take {place or 'it'}: {error.message[:200]}"
    except library.SchemaNotFoundError as error:
        yield f"Kubernetes {kubernetes} has no such kind: {error.message[:200]}"
    except library.utils.VersionNotSupportedError:
        yield f"the schemas of Kubernetes {kubernetes} are not installed: update kubernetes-validate"


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


def images_in(value: Any) -> Iterator[str]:
    """Every image that a manifest names, wherever it stands."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "image":
                yield str(item)
            else:
                yield from images_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from images_in(item)
