"""Downloading an artifact: the forge names a signed address, which is fetched without our token and only up to a size."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from wardround.files import replacing
from wardround.forge.answers import Again, Answer, Ask
from wardround.forge.calls import Calls, broken
from wardround.forge.errors import CouldNotCheck, Refused

_BLOCK = 1 << 16
#: A signed address lives for about a minute, so a failed download starts with a new one.
_TRIES = 3


def download(calls: Calls, path: str, target: Path, limit: int) -> Path:
    """Stores what the API redirects to at ``target``, whole or not at all.

    ``limit`` is in bytes of the file as it is stored; nothing is unpacked. Raises :class:`Refused` above it,
    :class:`~wardround.forge.errors.NotThere` for an artifact that expired.
    """
    ask = Ask("GET", path)
    failure = _not_given(path, "")
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(calls.limits.wait * 2**attempt)
        answer = calls.send(ask)
        try:
            with replacing(target) as temporary:
                _fetch(calls, path, _address(calls, ask, answer), temporary, limit)
        except Again as again:
            failure = again.failure
        else:
            return target
    raise failure


def _address(calls: Calls, ask: Ask, answer: Answer) -> str:
    base = calls.connection().base_url
    address = urljoin(base, answer.headers.get("location", ""))
    if answer.status != 302 or "location" not in answer.headers:
        raise CouldNotCheck(
            "the forge does not say where the artifact is", where=str(ask), wanted="302", found=str(answer.status)
        )
    if urlsplit(address).scheme not in {"https", urlsplit(base).scheme}:
        raise CouldNotCheck("the artifact's address is not protected by TLS", where=str(ask), wanted="https")
    return address


def _fetch(calls: Calls, path: str, address: str, target: Path, limit: int) -> None:
    """The bytes as they are sent (no content encoding is undone). No credentials go with it, not even from .netrc."""
    import requests
    from urllib3.exceptions import HTTPError  # what the raw stream raises

    deadline = time.monotonic() + calls.limits.total
    where = f"download of {path}"
    try:
        with (
            requests.Session() as session,
            session.get(
                address,
                stream=True,
                timeout=calls.limits.timeout,
                auth=lambda request: request,
                headers={"Accept-Encoding": "identity", "User-Agent": "wardround"},
            ) as response,
            target.open("wb") as stream,
        ):
            if response.status_code != 200:
                raise Again(_not_given(where, str(response.status_code)))
            announced = response.headers.get("Content-Length", "")
            size = int(announced) if announced.isascii() and announced.isdigit() else 0
            if size > limit:
                raise _too_large(where, limit, f"{size} bytes")
            stored = 0
            for block in response.raw.stream(_BLOCK, decode_content=False):
                stored += len(block)
                if stored > limit:
                    raise _too_large(where, limit, "more")
                if time.monotonic() > deadline:
                    raise CouldNotCheck("the artifact takes too long to download", where=where, found=f"{stored} bytes")
                stream.write(block)
    except (requests.RequestException, HTTPError) as error:
        raise broken(where, error) from None


def _not_given(where: str, found: str) -> CouldNotCheck:
    return CouldNotCheck(
        "the forge's storage does not give the artifact", where=where, found=found, next="run the same command again"
    )


def _too_large(where: str, limit: int, found: str) -> Refused:
    return Refused("the artifact is larger than allowed", where=where, wanted=f"at most {limit} bytes", found=found)
