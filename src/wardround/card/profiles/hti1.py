"""The 31 source attributes of predictive decision support, 45 CFR 170.315(b)(11)(iv)(B), as ONC's HTI-1 rule numbers them."""

from __future__ import annotations

from wardround.card.computed import data, model, performance
from wardround.card.filling import Form
from wardround.card.sheet import Item

_DETAILS, _PURPOSE, _CAUTIONS = "Details and output", "Purpose", "Cautioned out-of-scope use"
_DEVELOPMENT, _FAIRNESS, _VALIDATION = "Development and input features", "Fairness", "External validation"
_PERFORMANCE, _MAINTENANCE, _UPDATES = (
    "Quantitative performance",
    "Ongoing maintenance",
    "Updates and continued validation",
)

ITEMS = (
    Item("(1)(i)", "Developer, and how to reach it", ("identity.developer", "identity.contact"), group=_DETAILS),
    Item("(1)(ii)", "Funding of the technical implementation", ("governance.funding",), group=_DETAILS),
    Item("(1)(iii)", "Value that the output gives", ("purpose.output_value",), group=_DETAILS),
    Item("(1)(iv)", "Type of the output", ("purpose.output_type",), model.output, group=_DETAILS),
    Item("(2)(i)", "Intended use", ("purpose.intended_use",), group=_PURPOSE),
    Item("(2)(ii)", "Intended patient population", ("purpose.patient_population",), group=_PURPOSE),
    Item("(2)(iii)", "Intended users", ("purpose.intended_users",), group=_PURPOSE),
    Item("(2)(iv)", "Intended role in decisions", ("purpose.decision_role",), group=_PURPOSE),
    Item("(3)(i)", "Where users are cautioned against it", ("purpose.out_of_scope",), group=_CAUTIONS),
    Item(
        "(3)(ii)",
        "Known risks, inappropriate settings and uses, limitations",
        ("risks.known",),
        model.limitations,
        group=_CAUTIONS,
    ),
    Item(
        "(4)(i)",
        "Inclusion and exclusion in the training data",
        ("data.eligibility",),
        data.criteria,
        group=_DEVELOPMENT,
    ),
    Item("(4)(ii)", "Nine kinds of variables as input features", (), data.variables, group=_DEVELOPMENT),
    Item("(4)(iii)", "Demographic representativeness of the training data", (), data.demographics, group=_DEVELOPMENT),
    Item("(4)(iv)", "Relevance of the training data to the setting", ("data.relevance",), group=_DEVELOPMENT),
    Item("(5)(i)", "Approach to make the output fair", ("fairness.approach",), group=_FAIRNESS),
    Item("(5)(ii)", "Approaches to manage bias", ("fairness.mitigation",), group=_FAIRNESS),
    Item(
        "(6)(i)", "Data of external testing", ("validation.external_source",), performance.external, group=_VALIDATION
    ),
    Item("(6)(ii)", "Who did the external testing", ("validation.external_party",), group=_VALIDATION),
    Item(
        "(6)(iii)",
        "Demographic representativeness of external data",
        ("validation.external_source",),
        group=_VALIDATION,
    ),
    Item("(6)(iv)", "Process of external validation", ("validation.external_process",), group=_VALIDATION),
    Item("(7)(i)", "Validity in test data of the same source", (), performance.validity, group=_PERFORMANCE),
    Item("(7)(ii)", "Fairness in test data of the same source", (), performance.fairness, group=_PERFORMANCE),
    Item(
        "(7)(iii)",
        "Validity in external data",
        ("validation.external_source",),
        performance.external,
        group=_PERFORMANCE,
    ),
    Item("(7)(iv)", "Fairness in external data", ("validation.external_source",), group=_PERFORMANCE),
    Item("(7)(v)", "Evaluations of use on outcomes", ("validation.outcome_studies",), group=_PERFORMANCE),
    Item(
        "(8)(i)",
        "How, and how often, validity is monitored",
        ("maintenance.monitoring",),
        model.monitoring,
        group=_MAINTENANCE,
    ),
    Item("(8)(ii)", "Validity in local data", (), model.local, group=_MAINTENANCE),
    Item(
        "(8)(iii)",
        "How, and how often, fairness is monitored",
        ("maintenance.fairness_monitoring",),
        model.monitoring,
        group=_MAINTENANCE,
    ),
    Item("(8)(iv)", "Fairness in local data", (), model.local, group=_MAINTENANCE),
    Item("(9)(i)", "How, and how often, it is updated", ("maintenance.updates",), model.updates, group=_UPDATES),
    Item("(9)(ii)", "How fast a problem is corrected", ("maintenance.correction",), group=_UPDATES),
)

FORM = Form(
    "hti1",
    "Source attributes of a predictive decision support intervention",
    "The 31 attributes of 45 CFR 170.315(b)(11)(iv)(B) (HTI-1). The rule binds developers of certified health IT; a hospital may use the "
    "list all the same. It was proposed in December 2025 (HTI-5) to remove it: ask what is in force. This sheet helps you prepare; it does "
    "not say that anything is complied with.",
    ITEMS,
    "45 CFR 170.315(b)(11)(iv)(B)",
)
