"""A made corpus of clinical text with labels: who wrote it invented every person. ``python corpus.py`` writes ``corpus.jsonl`` anew.

Each line of the file holds a text and its identifiers as (start, end, kind). Two thirds are notes, messages, JSON, HL7, logs and German, French, Spanish,
Italian, Dutch and Nordic text with identifiers; one third is text without any that looks as if it had some: measures, doses, versions, commit names,
timestamps, ranges, reserved addresses. The templates were written before the scan was measured on them. Some identifiers are such that a scan
without a model of language cannot find them (a rare given name in running text, a date without a word before it): they count as misses.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

FILE = Path(__file__).with_name("corpus.jsonl")
FIRST = ["James", "Mary", "Robert", "Patricia", "Linda", "Thomas", "Fatima", "Olena", "Kwame", "Ngozi", "Siobhan", "Dwayne", "Priya", "Mateusz", "Xin", "Aurelio", "Hedwig", "Tatiana", "Emily", "Grace"]  # fmt: skip
LAST = ["Whitcombe", "Okafor", "O'Brien", "Lindqvist", "Marchetti", "Van der Meer", "Featherstone", "Kowalczyk", "Delacroix", "Haas", "Nguyen", "Smith", "Abernathy-Cole", "Petrov", "Sato"]  # fmt: skip
STREETS = [
    "14 Orchard Lane",
    "221 Baker Street",
    "7 Old Mill Road",
    "1600 Harbour Avenue",
    "35 St. Anne's Close",
    "902 W Maple Dr",
]


def digits(draw: random.Random, count: int, first: str = "0123456789") -> str:
    return draw.choice(first) + "".join(draw.choice("0123456789") for _ in range(count - 1))


def until(make: Callable[[], str], good: Callable[[str], bool]) -> str:
    while not good(text := make()):
        pass
    return text


def spaced(text: str, *parts: int) -> str:
    starts = [sum(parts[:number]) for number in range(len(parts))]
    return " ".join(text[start : start + length] for start, length in zip(starts, parts, strict=True))


def nhs(draw: random.Random) -> str:
    """Check digit by the definition in the NHS data dictionary, written here a second time."""
    while True:
        nine = digits(draw, 9, "46")
        check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11
        if check != 10:
            return nine + str(0 if check == 11 else check)


def luhn(body: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (1 if place % 2 else 2)
        total += doubled // 10 + doubled % 10
    return body + str(-total % 10)


def iban(draw: random.Random) -> str:
    account = digits(draw, 18)
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"


def nir(draw: random.Random) -> str:
    body = f"{draw.choice('12')}{draw.randrange(30, 99)}{draw.randrange(1, 13):02d}{draw.randrange(1, 95):02d}{digits(draw, 3)}{digits(draw, 3)}"
    return f"{body}{97 - int(body) % 97:02d}"


def dni(draw: random.Random) -> str:
    number = digits(draw, 8)
    return number + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]


def bsn(draw: random.Random) -> str:
    return until(
        lambda: digits(draw, 9, "123456789"),
        lambda n: (sum(int(n[i]) * (9 - i) for i in range(8)) - int(n[8])) % 11 == 0,
    )


def pesel(draw: random.Random) -> str:
    body = f"{draw.randrange(30, 99)}{draw.randrange(1, 13):02d}{draw.randrange(1, 29):02d}{digits(draw, 4)}"
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    return body + str(-sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 10)


def hetu(draw: random.Random) -> str:
    date, number = (
        f"{draw.randrange(1, 29):02d}{draw.randrange(1, 13):02d}{draw.randrange(30, 99)}",
        f"{draw.randrange(2, 900):03d}",
    )
    return f"{date}-{number}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(date + number) % 31]}"


def personnummer(draw: random.Random) -> str:
    ten = luhn(f"{draw.randrange(30, 99)}{draw.randrange(1, 13):02d}{draw.randrange(1, 29):02d}{digits(draw, 3)}")
    return f"{ten[:6]}-{ten[6:]}"


def date(draw: random.Random) -> str:
    year, month, day = draw.randrange(1925, 2020), draw.randrange(1, 13), draw.randrange(1, 29)
    months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    return draw.choice([f"{year}-{month:02d}-{day:02d}", f"{day:02d}/{month:02d}/{year}", f"{day}.{month}.{year}", f"{day} {months[month - 1]} {year}", f"{months[month - 1]} {day}, {year}"])  # fmt: skip


def makers(draw: random.Random) -> dict[str, Callable[[], str]]:
    """What stands in a template's braces: the kind before the colon is its label."""
    first, last = lambda: draw.choice(FIRST), lambda: draw.choice(LAST)
    return {
        "name:full": lambda: f"{first()} {last()}",
        "name:listed": lambda: f"{last()}, {first()}",
        "name:last": last,
        "name:first": first,
        "date:any": lambda: date(draw),
        "date:iso": lambda: f"{draw.randrange(1925, 2020)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}",
        "date:age": lambda: f"{draw.randrange(90, 105)}-year-old",
        "phone:us": lambda: draw.choice(["({}) {}-{}", "{}-{}-{}", "{}.{}.{}"]).format(digits(draw, 3, "23467"), digits(draw, 3, "2346789"), digits(draw, 4)),
        "phone:gb": lambda: f"0{digits(draw, 4, '7')} {digits(draw, 6, '1234568')}",
        "phone:eu": lambda: f"+{draw.choice(['49', '33', '34', '39', '31', '46'])} {digits(draw, 3, '123456789')} {digits(draw, 7)}",
        "fax:us": lambda: f"{digits(draw, 3, '23467')}-{digits(draw, 3, '2346789')}-{digits(draw, 4)}",
        "email:any": lambda: f"{draw.choice(FIRST).lower()}.{re.sub('[^a-z]', '', draw.choice(LAST).lower())}{draw.randrange(99)}@{draw.choice(['mailbox.org', 'hospital-north.nhs.uk', 'klinikum-west.de'])}",
        "ssn:any": lambda: until(lambda: f"{digits(draw, 3, '12345')}-{digits(draw, 2, '123')}-{digits(draw, 4, '123')}", lambda text: not text.startswith("123-45")),
        "mrn:any": lambda: draw.choice([digits(draw, 7, "123456789"), "MR" + digits(draw, 6), "H-" + digits(draw, 8)]),
        "health_plan:any": lambda: draw.choice(["XYZ", "W", ""]) + digits(draw, 9, "123456789"),
        "account:any": lambda: digits(draw, 8, "123456789"),
        "account:iban": lambda: iban(draw),
        "account:card": lambda: spaced(luhn("4" + digits(draw, 14)), 4, 4, 4, 4),
        "licence:any": lambda: draw.choice("ABDF") + digits(draw, 7),
        "vehicle:plate": lambda: f"{draw.choice(['KX', 'LB', 'BD'])}{draw.randrange(10, 73)} {draw.choice(['VTR', 'OZM', 'HJK'])}",
        "device:any": lambda: f"SN{digits(draw, 6)}{draw.choice('ABC')}",
        "url:any": lambda: f"https://portal.hospital-north.org/patient/{digits(draw, 6)}",
        "ip:any": lambda: f"{draw.choice([81, 93, 145, 212])}.{draw.randrange(1, 255)}.{draw.randrange(1, 255)}.{draw.randrange(1, 255)}",
        "biometric:any": lambda: f"f{digits(draw, 8)}a9c",
        "other_id:passport": lambda: digits(draw, 9, "123456789"),
        "other_id:case": lambda: f"C{digits(draw, 7)}",
        "address:street": lambda: draw.choice(STREETS),
        "address:zip": lambda: draw.choice(["02139", "SW1A 2AA", "LS2 9JT", "60614-2203"]),
        "address:de": lambda: f"{draw.choice(['Lindenstraße', 'Hauptstr.', 'Goetheplatz', 'Birkenweg'])} {draw.randrange(1, 140)}",
        "nhs_number:spaced": lambda: spaced(nhs(draw), 3, 3, 4),
        "nhs_number:bare": lambda: nhs(draw),
        "national_id:nir": lambda: nir(draw), "national_id:dni": lambda: dni(draw), "national_id:bsn": lambda: bsn(draw), "national_id:pesel": lambda: pesel(draw),
        "national_id:hetu": lambda: hetu(draw), "national_id:se": lambda: personnummer(draw), "national_id:nino": lambda: f"{draw.choice(['AB', 'CE', 'JH'])} {digits(draw, 2)} {digits(draw, 2)} {digits(draw, 2)} {draw.choice('ABCD')}",
    }  # fmt: skip


