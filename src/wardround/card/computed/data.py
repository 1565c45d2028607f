"""What is known of the data: where from, since when, how many, what is missing, who is in."""

from __future__ import annotations

import re

from wardround.card.facts import Facts
from wardround.card.sheet import Computed, Table
from wardround.contract.model import Contract, ContractColumn

PROFILE = ("profile.json#columns",)
_CATEGORIES = {
    "race": r"\brace\b|racial",
    "ethnicity": r"ethnic",
    "language": r"language|interpreter",
    "sexual_orientation": r"sexual_orientation",
    "gender_identity": r"gender_identity",
    "sex": r"\bsex\b|\bgender\b",
    "date_of_birth": r"\bage\b|birth|\bdob\b",
    "social_determinants": r"depriv|insur|payer|postcode|housing|income|employ|marital|educat",
    "health_status": r"frailty|disab|functional|smok|comorbid",
}


def dates(facts: Facts) -> Computed:
    """The window, and when each part of the split begins and ends."""
    window = facts.params.data.window
    lines = [
        f"Window: {window.start if window.start is not None else 'open'} to {window.end if window.end is not None else 'open'}."
    ]
    if facts.made is not None and facts.made.test_from:
        lines.append(f"The sealed test block begins at {facts.made.test_from}.")
    return Computed(tuple(lines), evidence=("params.yaml#data.window", "split.json#test_from"))


def sizes(facts: Facts) -> Computed:
    """Encounters and events by part, rounded to ten or withheld."""
    rows = tuple((item.part, str(item.n), str(item.events), item.first, item.last) for item in facts.sizes)
    if not rows:
        return Computed(evidence=("split.json#splits",))
    headings = ("Part", "Encounters", "Events", "First", "Last")
    return Computed(("Counts are rounded to ten.",), Table("The split", headings, rows), ("split.json#splits",))


def criteria(facts: Facts) -> Computed:
    """Exclusions by params, and how many encounters each took."""
    said = [
        f"Excluded where {column} is {', '.join(str(value) for value in values)} (data.exclude)."
        for column, values in facts.params.data.exclude.items()
    ]
    rows = tuple((item.why, str(item.n)) for item in facts.exclusions)
    table = Table("Left out at ingest", ("Reason", "Encounters"), rows) if rows else None
    return Computed(
        (*said, "All other encounters of the window are in."),
        table,
        ("ingest.json#excluded", "ingest.json#out_of_window", "params.yaml#data.exclude"),
    )


def source(facts: Facts) -> Computed:
    """Where encounters were read from, as params say it; never an address with credentials."""
    kind = facts.params.data.source
    words = {
        "synthetic": "Synthetic encounters of a documented generator: no patient's data.",
        "files": "Files that the project names (data.path), kept as one snapshot.",
        "sql": "A query of the project (data.path), kept as one snapshot.",
    }
    digest = facts.origin.digests.get("data", "")
    return Computed(
        (words[kind], f"Snapshot {digest}." if digest else ""),
        evidence=("params.yaml#data.source", "dvc.lock#data/snapshot"),
    )


def demographics(facts: Facts) -> Computed:
    """The distribution of the declared groupings, from the profile; and of everybody's columns in the nine categories."""
    wanted = {item.column for item in facts.params.evaluate.subgroups}
    wanted |= {name for names in sensitive(facts).values() for name in names}
    profile = facts.published.profile
    rows = [
        (column.column.replace("_", " "), cell.label, str(cell.head))
        for column in (profile.columns if profile else ())
        if column.column in wanted and not column.withheld
        for cell in column.cells
    ]
    if not rows:
        return Computed(evidence=PROFILE)
    return Computed((), Table("Who is in the data", ("Column", "Value", "Share"), tuple(rows)), PROFILE)


def missingness(facts: Facts) -> Computed:
    """The share missing of each column."""
    profile = facts.published.profile
    rows = tuple((column.column, str(column.missing.head)) for column in (profile.columns if profile else ()))
    return (
        Computed((), Table("Missing values", ("Column", "Share missing"), rows), PROFILE)
        if rows
        else Computed(evidence=PROFILE)
    )


