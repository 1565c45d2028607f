"""Words that announce an identifier, and what must follow them for it to be one.

A label is found by its stem in lower case, and only there its full pattern is tried: searching for a fixed text is many times faster than
trying a hundred alternatives at each character.
"""

from __future__ import annotations

from dataclasses import dataclass

from wardround.phi.national import NHS_ALONE, NUMBERS

#: Between a label and its value: quotes, a sign, a short word. Text, JSON, HL7 and key=value lines all have it.
SIGN = r"(?:[\"'*_`\])]{0,3}[ \t]{0,4}(?:[:=#>|]{1,2}|-|(?<!\w)(?:is|was|ist|est|es|è|on|am|le|el|of)(?!\w)|,)?[ \t]{0,4}[\"'*\[({]{0,3})"
#: The same, but a sign must be there: for labels that are also common words.
STRICT = r"(?:[\"'*_`\])]{0,3}[ \t]{0,4}(?:[:=#>|]|(?<!\w)(?:is|was)(?!\w))[ \t]{0,4}[\"'*\[({]{0,3}\n?[ \t]{0,40}\"?)"
#: A space alone, which people leave where a sign would be; so the value must say more by itself.
SPACE = r"[ \t]{1,2}"
NO = r"(?:[ _-]?(?:number|num|nummer|no|nr|n°|#|id|ident|identifier|code))?\.?"

_MONTH = r"(?i:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zé]{0,7}\.?"
DATE = (
    r"(?:(?:18|19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|[12]\d|3[01])[-/.](?:(?:18|19|20)\d\d|\d\d)(?!\d|\.\d)"
    rf"|(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.)? (?:of )?{_MONTH},? (?:(?:18|19|20)\d\d|\d\d)(?!\d)"
    rf"|{_MONTH} (?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,? (?:18|19|20)\d\d(?!\d)"
    r"|(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d))"
)
PHONE = r"\+?\(?\d[\d ()./-]{5,17}\d(?!\d|\.\d)"
#: A part of a name: capital, letters. Digits may end it, as Synthea's do.
PART = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ'’A-Z-]+\d{0,4}"
NAME = rf"(?:{PART}|[A-Z]\.)(?:(?:,)? (?:(?:van|von|de|der|den|la|di|da|al|bin|ter|zu) )*(?:{PART}|[A-Z]\.?)){{1,3}}|[A-Z]{{2,}}, ?[A-Z]{{2,}}"
ONE_NAME = rf"{PART}(?:[ -]{PART}){{0,2}}|[A-Z]{{3,}}"
#: A number or code of at least four digits, perhaps with letters before it.
CODE = r"(?=[A-Za-z0-9/-]{0,12}\d{3})(?:[A-Za-z]{1,5}[-/ ]?)?\d[A-Za-z0-9/-]{3,17}(?!\w|\.\w)"
MIXED = r"(?=[A-Z0-9 /-]{0,20}\d)[A-Z0-9][A-Z0-9/-]{1,8}(?:[ -]?[A-Z0-9]{2,10}){0,3}(?![\w(]|\.\w)"
ZIP = r"(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4} ?[A-Z]{2}|\d{5}(?:-\d{4})?|\d{4})(?!\w|\.\w)"
STREET = r"\d{1,5}[A-Za-z]?,? [\w'’.-]+(?: [\w'’.-]+){0,4}|[A-ZÄÖÜ][\w'’.-]+(?: [\w'’.-]+){0,3} \d{1,5}[a-z]?\b|P\.? ?O\.? Box \d+"
#: What follows a label without a sign: a US code that no unit stands behind, a serial number, a plate in capitals.
US_ZIP = r"\d{5}(?:-\d{4})?(?!\w|[.,]\w|-\w| ?(?:files?|bytes?|[kMG]i?B|entries|times|rows|lines)\b)"
SERIAL = r"[A-Z]{1,4}-?\d{5,14}(?!\w|\.\w)|\d{8,14}(?!\w|\.\w)"
PLATE = r"(?=[A-Z0-9 -]{0,8}\d)(?=[A-Z0-9 -]{0,8}[A-Z])[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,4}(?:[ -][A-Z]{2,3})?(?![\w(]|\.\w)"
IP = r"(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}"


