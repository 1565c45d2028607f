"""A model card (Mitchell et al., FAT* 2019, doi:10.1145/3287560.3287596) for the people who use the model."""

from __future__ import annotations

from wardround.card.computed import data, model, performance
from wardround.card.filling import Form
from wardround.card.sheet import Item

ITEMS = (
    Item(
        "1",
        "What it is",
        ("purpose.summary", "identity.developer", "identity.contact"),
        model.output,
        ("identity.release_stage", "identity.licence"),
    ),
    Item(
        "2",
        "What it is for",
        ("purpose.intended_use", "purpose.patient_population", "purpose.intended_users"),
        optional=("purpose.workflow", "purpose.how_to_use", "purpose.decision_role"),
    ),
    Item("3", "What it is not for", ("purpose.out_of_scope",)),
    Item("4", "How well it does", (), performance.validity, ("validation.interpretation",)),
    Item(
        "5",
        "For whom it does how well",
        (),
        performance.fairness,
        ("fairness.approach", "fairness.mitigation", "validation.fairness_interpretation"),
    ),
    Item("6", "Where it does how well", (), performance.sites),
    Item("7", "What it leans on, and how it bears disturbance", (), model.reliance),
    Item("8", "Beside simple models", (), performance.comparison),
    Item(
        "9",
        "Risks and limitations",
        ("risks.known", "risks.biases"),
        model.limitations,
        ("risks.clinical_risk_level", "risks.oversight"),
    ),
    Item("10", "The data", ("data.source",), data.sizes, ("data.representativeness", "data.relevance")),
    Item("11", "How it was made", (), model.building),
    Item(
        "12",
        "How it is watched and updated",
        ("maintenance.monitoring",),
        model.updates,
        ("maintenance.updates", "maintenance.correction"),
    ),
    Item("13", "Where it came from", (), model.origin),
)

FORM = Form(
    "model",
    "Model card",
    "Made from the evidence of one revision and from what people wrote in governance/card.yaml. Numbers are disclosed as in every report: small "
    "groups are withheld, counts are rounded to ten.",
    ITEMS,
    "doi:10.1145/3287560.3287596",
)
