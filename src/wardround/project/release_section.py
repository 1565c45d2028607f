"""The section of ``params.yaml`` about releases: where images go, and what they are built on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from wardround.project.sections import Section

#: A registry and a path in it, as ``registry.example.org/models``: no tag, no digest, nothing that a shell would read.
_PLACE = r"^$|^[a-z0-9][a-z0-9.-]*(?::[0-9]{1,5})?(?:/[a-z0-9][a-z0-9._-]*)*$"
_IMAGE = r"^$|^[a-z0-9][a-z0-9._:/-]*(?:@sha256:[0-9a-f]{64})?$"


class ReleaseSection(Section):
    """How a merged model becomes a version (``wardround release``)."""

    #: Where images are pushed, as ``registry.example.org/models``. Empty: the image stays, as an OCI archive, in the release's storage.
    registry: Annotated[str, Field(pattern=_PLACE, max_length=200)] = ""
    #: The image that the service is built on: it needs Python of this environment's version, with venv. Best by digest.
    #: Empty: the base that ``make base-image`` built here.
    base_image: Annotated[str, Field(pattern=_IMAGE, max_length=300)] = ""
    #: The directory of wheels that images are installed from, without an index. Empty: ``.dvc/tmp/wardround/wheelhouse``.
    wheelhouse: str = ""
    #: Slowest answer, in milliseconds, that the smoke test lets pass (95th percentile, one encounter a request). Project choice.
    latency_ms: float = Field(default=2000.0, gt=0)
