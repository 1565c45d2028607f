"""What a service answered, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from wardround.errors import EnvironmentFailure


@dataclass(frozen=True)
class Prediction:
    """One answer. ``alert`` says by threshold (as text) whether the probability is at least that; ``id`` is its name in the log."""

    id: str
    probability: float
    alert: Mapping[str, bool]
    warnings: tuple[str, ...]
    model_version: str
    contract_version: str

    @classmethod
    def parse(cls, told: Mapping[str, Any], head: Mapping[str, Any]) -> Self:
        """One of an answer's predictions; ``head`` is the answer itself. Raises :class:`EnvironmentFailure` when it is no such thing."""
        try:
            return cls(**_fields(told, head))
        except (KeyError, TypeError, ValueError) as error:
            raise _foreign() from error


@dataclass(frozen=True)
class Contribution:
    """What one feature adds to the raw answer, on the explanation's scale; ``value`` is what the model saw, None where missing."""

    feature: str
    value: float | str | None
    contribution: float


@dataclass(frozen=True)
class Explanation(Prediction):
    """An answer with its parts: ``base`` and all contributions sum to ``raw``, the model's answer before recalibration."""

    method: str
    scale: str
    base: float
    raw: float
    contributions: tuple[Contribution, ...]

    @classmethod
    def parse(cls, told: Mapping[str, Any], head: Mapping[str, Any]) -> Self:
        """An answer of ``/explain``; errors as in :meth:`Prediction.parse`."""
        try:
            return cls(
                **_fields(told, head),
                method=str(told["method"]),
                scale=str(told["scale"]),
                base=float(told["base"]),
                raw=float(told["raw"]),
                contributions=tuple(
                    Contribution(str(item["feature"]), item["value"], float(item["contribution"]))
                    for item in told["contributions"]
                ),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise _foreign() from error


def _fields(told: Mapping[str, Any], head: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(told["id"]),
        "probability": float(told["probability"]),
        "alert": {str(key): bool(value) for key, value in told["alert"].items()},
        "warnings": tuple(str(item) for item in told["warnings"]),
        "model_version": str(head["model_version"]),
        "contract_version": str(head["contract_version"]),
    }


def _foreign() -> EnvironmentFailure:
    return EnvironmentFailure(
        "what answers there is no service of Wardround's",
        wanted="predictions, as /openapi.json describes them",
        next="check the address, and what stands between it and the service",
    )
