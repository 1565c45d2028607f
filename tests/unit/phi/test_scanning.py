"""The scan of text: positions, overlaps, labels in code and JSON, and that it stays fast and linear."""

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.phi.scanning import PIECE, scan


def kinds(text: str) -> list[str]:
    return [hit.kind for hit in scan(text)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("patient_mrn: 4471203", "mrn"),
        ('{"birthDate": "1950-02-03"}', "date"),
        ('"family": "Abbott774",', "name"),
        ("PID|1||4471203^^^MRN||DOE^JANE", "row_level"),
        ('{"resourceType": "Patient", "id": "x"}', "row_level"),
        ("NHS number 4061358952", "nhs_number"),
        ("phone=+49 301 2345678", "phone"),
        ("Steuer-ID: 58 727 367 499", "national_id"),
        ("born 3 Feb 1950 in Leeds", "date"),
        ("patient 4505577104", "nhs_number"),
        ("Fix row for 4505577104", "nhs_number"),
        ("Drop the record of 450 557 7104", "nhs_number"),
        ("encounter_id=4505577104", "nhs_number"),
        ("data/patient4505577104.csv", "nhs_number"),
        ("zip 02139", "address"),
        ("ZIP code 02139-1234", "address"),
        ("serial number SN99182733", "device"),
        ("license plate 7ABC123", "vehicle"),
        ("licence plate AB12 CDE", "vehicle"),
    ],
)
def test_labels(text, kind) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "mrn = table['mrn']", "birth_date: date", "phone: str", "name: Read the evidence", "4061358952", "ip: 10.0.0.3", "mail@example.org",
        "https://docs.example.org/patient/index", "(555) 555-0123", "member: 3 of 4", "account for 12% of 345", "999-12-3456", "tel est",
        "patient 4505577105", "row 45055771041", "row 4505577104.5", "zip 12345 files", "zip 2139", "gzip 02139", "zip(12345)",
        "serial number 123", "serial number of the run", "license plate recognition", "license plate 2024", "number plate OCR", "row 1700000000",
    ],
)  # fmt: skip
def test_what_only_looks_like_it(text) -> None:
    assert kinds(text) == []


def test_a_label_wins_over_a_shape() -> None:
    assert kinds("Fax: 617-433-2211") == ["fax"]
    assert kinds("617-433-2211") == ["phone"]


def test_positions_are_those_of_the_text() -> None:
    text = "İstanbul Ünïcödé ’ DOB: 1950-02-03, MRN 4471203"
    assert [text[hit.start : hit.end] for hit in scan(text)] == ["1950-02-03", "4471203"]


def test_pieces_are_cut_at_line_ends() -> None:
    line = "SSN 212-34-5678 on file\n"
    text = line * (2 * PIECE // len(line) + 3)
    hits = scan(text)
    assert len(hits) == text.count("\n")
    assert {text[hit.start : hit.end] for hit in hits} == {"212-34-5678"}


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_is_scanned_in_order_without_overlap(text) -> None:
    hits = scan(text)
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)
    assert all(one.end <= other.start for one, other in itertools.pairwise(hits))


@pytest.mark.parametrize(
    "unit", ["a", "1", "A", "@", "1-", "1 ", "A1 ", "Mr A", "patient: ", "1.1.", "://", '"', "A, ", "Ab Ab "]
)
def test_no_text_makes_it_slow(unit) -> None:
    """A pattern that tries again and again at each character would take minutes here; processor time, so that other work does not count."""
    text = (unit * 120_000)[:120_000]
    start = time.process_time()
    scan(text)
    assert time.process_time() - start < 5
