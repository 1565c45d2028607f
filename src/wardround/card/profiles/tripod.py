"""TRIPOD+AI (Collins et al., BMJ 2024;385:e078378): 27 items in 52 parts, for a study that develops and evaluates a model. Titles are shortened."""

from __future__ import annotations

from wardround.card.computed import data, model, performance
from wardround.card.filling import Form
from wardround.card.sheet import Item

_INTRODUCTION, _METHODS, _OPEN, _INVOLVED = (
    "Title, abstract, introduction",
    "Methods",
    "Open science",
    "Patient and public involvement",
)
_RESULTS, _DISCUSSION = "Results", "Discussion"


def _methods() -> tuple[Item, ...]:
    g = _METHODS
    return (
        Item(
            "5a",
            "Data sources, rationale, representativeness",
            ("data.source", "data.representativeness"),
            data.source,
            group=g,
        ),
        Item("5b", "Dates of accrual and follow-up", (), data.dates, group=g),
        Item("6a", "Setting, number and place of centres", ("data.setting",), group=g),
        Item("6b", "Eligibility", ("data.eligibility",), data.criteria, group=g),
        Item("6c", "Treatments received", ("data.treatments",), group=g),
        Item(
            "7", "Preparation and quality checks, alike across groups", ("data.quality_checks",), data.checks, group=g
        ),
        Item(
            "8a",
            "Outcome, horizon, how assessed, alike across groups",
            ("outcome.definition", "outcome.horizon", "outcome.assessment"),
            group=g,
        ),
        Item("8b", "Who assessed an outcome that needs interpretation", ("outcome.assessment",), group=g),
        Item("8c", "Blinding of the assessment", ("outcome.blinding",), group=g),
        Item("9a", "First list of predictors, preselection", ("outcome.predictors",), group=g),
        Item("9b", "Definition and timing of each predictor", (), data.predictors, group=g),
        Item("9c", "Who assessed predictors that need interpretation", ("outcome.predictors",), group=g),
        Item("10", "Sample size", ("data.sample_size",), data.sizes, group=g),
        Item("11", "Missing data", ("data.missing",), data.missingness, group=g),
        Item("12a", "How the data were used and divided", (), data.sizes, group=g),
        Item("12b", "How predictors were handled", (), model.building, group=g),
        Item("12c", "Kind of the model, its building, tuning, internal validation", (), model.building, group=g),
        Item("12d", "Heterogeneity across clusters", (), performance.sites, group=g),
        Item("12e", "Measures and plots, and comparison of models", (), performance.validity, group=g),
        Item("12f", "Model updating", (), model.kind, group=g),
        Item("12g", "How predictions were calculated", (), model.calculating, group=g),
        Item("13", "Class imbalance and recalibration after it", ("validation.class_imbalance",), model.kind, group=g),
        Item("14", "Fairness: approaches and rationale", ("fairness.approach",), group=g),
        Item(
            "15",
            "Output, thresholds and how they were chosen",
            ("validation.thresholds",),
            performance.thresholds,
            group=g,
        ),
        Item("16", "Differences of development and evaluation data", (), data.differences, group=g),
        Item("17", "Ethics approval, consent or its waiver", ("governance.ethics",), group=g),
    )


def _results() -> tuple[Item, ...]:
    g = _RESULTS
    return (
        Item("20a", "Flow of participants", (), data.criteria, group=g),
        Item("20b", "Characteristics by source and group", (), data.demographics, group=g),
        Item("20c", "Evaluation data compared with development data", (), data.differences, group=g),
        Item("21", "Participants and events in each analysis", (), data.sizes, group=g),
        Item("22", "Full model, and access to it", (), model.specification, group=g),
        Item("23a", "Performance with intervals, key groups too", (), performance.fairness, group=g),
        Item("23b", "Heterogeneity across clusters", (), performance.sites, group=g),
        Item("24", "Results of model updating", (), performance.updating, group=g),
    )


ITEMS = (
    Item("1", "Title", ("purpose.summary",), model.output, group=_INTRODUCTION),
    Item("2", "Abstract", ("purpose.summary", "purpose.objectives"), performance.validity, group=_INTRODUCTION),
    Item("3a", "Healthcare context and rationale", ("purpose.rationale",), group=_INTRODUCTION),
    Item(
        "3b",
        "Target population, purpose in care, users",
        ("purpose.patient_population", "purpose.intended_use", "purpose.intended_users"),
        group=_INTRODUCTION,
    ),
    Item("3c", "Known health inequalities", ("fairness.inequalities",), group=_INTRODUCTION),
    Item("4", "Objectives", ("purpose.objectives",), group=_INTRODUCTION),
    *_methods(),
    Item("18a", "Funding", ("governance.funding",), group=_OPEN),
    Item("18b", "Conflicts of interest", ("governance.conflicts",), group=_OPEN),
    Item("18c", "Protocol", ("governance.protocol",), group=_OPEN),
    Item("18d", "Registration", ("governance.registration",), group=_OPEN),
    Item("18e", "Data", ("data.availability",), group=_OPEN),
    Item("18f", "Code", (), model.code, group=_OPEN),
    Item("19", "Patient and public involvement", ("governance.patient_involvement",), group=_INVOLVED),
    *_results(),
    Item(
        "25",
        "Interpretation, fairness too",
        ("validation.interpretation", "validation.fairness_interpretation"),
        group=_DISCUSSION,
    ),
    Item("26", "Limitations", ("risks.limitations",), model.limitations, group=_DISCUSSION),
    Item("27a", "Poor or missing inputs at use", ("purpose.poor_inputs",), model.inputs, group=_DISCUSSION),
    Item("27b", "What users must do and know", ("purpose.user_interaction",), group=_DISCUSSION),
    Item("27c", "Next steps", ("purpose.next_steps",), group=_DISCUSSION),
)

FORM = Form(
    "tripod",
    "TRIPOD+AI checklist",
    "The items of Collins et al., BMJ 2024;385:e078378 (CC BY), titles shortened, with the evidence that each rests on. A filled item is "
    "material for a report; whether the report is complete, its authors say.",
    ITEMS,
    "doi:10.1136/bmj-2023-078378",
)
