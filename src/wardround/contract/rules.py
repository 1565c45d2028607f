"""The contract's rules by name: what pandera's checks are called in tolerances, evidence and reports."""

from __future__ import annotations

DTYPE = "dtype"
NULLABLE = "nullable"
RANGE = "range"
CATEGORIES = "categories"
FORBIDDEN = "forbidden"
LENGTH = "length"
PATTERN = "pattern"
UNIQUE = "unique"
REQUIRED = "required"
STRICT = "strict"
ORDERED = "ordered"

#: pandera's name of a built-in check -> the rule that it belongs to. Checks of one rule and column are counted together:
#: a row fails the rule if it fails any of them.
RULE_OF = {
    "greater_than_or_equal_to": RANGE,
    "greater_than": RANGE,
    "less_than_or_equal_to": RANGE,
    "less_than": RANGE,
    "in_range": RANGE,
    "isin": CATEGORIES,
    "equal_to": CATEGORIES,
    "notin": FORBIDDEN,
    "not_equal_to": FORBIDDEN,
    "str_length": LENGTH,
    "str_matches": PATTERN,
    "str_contains": PATTERN,
    "str_startswith": PATTERN,
    "str_endswith": PATTERN,
}

HINTS = {
    DTYPE: "the cell could not be read as the contract's type: correct the export, or declare its missing codes in metadata",
    NULLABLE: "the contract allows no missing value here: say nullable=True, or ask why values are missing",
    RANGE: "outside the contract's range: look for another unit, a missing code, or correct the range",
    CATEGORIES: "a level that the contract does not list: a new code, a spelling, or a missing code",
    FORBIDDEN: "a value that the contract forbids",
    LENGTH: "the text is shorter or longer than the contract allows",
    PATTERN: "the text has not the form that the contract states",
    UNIQUE: "the value stands in several rows",
    REQUIRED: "the column is not in the table: was it renamed or dropped from the export?",
    STRICT: "the contract is strict and does not declare this column",
    ORDERED: "the columns stand in another order than in the contract",
}

#: Names that a team's own check may not have, because tolerances are by name.
STANDARD = frozenset(HINTS)


def hint(rule: str) -> str:
    """What a failure of ``rule`` usually means."""
    return HINTS.get(rule, "a check of the team's own in pipelines/contract.py")
