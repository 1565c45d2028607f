"""What is done about treatment that the model's own alerts led to: the same words for ``monitor.outcome`` and ``monitor.retrain``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from wardround.project.sections import Section


class FeedbackSection(Section):
    """Who was treated because of an alert, and what their encounters count."""

    #: The column that says (true, or 1) who was treated because of the model's own alert; of the outcomes' files for ``monitor.outcome``, of
    #: the snapshot for ``monitor.retrain``. Empty cells count as not treated.
    treated: str | None = None
    #: ``keep`` names the loop only. ``exclude`` leaves treated encounters out, because their outcome is no longer what the model predicted.
    #: ``weight`` lets the untreated stand for them, by the inverse of their probability to stay untreated.
    feedback: Literal["keep", "exclude", "weight"] = "keep"
    #: A column (beside ``treated``) with the declared probability of treatment. None: estimated from the score and ``adjust``.
    propensity: str | None = None
    #: Numeric inputs on which treatment depends beside the score: the estimated probability allows for them.
    adjust: tuple[str, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _treated_is_named(self) -> FeedbackSection:
        if self.feedback != "keep" and self.treated is None:
            msg = f"feedback: {self.feedback} needs treated, the column that says whom the model's alert had treated"
            raise ValueError(msg)
        if self.feedback != "weight" and (self.propensity is not None or self.adjust):
            msg = "propensity and adjust are for feedback: weight"
            raise ValueError(msg)
        if self.propensity is not None and self.adjust:
            msg = "propensity is declared, so that nothing is adjusted for: remove adjust or propensity"
            raise ValueError(msg)
        return self