@dataclass(frozen=True)
class Label:
    """``pattern`` starts with ``stem`` (lower case); after it and ``sign`` stands the value."""

    kind: str
    stem: str
    pattern: str
    value: str
    sign: str = SIGN


def _labels(kind: str, value: str, *patterns: str, sign: str = SIGN) -> tuple[Label, ...]:
    made = []
    for pattern in patterns:
        stem, _, rest = pattern.partition("~")
        made.append(Label(kind, stem, stem + rest, value, sign))
    return tuple(made)


#: ``stem~rest of the pattern``; the pattern is tried without regard to case.
LABELS: tuple[Label, ...] = (
    *_labels("name", NAME, "patient~(?:[ _-]?name|in|'s name)?", "pt~(?:[ _-]name)", "name~ of (?:the )?patient", "next of kin~", "next_of_kin~",
             "emergency contact~", "mother~(?:'s)?(?: maiden)?(?: name)?", "father~(?:'s)?(?: name)?", "guardian~(?: name)?", "full~[ _]?name",
             "maiden~[ _]?name", "subject~[ _]name", "consultant~", "physician~(?:[ _]name)?", "gp~(?: name)?", "patiënt~", "paziente~", "paciente~", "kontaktperson~",
             "responsible~ party", "attending~(?: physician)?", "surgeon~", "nurse~", "naam~", "nom du patient~", "member~[ _]name", sign=STRICT),
    *_labels("name", NAME, "referred by~", "seen by~", "signed by~", "reviewed with~", "discussed with~", "spoke to~", "spoke with~"),
    *_labels("name", ONE_NAME, "surname~", "family~[ _]?name", "last~[ _]?name", "first~[ _]?name", "given~[ _]?name", "middle~[ _]?name", "forename~s?", "nachname~", "vorname~",
             "prénom~", "nom~ de famille", "apellido~s?", "cognome~", "achternaam~", "voornaam~", "efternamn~", "alias~[ _]name", 'family~"', 'given~"', sign=STRICT),
    *_labels("date", DATE, "dob~", "d.o.b~\\.?", "date~[ _]of[ _](?:birth|death|admission|discharge|service)", "birth~[ _]?(?:date|day)(?:[ _]?time)?", "born~(?: on| in)?", "died~(?: on)?",
             "death~[ _]?date", "deceased~(?:[ _]?(?:on|date(?:time)?))?", "admitted~(?: to [a-z ]{2,20}?)?(?:[ _](?:on|at))?", "admission~[ _]?(?:date|time)?", "discharged~(?:[ _](?:on|at|home on))?", "discharge~[ _]?(?:date|time)?",
             "geboren~(?: am)?", "geb~\\.(?: am)?", "geburtsdatum~", "née le~", "né le~", "date de naissance~", "fecha de nacimiento~", "data di nascita~", "data de nascimento~", "geboortedatum~", "födelsedatum~"),
    *_labels("fax", PHONE, "fax~" + NO, "telefax~", "facsimile~"),
    *_labels("phone", PHONE, "phone~" + NO, "telephone~" + NO, "tel~" + NO, "mobile~" + NO, "cell~(?:phone)?" + NO, "contact~ number", "call~(?: (?:back|him|her|them))?(?: (?:on|at))?", "pager~", "telefon~", "handy~", "mobil~", "téléphone~", "portable~", "teléfono~",
             "telefono~", "telefoon~", "ring~(?: on)?", "home~ (?:phone|number)", "work~ (?:phone|number)"),
    *_labels("mrn", CODE, "mrn~" + NO, "medical~[ _-]?record" + NO, "med~[ _]rec" + NO, "hospital~[ _](?:number|no|id)\\.?", "patient~[ _-]?(?:number|num|no|id|identifier|#)\\.?", "patientid~", "chart~[ _](?:number|no|#)\\.?", "record~[ _](?:number|no|#)\\.?",
             "unit~[ _](?:number|no)\\.?", "fallnummer~", "patientennummer~", "patienten-id~", "patientnummer~", "numéro de dossier~", "ipp~", "historia clínica~", "cartella clinica~", "dossiernummer~", "hosp~ (?:no|num)\\.?"),
    *_labels("health_plan", CODE, "member~[ _-]?(?:number|no|id|#)\\.?", "policy~[ _-]?(?:number|no|id|#)\\.?", "subscriber~" + NO, "beneficiary~" + NO, "insurance~[ _-]?(?:number|no|id|#)\\.?", "medicaid~" + NO, "medicare~" + NO, "mbi~", "hicn~", "group~[ _](?:number|no)\\.?",
             "plan~[ _](?:number|no|id)\\.?", "health~[ _]plan" + NO, "mutuelle~" + NO, "ehic~" + NO),
    *_labels("account", CODE, "account~[ _-]?(?:number|no|num|id|#)\\.?", "acct~" + NO, "invoice~[ _-]?(?:number|no|#)\\.?", "billing~[ _-]?(?:number|no|id|account)\\.?", "iban~", "kontonummer~", "guarantor~" + NO, "card~[ _](?:number|no)\\.?"),
    *_labels("licence", CODE, "license~[ _-]?(?:number|no|num|#)\\.?", "licence~[ _-]?(?:number|no|num|#)\\.?", "driver~'?s?[ _]licen[cs]e" + NO, "driving~ licen[cs]e" + NO, "dea~ (?:number|no)\\.?", "dl~[ _](?:number|no|#)\\.?", "certificate~[ _-]?(?:number|no|#)\\.?", "führerschein~" + NO, "gmc~" + NO),
    *_labels("vehicle", MIXED, "vin~", "licen~[cs]e plate" + NO, "number~ plate", "plate~ (?:number|no)\\.?", "registration~ plate", "vehicle~(?: registration| reg| id)" + NO, "kennzeichen~", "immatriculation~", "kenteken~", sign=STRICT),
    *_labels("device", MIXED, "serial~[ _-]?(?:number|no|num|#)\\.?", "device~[ _-]?(?:id|identifier|serial|number)" + NO, "udi~", "implant~(?: serial)?" + NO, "pacemaker~(?: serial)?" + NO, "s/n~", "seriennummer~", "lot~ (?:number|no)\\.?", sign=STRICT),
    *_labels("vehicle", PLATE, "licen~[cs]e plate" + NO, "number~ plate", "registration~ plate", sign=SPACE),
    *_labels("device", SERIAL, "serial~[ _-]?(?:number|no|num|#)\\.?", sign=SPACE),
    *_labels("biometric", r"(?=[\w:+/=-]*\d)[\w:+/=-]{6,}", "biometric~" + NO, "fingerprint~ (?:template|scan)" + NO, "iris~ (?:scan|code|template)" + NO, "retina~ scan" + NO, "voiceprint~" + NO, "faceprint~" + NO, "palm~ ?print" + NO, sign=STRICT),
    *_labels("ip", IP, "ip~(?:[ _]address)?", sign=STRICT),
    *_labels("other_id", CODE, "passport~" + NO, "accession~" + NO, "specimen~" + NO, "case~[ _](?:number|no|id)\\.?", "encounter~[ _](?:number|no|id)\\.?", "visit~[ _](?:number|no|id)\\.?", "study~ id", "employee~[ _](?:number|no|id)\\.?", "reisepass~" + NO, "passeport~" + NO, "rx~ ?(?:number|no|#)\\.?", "prescription~ (?:number|no|#)\\.?"),
    *_labels("address", STREET, "address~(?: line)?(?: ?\\d)?", "street~", "lives at~", "residing at~", "resides at~", "home address~", "anschrift~", "adresse~", "wohnhaft~(?: in)?", "dirección~", "indirizzo~", "adres~", 'line~"'),
    *_labels("address", ZIP, "zip~(?:[ _]?code)?", "postcode~", "post~[ _]code", "postal~[ _]?code", "plz~", "code postal~", "código postal~", "postnummer~", sign=STRICT),
    *_labels("address", US_ZIP, "zip~(?:[ _]?code)?", sign=SPACE),
    *_labels("nhs_number", f"(?:{NHS_ALONE})", *(f"{word}~(?: (?:for|of))?{NO}" for word in ("patient", "row", "record", "subject", "person", "encounter"))),
    *(Label(number.kind, word, word + NO, f"(?:{number.shape})") for number in NUMBERS for word in number.words),
)  # fmt: skip
