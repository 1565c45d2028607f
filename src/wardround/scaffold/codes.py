"""Words and numbers that stand for a missing value although a cell is not empty.

The lists are project choice: codes that exports of hospital systems, SAS, SPSS, R, SQL and spreadsheets write. A code is
acted on only when it was seen and its column makes it one: ``None`` is a level of a categorical column (*not measured* is
information), but a missing number.
"""

from __future__ import annotations

#: Never a value, whatever the column holds. Compared without case and surrounding blanks.
ALWAYS = frozenset(
    {
        "?", "??", "???", "--", "---", ".", "..", "...", "na", "n/a", "n.a.", "#n/a", "#na", "#null!", "#value!", "#ref!",
        "#div/0!", "nan", "-nan", "nat", "null", "(null)", "<null>", "<na>", "\\n", "missing", "(missing)", "<missing>", "unknown",
        "(unknown)", "unknown/invalid", "unknown / invalid", "unk", "unkn", "not known", "not recorded", "not available",
        "not applicable", "not reported", "not specified", "unspecified", "undetermined", "no data", "nodata", "nd", "invalid",
        "not stated", "unobtainable", "unable to obtain", "unknown/not specified", "not collected", "unbekannt", "keine angabe", "k.a.", "k. a.", "inconnu", "desconocido", "sconosciuto", "onbekend",
    }
)  # fmt: skip
#: Missing in numbers and dates; a level of its own in a categorical column.
NOT_IN_CATEGORIES = frozenset(
    {"none", "nil", "void", "not measured", "not done", "not tested", "pending", "declined", "refused"}
)
#: Missing unless the column has other signs as levels, such as a rhesus factor with ``+`` and ``-``.
SIGN = "-"
#: Numbers that are codes when they lie far from all others; ``numbers.py`` says what far means.
NUMBERS = frozenset(
    {-1.0, -2.0, -3.0, -7.0, -8.0, -9.0, -88.0, -99.0, -999.0, -9999.0, -99999.0, -999999.0}
    | {88.0, 99.0, 777.0, 888.0, 999.0, 99.9, 999.9, 7777.0, 8888.0, 9999.0, 99999.0, 999999.0, 9999999.0, 99999999.0, 999999999.0}
)  # fmt: skip
#: Days that systems write for *no date*. The impossible ones are always codes, the others only far from all other dates.
IMPOSSIBLE_DAYS = frozenset(
    {
        "9999-99-99",
        "0000-00-00",
        "9999-12-31",
        "9999-01-01",
        "0001-01-01",
        "1111-11-11",
        "99999999",
        "00000000",
        "99991231",
    }
)
UNLIKELY_DAYS = frozenset(
    {
        "1900-01-01",
        "1899-12-30",
        "1899-12-31",
        "1901-01-01",
        "1800-01-01",
        "1753-01-01",
        "1970-01-01",
        "2099-12-31",
        "2100-01-01",
    }
)


def is_word(text: str, *, categorical: bool) -> bool:
    """Whether a cell's text is a word for *missing*."""
    plain = text.strip().casefold()
    return not plain or plain in ALWAYS or (plain in NOT_IN_CATEGORIES and not categorical)


def day_of(text: str) -> str:
    """The day part of a date and time, as far as text tells."""
    return text.strip().replace("/", "-")[:10]


def is_impossible_day(text: str) -> bool:
    """Whether the text is a day that no calendar or no hospital has."""
    return day_of(text) in IMPOSSIBLE_DAYS


def is_unlikely_day(text: str) -> bool:
    """Whether the text is a day that systems write when they have none."""
    return day_of(text) in UNLIKELY_DAYS