def differences(facts: Facts) -> Computed:
    """How development and test data differ by construction."""
    method = facts.made.split_method if facts.made else ""
    if not method:
        return Computed(evidence=("split.json#method",))
    how = (
        "later in time, and of patients who were not trained on"
        if method == "time"
        else "of other patients, drawn by a hash"
    )
    return Computed(
        (f"Test encounters are {how}. Setting, eligibility, outcome and predictors are the same.",),
        evidence=("split.json#method",),
    )


def checks(facts: Facts) -> Computed:
    """What the contract says of the table."""
    found = facts.published.validation
    if found is None:
        return Computed(evidence=("validation.json#checks",))
    rows = tuple((item.rule, item.column, item.verdict, str(item.share)) for item in found.failures)
    table = Table("Checks of the contract that found something", ("Rule", "Column", "Verdict", "Share of rows"), rows)
    return Computed((f"The contract: {found.verdict}.",), table if rows else None, ("validation.json#checks",))


def sensitive(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Columns of the contract by the nine categories: as declared, else by their names."""
    columns = facts.contract.columns if facts.contract else ()
    found = {}
    for category, pattern in _CATEGORIES.items():
        named = facts.categories.get(category)
        by_name = tuple(
            column.name for column in columns if re.search(pattern, column.name.replace("_", " ") + " " + column.name)
        )
        found[category] = named if named is not None else by_name
    return found


def variables(facts: Facts) -> Computed:
    """Which of the nine categories are input features."""
    if facts.contract is None or facts.made is None:
        return Computed(evidence=("features.json#columns",))
    rows = []
    for category, names in sensitive(facts).items():
        used = [
            name
            for name in facts.made.features
            if any(name == column or name.startswith(f"{column}_") for column in names)
        ]
        there = ", ".join(names) or "not in the data"
        rows.append((category.replace("_", " "), there, ", ".join(used) or "no"))
    note = "Columns are found by their names unless data.categories of the card says otherwise; a feature that is made of a column under another name is not seen."
    table = Table(
        "Variables of 170.315(b)(11)(iv)(A)(5) to (13)", ("Variable", "Columns", "Input feature"), tuple(rows)
    )
    return Computed((note,), table, ("features.json#columns", "pipelines/contract.py"))


def predictors(facts: Facts) -> Computed:
    """The features, and what the contract says of the columns that they are made of."""
    if facts.made is None:
        return Computed(evidence=("features.json#columns",))
    rows = tuple((name, _kind(name, facts.contract)) for name in facts.made.features)
    return Computed(
        (),
        Table("Predictors", ("Feature", "Of the contract"), rows),
        ("features.json#columns", "pipelines/features.py"),
    )


def _kind(name: str, contract: Contract | None) -> str:
    column = contract.column(name) if contract else None
    return _said(column) if column is not None else "made by pipelines/features.py"


def _said(column: ContractColumn) -> str:
    parts = [column.description, column.unit, f"known at {column.known_at}"]
    return "; ".join(part for part in parts if part)


def dictionary(facts: Facts) -> Computed:
    """Every column of the contract."""
    columns = facts.contract.columns if facts.contract else ()
    rows = tuple(
        (item.name, item.description, item.kind.value, item.unit, _values(item), item.known_at) for item in columns
    )
    headings = ("Column", "Meaning", "Kind", "Unit", "Permitted values", "Known at")
    return Computed((), Table("Columns", headings, rows), ("pipelines/contract.py",)) if rows else Computed()


def _values(column: ContractColumn) -> str:
    if column.categories is not None:
        return ", ".join(column.categories)
    limits = [f"{sign} {value}" for sign, value in (("from", column.low), ("to", column.high)) if value is not None]
    return " ".join((*limits, *(("or missing",) if column.nullable else ())))