WITH = """Patient: {name:full}, DOB: {date:any}. Presents with shortness of breath on exertion.
Pt name: {name:full}  MRN: {mrn:any}  Admitted: {date:any}
Discharge summary for Mr. {name:last}, born {date:any}, discharged on {date:any} to home.
{date:age} woman, known to the service, admitted with delirium.
Spoke to daughter ({name:full}) on {phone:us}; she will collect him at noon.
Letter to Dr {name:last}, fax: {fax:us}, re NHS number {nhs_number:spaced}.
NHS No. {nhs_number:bare} seen in clinic, BP 142/88, next visit in six weeks.
Lives at {address:street}, {address:zip}. Uses a walking frame.
Address: {address:street}
Postcode: {address:zip}
SSN {ssn:any}; insurance member ID {health_plan:any}; policy number: {health_plan:any}.
Email {email:any} with the results, please.
Account number: {account:any}, invoice sent.
Driver's license: {licence:any} (checked at the desk)
Licence plate: {vehicle:plate} left in bay 4.
Pacemaker serial number: {device:any}, interrogated today.
Result viewed at {url:any} by the ward.
login from {ip:any} by user ward7
Biometric ID: {biometric:any}
Passport no. {other_id:passport} copied for the overseas team.
Case number: {other_id:case} closed.
{{"patient_name": "{name:full}", "birthDate": "{date:iso}", "phone": "{phone:us}"}}
{{"resource": {{"family": "{name:last}", "given": ["{name:first}"], "postalCode": "{address:zip}", "sex": "F"}}}}
print(df.head())  # mrn={mrn:any} dob={date:iso}
2024-03-01 10:12:44 INFO lookup ok mrn={mrn:any} took 12 ms
ValueError: cannot convert '{name:full}' to float
assert find("{email:any}") is None
Next of kin: {name:full}, tel. {phone:gb}.
Mobile {phone:gb}, prefers text.
Call {phone:us} if the potassium is above 6.
Consultant: {name:full}. Ward 7B.
Referred by {name:full}, GP.
Mrs {name:last} slept well; obs stable.
Reviewed with {name:full} on the round.
{name:listed} -- bed 12 -- 68 F -- CAP
Seen {date:any}. Creatinine 1.4.
Patientin: {name:full}, geb. {date:any}, wohnhaft {address:de}.
Geburtsdatum: {date:any}; Telefon: {phone:eu}
Herr {name:last} wurde am Montag entlassen. Anschrift: {address:de}
Fallnummer: {account:any}
IBAN {account:iban} für die Zuzahlung.
Card {account:card} was charged for the private room.
Numéro de sécurité sociale : {national_id:nir}
Mme {name:last}, née le {date:any}, se plaint de douleurs thoraciques.
Paciente: {name:full}, DNI {national_id:dni}, diabetes tipo 2.
Fecha de nacimiento: {date:any}
BSN: {national_id:bsn}, opgenomen op de afdeling cardiologie.
PESEL {national_id:pesel}, przyjęty z bólem w klatce piersiowej.
Henkilötunnus {national_id:hetu}
Personnummer {national_id:se}, inlagd för hjärtsvikt.
National Insurance: {national_id:nino}
Data di nascita: {date:any}; paziente: {name:full}
Fix the join for patient {name:full} (see ticket)
Merge: drop rows of MRN {mrn:any}
Telephone: {phone:us}  Fax: {fax:us}  Email: {email:any}
Serial no: {device:any} lot 7
Emergency contact: {name:full} {phone:us}
Surname: {name:last}  First name: {name:first}  DOB: {date:any}
Died on {date:any}; certificate issued.
The {date:age} patient declined surgery.""".splitlines()

