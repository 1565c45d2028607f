"""What the runner asks of a sandbox that listens, and what the steps are told because of it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from wardround.sandbox.world import World


class Served(Protocol):
    """A sandbox that listens; see :class:`wardround.sandbox.server.Sandbox`."""

    @property
    def world(self) -> World:
        """Its world."""

    @property
    def ca_file(self) -> Path:
        """The certificate that its TLS port is trusted by."""

    @property
    def tls_url(self) -> str:
        """Where it listens with TLS, or nothing."""


def environment(sandbox: World | Served) -> dict[str, str]:
    """For every step: Node trusts the sandbox's certificate, and Wardround knows where CML posts, which speaks https only."""
    if isinstance(sandbox, World):
        return {}
    posting = {"WARDROUND_CML_URL": sandbox.tls_url} if sandbox.tls_url else {}
    return {"NODE_EXTRA_CA_CERTS": str(sandbox.ca_file), **posting}
