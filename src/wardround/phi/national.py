"""Numbers that states and health services give to people: their shapes, check digits, and the words that announce them.

``bare`` says that the shape is rare enough to count without a word beside it: letters and digits in a fixed order, a date inside, or the
usual spacing, each together with a check digit. The others count only after one of their ``words``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from wardround.phi import checks


@dataclass(frozen=True)
class Number:
    """One kind of number. ``shape`` allows for separators, which are taken out (``keep`` stay) before ``check`` is asked."""

    kind: str
    country: str
    shape: str
    check: Callable[[str], bool]
    words: tuple[str, ...] = ()
    bare: bool = False
    keep: str = ""

    def fits(self, text: str) -> bool:
        """Whether the text, which has the shape, can be such a number."""
        return self.check(re.sub(r"[^0-9A-Za-z" + re.escape(self.keep) + "]", "", text).upper())


_NIR = r"[1-478] ?\d\d ?\d\d ?\d\d ?\d{3} ?\d{3} ?\d\d"
#: An NHS number that is no part of a longer number, time or version.
NHS_ALONE = r"\d{3}[ -]?\d{3}[ -]?\d{4}(?![\w-]|[.:]\d)"
NUMBERS: tuple[Number, ...] = (
    Number("ssn", "US", r"\d{3}-\d{2}-\d{4}", checks.ssn, bare=True),
    Number("ssn", "US", r"\d{3}[- ]?\d{2}[- ]?\d{4}", checks.ssn, ("ssn", "social security")),
    Number("health_plan", "US", r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d\d", checks.always, bare=True),
    Number("nhs_number", "GB", r"\d{3} \d{3} \d{4}", checks.nhs, bare=True),
    Number("nhs_number", "GB", r"\d{3}[ -]?\d{3}[ -]?\d{4}", checks.nhs, ("nhs",)),
    Number("nhs_number", "GB", NHS_ALONE, checks.nhs),  # after words for a row of a person: see the labels
    Number("nhs_number", "GB", r"\d{6} ?\d{4}", checks.chi, ("chi",)),
    Number("national_id", "GB", r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]", checks.always, ("national insurance", "nino", "ni number", "ni no")),
    Number("national_id", "GB", r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] \d\d \d\d \d\d [A-D]", checks.always, bare=True),
    Number("national_id", "IE", r"\d{7}[A-W][A-IW]?", checks.pps, ("pps", "ppsn")),
    Number("national_id", "DE", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", checks.steuer_id, ("steuer", "steueridentifikationsnummer", "idnr", "tax id")),
    Number("health_plan", "DE", r"[A-Z]\d{9}", checks.kvnr, ("versichertennummer", "versicherten", "krankenversicherten", "kvnr", "kv-nr", "egk")),
    Number("national_id", "FR", _NIR, checks.nir, bare=True),
    Number("national_id", "IT", r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]", checks.codice_fiscale, bare=True),
    Number("national_id", "ES", r"(?:\d{8}|[XYZ]\d{7})-?[A-HJ-NP-TV-Z]", checks.dni, bare=True),
    Number("national_id", "NL", r"\d{3}[ .]?\d{3}[ .]?\d{3}|\d{4}[ .]?\d{2}[ .]?\d{3}", checks.bsn, ("bsn", "burgerservicenummer", "sofinummer")),
    Number("national_id", "PL", r"\d{11}", checks.pesel, ("pesel",)),
    Number("national_id", "NO", r"\d{6} ?\d{5}", checks.fodselsnummer, ("fødselsnummer", "fodselsnummer", "fnr", "personnummer")),
    Number("national_id", "SE", r"(?:19|20)?\d{6}[-+]?\d{4}", lambda text: checks.personnummer(text[-10:]), ("personnummer", "personnr", "pnr")),
    Number("national_id", "SE", r"(?:19|20)?\d{6}[-+]\d{4}", lambda text: checks.personnummer(text[-10:]), bare=True),
    Number("national_id", "DK", r"\d{6}-?\d{4}", checks.cpr, ("cpr",)),
    Number("national_id", "FI", r"\d{6}[-+A]\d{3}[0-9A-FHJ-NPR-Y]", checks.hetu, bare=True, keep="-+"),
    Number("national_id", "BE", r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d", checks.rijksregister, bare=True),
    Number("national_id", "BE", r"\d\d[. ]?\d\d[. ]?\d\d[- ]?\d{3}[. ]?\d\d", checks.rijksregister, ("rijksregister", "registre national", "numéro national", "national number", "insz", "niss")),
    Number("national_id", "CH", r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d", checks.ahv, bare=True),
    Number("national_id", "AT", r"\d{4} ?\d{6}", checks.svnr, ("svnr", "sv-nummer", "sozialversicherungsnummer", "versicherungsnummer")),
    Number("national_id", "PT", r"\d{3} ?\d{3} ?\d{3}", checks.nif, ("nif", "contribuinte")),
    Number("account", "IBAN", r"[A-Z]{2}\d\d ?(?:[A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}", checks.iban, bare=True),
    Number("account", "card", r"(?:4\d|5[1-5]|3[47])\d\d[ -]\d{4}[ -]\d{4}[ -]\d{3,4}", checks.luhn, bare=True),
    Number("vehicle", "VIN", r"[A-HJ-NPR-Z0-9]{17}", checks.vin, bare=True),
)  # fmt: skip