WITHOUT = """Creatinine 1.42 mg/dL (0.60 to 1.20), potassium 4.1 mmol/L, eGFR 58.
AUROC 0.718 → 0.721, difference +0.003, 95 % interval −0.002 to +0.008
Commit 8f14e45fceea167a5a36dedd4bea2543a1b2c3d4 merged into main.
sha256:9b74c9897bac770ffc029102a200c5de1a1b2c3d4e5f60718293a4b5c6d7e8f90
seed: 20260101  encounters: 24000  months: 27
window: {start: "2023-01-01", end: "2025-04-01"}
Released v1.14.2 on 2024-05-06 with Python 3.11.7
Give amoxicillin 500 mg three times a day for 7 days; review at 48 h.
See RFC 2606 and ISO 3779, section 4.2.1, page 1203.
Run `pip install package==2026.2.1` and open http://127.0.0.1:8000/docs
Contact: maintainers@example.org or +1 202-555-0143 (reserved numbers)
host 10.12.0.44 and 192.168.1.20 are in the private range
The patient was admitted to ward 7 and discharged three days later.
Patient name and date of birth are never written to the log.
def patient_name(row): return row["name"].strip()
mrn = table["mrn"].astype(str)  # removed before anything is saved
phone: str | None = None
Blood pressure 142/88, pulse 72, saturation 97 %, temperature 37.2
Sensitivity 0.81 (0.76 to 0.86) at threshold 0.2; specificity 0.79 (0.75 to 0.83)
ICD-10 I50.9, N18.3; SNOMED 84114007; LOINC 2160-0; RxNorm 314076
| age 65-79 | 1230 | 210 | 0.171 |
timestamp 1700000000 nanoseconds 1700000000123456789
The Cochrane review (n = 12345) found no difference between St George and the Royal hospitals.
Ages 18 to 95; 90 % of patients are over 60; 93 of 120 had two visits.
Table 3. Odds ratios by hospital: 1.21, 0.97, 1.05 and 1.33.
The name of the column is `date_of_birth`; its type is date.
Kaplan-Meier curves at 30, 60 and 90 days; log-rank p = 0.0342
uuid 3f2504e0-4f89-11d3-9a0c-0305e82c3301 generated for the run
git@github.com:hospital/readmission.git
Model weights: [0.12345678, -1.98765432, 3.14159265]
Ward round at 08:30 in room 204; bring the list.
Phone calls are logged by the switchboard; the fax machine was removed.
Chapter 12, Section 3-14-2020 of the handbook, 2nd edition
Order 66 vials of 0.9 % saline, catalogue page 4711.
training on 2024-01-01..2024-06-30, testing on 2024-07-01..2024-12-31""".splitlines()


def build(seed: int = 20260101, repeats: int = 6) -> list[dict[str, object]]:
    """All texts with their identifiers."""
    draw = random.Random(seed)
    make = makers(draw)
    found: list[dict[str, object]] = []
    for _ in range(repeats):
        for template in WITH:
            text, spans = "", []
            for piece in re.split(r"(\{[a-z_]+:[a-z]+\})", template):
                if re.fullmatch(r"\{[a-z_]+:[a-z]+\}", piece):
                    value = make[piece[1:-1]]()
                    spans.append([len(text), len(text) + len(value), piece[1:].split(":")[0]])
                    text += value
                else:
                    text += piece.replace("{{", "{").replace("}}", "}")
            found.append({"text": text, "spans": spans})
    return found + [{"text": text, "spans": []} for text in WITHOUT for _ in range(1)]


if __name__ == "__main__":
    with FILE.open("w", encoding="utf-8") as stream:
        for item in build():
            stream.write(json.dumps(item, ensure_ascii=False) + "\n")
