"""An outline of technical documentation after Annex IV of Regulation (EU) 2024/1689: what a repository can say of it."""

from __future__ import annotations

from wardround.card.computed import data, model, performance
from wardround.card.filling import Form
from wardround.card.sheet import Item

_GENERAL, _DEVELOPMENT, _CONTROL, _REST = (
    "1 General description",
    "2 Development",
    "3 Monitoring, functioning, control",
    "4 to 9",
)

ITEMS = (
    Item(
        "1a", "Purpose, provider, version", ("purpose.intended_use", "identity.developer"), model.origin, group=_GENERAL
    ),
    Item(
        "1b",
        "Interaction with other systems",
        ("purpose.workflow",),
        optional=("identity.health_records",),
        group=_GENERAL,
    ),
    Item("1c", "Forms of release", ("identity.release_stage",), model.calculating, group=_GENERAL),
    Item("1d", "Instructions for use", ("purpose.how_to_use",), group=_GENERAL),
    Item(
        "2a",
        "Methods and steps of development, third parties",
        ("governance.third_party",),
        model.building,
        group=_DEVELOPMENT,
    ),
    Item("2b", "Design choices, rationale, classification", ("purpose.rationale",), model.kind, group=_DEVELOPMENT),
    Item("2c", "Architecture and computing", (), model.specification, group=_DEVELOPMENT),
    Item(
        "2d",
        "Data: provenance, scope, selection, labelling, cleaning",
        ("data.source", "data.collection", "outcome.definition"),
        data.checks,
        group=_DEVELOPMENT,
    ),
    Item("2e", "Human oversight", ("risks.oversight",), group=_DEVELOPMENT),
    Item("2f", "Pre-determined changes", (), model.updates, group=_DEVELOPMENT),
    Item("2g", "Validation and testing, discriminatory impacts", (), performance.fairness, group=_DEVELOPMENT),
    Item("2h", "Cybersecurity", ("risks.security",), group=_DEVELOPMENT),
    Item("3a", "Accuracy, and for whom", (), performance.validity, group=_CONTROL),
    Item("3b", "Foreseeable unintended outcomes and risks", ("risks.known", "risks.biases"), group=_CONTROL),
    Item("3c", "Specification of input data", (), data.dictionary, group=_CONTROL),
    Item("4", "Why these metrics are appropriate", ("validation.goal",), performance.thresholds, group=_REST),
    Item("5", "Risk management", ("risks.management",), group=_REST),
    Item("6", "Changes through the lifecycle", (), model.updates, group=_REST),
    Item("7", "Harmonised standards applied", ("governance.standards",), group=_REST),
    Item("8", "Declaration of conformity", ("governance.conformity",), group=_REST),
    Item("9", "Post-market monitoring", ("maintenance.post_market",), model.monitoring, group=_REST),
)

FORM = Form(
    "annex-iv",
    "Outline of technical documentation",
    "After the nine sections of Annex IV of Regulation (EU) 2024/1689, in our own words and numbering of the parts. When it applies, and to "
    "whom, the Official Journal says. This outline helps you prepare; risk management, oversight and conformity are people's work.",
    ITEMS,
    "Regulation (EU) 2024/1689, Annex IV",
)
