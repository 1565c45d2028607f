"""The forge: GitHub, or anything that speaks its API. Knows nothing of models; the only door to PyGithub."""

from wardround.forge.connect import connect, from_environment
from wardround.forge.errors import CouldNotCheck, NotThere, Refused
from wardround.forge.identity import Credentials
from wardround.forge.protocol import Forge

__all__ = ["CouldNotCheck", "Credentials", "Forge", "NotThere", "Refused", "connect", "from_environment"]
