"""Files of ``deploy/STAGE/`` that somebody edited: what they would run is not what the stage's file names. Pure.

The bytes may differ from what this Wardround generates: an older one may have written them. What is run may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from wardround.deploy.files import is_manifest
from wardround.deploy.validate import document_of, images_in

#: Any name by digest, in whatever file.
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*@sha256:[0-9a-f]{64}")
_KUSTOMIZATION = frozenset({"apiVersion", "kind", "namespace", "resources"})


def astray(files: Mapping[str, str], image: str | None) -> Iterator[str]:
    """Each file (name -> text) that would run something else than ``image``, in words: ``NAME: what``."""
    for name, text in sorted(files.items()):
        document = document_of(text) if name.endswith(".yaml") else None
        found = {*_NAMED.findall(text), *images_in(document)}
        if wrong := sorted(found - {image}):
            yield f"{name}: it runs {', '.join(wrong)[:300]}"
        if is_manifest(name) and isinstance(document, dict) and document.get("kind") == "Kustomization":
            yield from (f"{name}: {said}" for said in _kustomization(document, files))


def _kustomization(document: dict[str, Any], files: Mapping[str, str]) -> Iterator[str]:
    """Kustomize can replace images and patch everything: here it may only list the files beside it."""
    if more := sorted(set(document) - _KUSTOMIZATION):
        yield f"it does more than to list resources: {', '.join(map(str, more))[:200]}"
    resources = document.get("resources")
    outside = [item for item in resources if item not in files] if isinstance(resources, list) else ["something else"]
    if outside:
        yield f"it takes what does not lie beside it: {', '.join(map(str, outside))[:200]}"
