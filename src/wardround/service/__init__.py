"""The service: one encounter or many, with their histories, to probabilities, over HTTP; each answer in the prediction log."""

from wardround.service.asgi import Application
from wardround.service.settings import Settings

__all__ = ["Application", "Settings", "application"]


def application(settings: Settings) -> Application:
    """The ASGI application. It answers once a server's lifespan, or whoever mounts it, has started it."""
    return Application(settings)
