"""The forge: GitHub, or anything that speaks its API. Knows nothing of models; the only door to PyGithub."""

from wardround.forge.errors import CouldNotCheck, NotThere, Refused
from wardround.forge.protocol import Forge

__all__ = ["CouldNotCheck", "Forge", "NotThere", "Refused"]
