"""Drift: whether what comes in is still what the model was made for, by how much, and why probably."""

from wardround.monitoring.drift.looking import look
from wardround.monitoring.drift.request import DriftLook, DriftRequest, Window
from wardround.monitoring.drift.windowing import WindowProfiles, WindowsRequest, windows

__all__ = ["DriftLook", "DriftRequest", "Window", "WindowProfiles", "WindowsRequest", "look", "windows"]
