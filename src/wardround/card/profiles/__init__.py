"""The forms that a card can take, by name."""

from __future__ import annotations

from wardround.card.filling import Form
from wardround.card.profiles import annex_iv, data, hti1, model, tripod

FORMS: dict[str, Form] = {
    form.profile: form for form in (model.FORM, data.CARD, data.DICTIONARY, hti1.FORM, tripod.FORM, annex_iv.FORM)
}
#: The one that is no sheet: XML of the CHAI applied model card.
CHAI = "chai"
NAMES = (*FORMS, CHAI)
