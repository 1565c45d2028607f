"""The kinds of identifier that the scan knows: the 18 of HIPAA's safe harbour, and common European numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind. ``hipaa`` is its letter in 45 CFR 164.514(b)(2)(i); ``(R)`` is *any other unique identifying number*."""

    name: str
    title: str
    hipaa: str

    @property
    def rule(self) -> str:
        """What a finding is called."""
        return f"phi.{self.name}"


#: Source of the letters: 45 CFR 164.514(b)(2)(i)(A) to (R).
KINDS: tuple[Kind, ...] = (
    Kind("name", "name of a person", "A"),
    Kind("address", "address or postal code", "B"),
    Kind("date", "date of birth, death, admission or discharge; age over 89", "C"),
    Kind("phone", "telephone number", "D"),
    Kind("fax", "fax number", "E"),
    Kind("email", "e-mail address", "F"),
    Kind("ssn", "US social security number", "G"),
    Kind("mrn", "medical record or patient number", "H"),
    Kind("health_plan", "number of a health plan's member", "I"),
    Kind("account", "account number", "J"),
    Kind("licence", "certificate or licence number", "K"),
    Kind("vehicle", "vehicle identifier or plate", "L"),
    Kind("device", "device identifier or serial number", "M"),
    Kind("url", "web address that names a patient", "N"),
    Kind("ip", "network address", "O"),
    Kind("biometric", "biometric identifier", "P"),
    Kind("photo", "photograph or scan", "Q"),
    Kind("other_id", "other identifying number", "R"),
    Kind("nhs_number", "NHS or CHI number", "R"),
    Kind("national_id", "national identity or insurance number", "R"),
    Kind("row_level", "table with a row for each patient", "R"),
    Kind("unreadable", "file of a kind that holds tables and cannot be read", ""),
)
BY_NAME = {kind.name: kind for kind in KINDS}
