"""A data card, and a data dictionary from the contract."""

from __future__ import annotations

from wardround.card.computed import data
from wardround.card.filling import Form
from wardround.card.sheet import Item

CARD = Form(
    "data",
    "Data card",
    "What the model was made from: provenance, terms of use, collection, time, who is in it, what is missing, what the label means.",
    (
        Item("1", "Provenance", ("data.source",), data.source),
        Item("2", "Terms of use", ("data.terms_of_use",)),
        Item("3", "Collection", ("data.collection", "data.setting")),
        Item("4", "Time, and why it still matters", ("data.relevance",), data.dates),
        Item("5", "Who is in, who is out", ("data.eligibility",), data.criteria),
        Item("6", "How many", (), data.sizes),
        Item("7", "Representativeness", ("data.representativeness",), data.demographics),
        Item("8", "Missing values", ("data.missing",), data.missingness),
        Item(
            "9", "Label", ("outcome.definition", "outcome.horizon"), optional=("outcome.assessment", "outcome.quality")
        ),
        Item("10", "Checks", (), data.checks, ("data.quality_checks",)),
        Item("11", "Access", ("data.availability",)),
    ),
)

DICTIONARY = Form(
    "dictionary",
    "Data dictionary",
    "Every column of the incoming table, as the contract has it. *Known at* is the moment from which a value can be known.",
    (Item("1", "Columns", (), data.dictionary), Item("2", "Predictors", (), data.predictors)),
)
