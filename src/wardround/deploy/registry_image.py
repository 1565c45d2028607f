"""An image in its registry, looked at without an engine: it is there, it is the one of its digest, and it is for that processor.

The registry's API is OCI's Distribution 1.1. Credentials are those that ``docker login`` left.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wardround.errors import EnvironmentFailure, GovernanceFinding, Problem

_IMAGE = re.compile(
    r"(?P<host>[a-z0-9][a-z0-9.-]*(?::[0-9]{1,5})?)/(?P<name>[a-z0-9._/-]+)@(?P<digest>sha256:[0-9a-f]{64})"
)
_INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
#: The most that a manifest or a configuration may be, in bytes; registries take no more (Distribution 1.1: 4 MiB).
_MOST = 4 << 20
#: Seconds of one silence.
_PATIENCE = 20


def look(image: str, platform: str) -> None:
    """Asks the registry for ``registry/path@digest``.

    Raises :class:`GovernanceFinding` when it is another image, or for another processor than ``platform`` (``linux/amd64``),
    :class:`EnvironmentFailure` when it is not there or the registry does not answer.
    """
    match = _IMAGE.fullmatch(image)
    if match is None:
        raise GovernanceFinding("this is no image by digest in a registry", where=image[:300])
    registry = _Registry(match["host"], match["name"])
    manifest = registry.fetch("manifests", match["digest"])
    kind = manifest.get("mediaType") or ("manifests" in manifest and _INDEXES[0])
    if kind in _INDEXES:
        fitting = [
            item["digest"] for item in _listed(manifest, "manifests") if _platform(item.get("platform")) == platform
        ]
        if not fitting:
            there = sorted({_platform(item.get("platform")) for item in _listed(manifest, "manifests")})
            raise _unfit(image, platform, ", ".join(there))
        manifest = registry.fetch("manifests", fitting[0])
    config = manifest.get("config")
    config = registry.fetch("blobs", str(config.get("digest"))) if isinstance(config, dict) else {}
    if (found := _platform(config)) != platform:
        raise _unfit(image, platform, found)


def _listed(value: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = value.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _platform(value: Any) -> str:
    """``os/architecture``, with the variant where there is one that says something."""
    if not isinstance(value, dict):
        return "unknown"
    variant = value.get("variant")
    more = f"/{variant}" if variant and value.get("architecture") == "arm" else ""
    return f"{value.get('os', 'unknown')}/{value.get('architecture', 'unknown')}{more}"


def _unfit(image: str, wanted: str, found: str) -> GovernanceFinding:
    return GovernanceFinding(
        "the image is for another processor",
        where=image,
        wanted=wanted,
        found=found[:200],
        next="release on a base for that processor, or correct params.yaml: stages.STAGE.platform",
    )


@dataclass
class _Registry:
    """One repository of a registry. ``_token`` is what it gave us for reading."""

    host: str
    name: str
    _token: str = field(default="", repr=False)

    def fetch(self, kind: str, digest: str) -> dict[str, Any]:
        """A manifest or a blob by its digest, as JSON. What has another digest is refused."""
        if re.fullmatch(r"sha256:[0-9a-f]{64}", digest) is None:
            raise self._another(digest, "a digest of another kind")
        content = self._get(f"{self._root()}/v2/{self.name}/{kind}/{digest}")
        if f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
            raise self._another(digest, "content of another digest")
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise self._another(digest, "something that is no JSON object")
        return found

    def _root(self) -> str:
        """Plain HTTP on this machine alone."""
        try:
            plain = ipaddress.ip_address(self.host.partition(":")[0]).is_loopback
        except ValueError:
            plain = self.host.partition(":")[0] == "localhost"
        return f"{'http' if plain else 'https'}://{self.host}"

    def _get(self, url: str) -> bytes:
        headers = {"Accept": ", ".join((*_MANIFESTS, *_INDEXES, "*/*")), **self._authority()}
        try:
            return self._read(urllib.request.Request(url, headers=headers))  # noqa: S310 - see _root
        except urllib.error.HTTPError as error:
            if error.code != 401 or self._token:
                raise self._refused(error.code) from error
            self._token = self._new_token(str(error.headers.get("WWW-Authenticate", "")))
            return self._get(url)
        except (OSError, ValueError) as error:
            raise self._silent(error) from error

    def _read(self, request: urllib.request.Request) -> bytes:
        with urllib.request.build_opener(_NoForeignRedirect()).open(request, timeout=_PATIENCE) as answer:
            content: bytes = answer.read(_MOST + 1)
        if len(content) > _MOST:
            raise GovernanceFinding("the registry answers with more than a manifest may be", where=self.host)
        return content

    def _authority(self) -> dict[str, str]:
        if self._token:
            return {"Authorization": f"Bearer {self._token}"}
        known = _credentials(self.host)
        return {"Authorization": f"Basic {known}"} if known else {}

    def _new_token(self, challenge: str) -> str:
        """A token for reading, from where the registry sends us; credentials go to a TLS address, or to this machine, only."""
        told = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        realm = urllib.parse.urlsplit(told.get("realm", ""))
        if not challenge.lower().startswith("bearer ") or realm.scheme not in {
            "https",
            urllib.parse.urlsplit(self._root()).scheme,
        }:
            raise self._refused(401)
        query = urllib.parse.urlencode({"service": told.get("service", ""), "scope": f"repository:{self.name}:pull"})
        known = _credentials(self.host)
        headers = {"Authorization": f"Basic {known}"} if known else {}
        try:
            answer = self._read(urllib.request.Request(f"{realm.geturl()}?{query}", headers=headers))  # noqa: S310 - checked above
            said = json.loads(answer)
            return str(said.get("token") or said["access_token"])
        except urllib.error.HTTPError as error:
            raise self._refused(error.code) from error
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise self._silent(error) from error

    def _another(self, digest: str, found: str) -> GovernanceFinding:
        return GovernanceFinding(
            "the registry gives another image than was asked for", where=self.host, wanted=digest, found=found
        )

    def _refused(self, status: int) -> EnvironmentFailure:
        return EnvironmentFailure(
            "the image cannot be seen in its registry",
            where=f"{self.host}/{self.name}",
            found=f"status {status}" + (": not there, or not for us" if status in {401, 403, 404} else ""),
            next="push it there again, or log in: docker login",
        )

    def _silent(self, error: Exception) -> EnvironmentFailure:
        return EnvironmentFailure(
            "the image's registry does not answer",
            problems=[Problem("why", where=self.host, found=type(error).__name__)],
        )


class _NoForeignRedirect(urllib.request.HTTPRedirectHandler):
    """Storage behind a registry is elsewhere: there our credentials do not go."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> urllib.request.Request | None:
        """The request to the other place, without its authority."""
        made = super().redirect_request(*args, **kwargs)
        if made is not None:
            made.remove_header("Authorization")
        return made


def _credentials(host: str) -> str:
    """What ``docker login`` or ``podman login`` keep for the registry: user and password in base64; empty where there is nothing."""
    places = [
        os.environ.get("REGISTRY_AUTH_FILE", ""),
        f"{os.environ.get('DOCKER_CONFIG') or Path.home() / '.docker'}/config.json",
    ]
    for place in places:
        try:
            known = json.loads(Path(place).read_bytes())["auths"][host]["auth"] if place else ""
            base64.b64decode(known, validate=True)
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if known:
            return str(known)
    return ""
