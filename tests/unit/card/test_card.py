"""The card: its file, its forms, the numbers in people's words, what is lacking and what is stale."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import card_sample as made

from wardround.card import checking, stamp
from wardround.card.filling import fill
from wardround.card.placeholders import resolve, typed, typed_numbers
from wardround.card.profiles import CHAI, FORMS, NAMES
from wardround.card.reading import parse
from wardround.card.schema import FILE, Card, fields, hint
from wardround.card.sheet import By, State
from wardround.card.skeleton import skeleton
from wardround.errors import UsageError
from wardround.flows.card.material import Material
from wardround.flows.card.run import render

EVERYTHING = made.facts()


def card(text: str, field: str = "validation.interpretation") -> Card:
    section, _, name = field.partition(".")
    return Card.model_validate({section: {name: text}})


def test_the_project_s_own_card_needs_nothing_more(repository: Path) -> None:
    own = parse((repository / FILE).read_bytes())
    assert checking.incomplete(own) == ()
    assert typed(own) == ()


def test_a_skeleton_is_an_empty_card_with_a_hint_for_each_field() -> None:
    text = skeleton()
    assert parse(text.encode()) == Card()
    for name in fields():
        assert hint(name)[:40] in text
    filled = skeleton({"purpose.summary": "It tells: who comes back? #1"})
    assert parse(filled.encode()).text("purpose.summary") == "It tells: who comes back? #1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("identity: {developper: us}", "did you mean 'identity.developer'"),
        ("purpose: {decision_role: decides}", "purpose.decision_role"),
        ("purpose: [", "not valid YAML"),
        ("schema_version: 2", "schema_version"),
        ("data: {categories: {colour: [a]}}", "data.categories.colour"),
        ("- a list", "valid dictionary"),
    ],
)
def test_a_mistake_is_named(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        parse(text.encode())


@pytest.mark.parametrize("text", ["", "TODO", "todo: ask", "  "])
def test_what_is_still_to_do_is_not_written(text: str) -> None:
    assert "purpose.summary" in checking.incomplete(card(text, "purpose.summary"), ["model"])[0].fields


def test_the_forms_have_the_items_of_their_sources() -> None:
    assert len(FORMS["hti1"].items) == 31
    sizes = [sum(item.number.startswith(f"({group})") for item in FORMS["hti1"].items) for group in range(1, 10)]
    assert sizes == [4, 4, 2, 4, 2, 4, 5, 4, 2]
    numbers = [item.number for item in FORMS["tripod"].items]
    assert len(numbers) == len(set(numbers)) == 52
    assert {int(re.match(r"\d+", number)[0]) for number in numbers} == set(range(1, 28))  # type: ignore[index]  # all begin so
    assert {item.number[0] for item in FORMS["annex-iv"].items} == set("123456789")


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_field_that_a_form_needs_is_there(form) -> None:  # type: ignore[no-untyped-def]  # a form
    known = set(fields())
    assert {name for item in form.items for name in (*item.fields, *item.optional)} <= known
    for item in form.items:
        assert item.fields or item.compute or item.optional


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_full_card_with_all_evidence_is_complete_and_an_empty_one_is_not(form) -> None:  # type: ignore[no-untyped-def]  # a form
    unseen = {answer.item.number for answer in fill(form, made.full(), EVERYTHING).answers if answer.uncomputed}
    full = fill(form, made.full(), EVERYTHING)
    assert all(answer.state is State.COMPLETE or answer.item.number in unseen for answer in full.answers)
    empty = fill(form, Card(), EVERYTHING)
    assert all(answer.missing == answer.item.fields for answer in empty.answers)
    assert {answer.state for answer in empty.answers if answer.item.by is By.PERSON} <= {State.MISSING}


def test_without_evidence_an_item_says_so_and_is_not_complete() -> None:
    bare = made.facts(made=None, contract=None, sizes=())
    sheet = fill(FORMS["tripod"], made.full(), bare)
    lacking = {answer.item.number for answer in sheet.answers if answer.uncomputed}
    assert {"9b", "10", "12b", "12c", "21"} <= lacking
    assert all(answer.state is not State.COMPLETE for answer in sheet.answers if answer.uncomputed)


def test_places_become_the_published_numbers() -> None:
    text = "{{auroc}} and {{ all_comers: auroc }}, {{auroc of sex=female}}, {{sensitivity@0.2}}, {{n}}, {{version}}"
    done = resolve(text, EVERYTHING)
    assert done.unknown == ()
    wanted = [
        EVERYTHING.quantity("auroc"),
        EVERYTHING.quantity("auroc", population="all_comers"),
        EVERYTHING.quantity("auroc", "sex=female"),
        EVERYTHING.quantity("sensitivity@0.2"),
    ]
    assert done.text.startswith(f"{wanted[0]} and {wanted[1]}, {wanted[2]}, {wanted[3]}, ")
    assert done.text.endswith(", v1.2.0")


@pytest.mark.parametrize("place", ["{{luck}}", "{{auroc of sex=robot}}", "{{AUROC}}", "{{}}", "{{sensitivity@0.25}}"])
def test_a_place_that_names_nothing_is_stale(place: str) -> None:
    found = checking.check(card(f"It is {place}."), EVERYTHING)
    assert [item.where for item in found.stale] == [f"{FILE}: validation.interpretation"]


def test_a_group_that_is_withheld_shows_its_reason_and_no_number() -> None:
    done = resolve("{{n of sex=other}} {{auroc of sex=other}}", EVERYTHING)
    assert not re.search(r"\d", done.text.replace("95", ""))


TYPED = {
    "a wrong number": ("The AUROC is 0.987.", 1),
    "a wrong share": ("Sensitivity reaches 99.9 %.", 1),
    "after a few words": ("The c-statistic on new patients was 0.991", 1),
    "two of them": ("AUC 0.999, calibration slope 7.5", 2),
    "without a nought": ("The AUROC is .987", 1),
    "with a comma": ("AUROC 0,987", 1),
    "thousands": ("The prevalence among 1,200 patients is known.", 0),
    "a year": ("The AUROC was measured in 2024.", 0),
    "a limit": ("A PPV above the limit is wanted.", 0),
    "another number": ("Patients of 65.5 years on average.", 0),
    "a place": ("The AUROC is {{auroc}}.", 0),
}


@pytest.mark.parametrize(("text", "found"), TYPED.values(), ids=TYPED)
def test_typed_numbers_that_are_not_the_evidence_s(text: str, found: int) -> None:
    assert sum(not item.agrees for item in typed_numbers(card(text), EVERYTHING)) == found


def test_a_typed_number_that_agrees_is_no_finding() -> None:
    auroc = EVERYTHING.quantity("auroc")
    assert auroc is not None
    assert auroc.value is not None
    written = card(f"The AUROC is {auroc.value:.2f}, from {auroc.low} to {auroc.high}.")
    assert typed(written)
    assert checking.check(written, EVERYTHING).stale == ()


def test_a_card_shows_no_number_that_is_not_published() -> None:
    """Every number with two or more decimals on the model card stands in the publication, as it is printed there."""
    sheet = fill(FORMS["model"], Card(), EVERYTHING)
    cells = [
        cell for answer in sheet.answers if answer.computed.table for row in answer.computed.table.rows for cell in row
    ]
    known = {float(number) for number in re.findall(r"\d+\.\d+", json.dumps(EVERYTHING.published.plain()))}
    printed = [number for cell in cells for number in re.findall(r"(?<![\w:.])\d+\.\d{2,}(?!\w)", cell)]
    assert printed
    decimals = {number: len(number.partition(".")[2]) for number in printed}
    assert [one for one in printed if not any(round(other, decimals[one]) == float(one) for other in known)] == []


def test_nine_kinds_of_variables_by_declaration_or_by_name() -> None:
    (answer,) = [item for item in fill(FORMS["hti1"], Card(), EVERYTHING).answers if item.item.number == "(4)(ii)"]
    assert answer.computed.table is not None
    rows = {row[0]: row[1:] for row in answer.computed.table.rows}
    assert len(rows) == 9
    assert rows["sex"] == ("sex", "sex")
    assert rows["date of birth"] == ("age", "age")
    assert rows["language"] == ("not in the data", "no")
    declared = made.facts(categories={"language": ("ward",)})
    (again,) = [item for item in fill(FORMS["hti1"], Card(), declared).answers if item.item.number == "(4)(ii)"]
    assert again.computed.table is not None
    assert ("language", "ward", "no") in again.computed.table.rows


def test_a_stamp_finds_an_edit() -> None:
    text = stamp.stamped("# A card\n\nAUROC 0.72\n", "model", "v1.0.0", "md5:ab")
    assert stamp.intact(text)
    assert stamp.read(text) == stamp.Stamp("model", "v1.0.0", "md5:ab", stamp.read(text).body)  # type: ignore[union-attr]  # it is there
    assert not stamp.intact(text.replace("0.72", "0.82"))
    assert not stamp.intact(text.replace("# A", "# Another"))
    assert stamp.read("# A card\n") is None
    assert not stamp.intact("# A card\n")
    assert stamp.read('x\n<!-- wardround card {"body": 1} -->\n') is None


def test_all_forms_are_written_the_same_each_time_and_escape_what_people_wrote() -> None:
    words = "<script>alert(1)</script> | @team https://evil.example [x](y) --> ]]>"
    material = Material(card(words, "purpose.summary"), EVERYTHING, there=True)
    first, again = render(material, NAMES), render(material, NAMES)
    assert first.texts == again.texts
    assert set(first.texts) == {"chai.xml", *(f"{name}.{kind}" for name in FORMS for kind in ("md", "html"))}
    for name, text in first.texts.items():
        assert stamp.intact(text), name
        assert "<script>" not in text
    assert CHAI in NAMES


def test_each_computed_item_names_file_key_and_digest_and_each_written_one_its_field() -> None:
    """Keys are those of the evidence's own schema and of the params, so that none can be looked for in vain."""
    from wardround.card.facts import Origin
    from wardround.evidence.comparison import Comparison
    from wardround.evidence.features import FeaturesEvidence
    from wardround.evidence.ingest import Ingest
    from wardround.evidence.measures import Metrics
    from wardround.evidence.profile import Profile
    from wardround.evidence.split import SplitEvidence
    from wardround.evidence.training import TrainingEvidence
    from wardround.evidence.validation import Validation

    models = {
        "metrics": Metrics, "profile": Profile, "validation": Validation, "training": TrainingEvidence, "split": SplitEvidence,
        "features": FeaturesEvidence, "ingest": Ingest, "comparison": Comparison,
    }  # fmt: skip
    digests = {f"{name}.json": f"sha256:{name}" for name in models if name != "comparison"}
    facts = made.facts(origin=Origin("9f" * 20, "v1.2.0", "2026-05-01", digests))
    seen = set()
    for form in FORMS.values():
        for answer in fill(form, made.full(), facts).answers:
            assert bool(answer.rests) == bool(answer.computed.evidence)
            for rest in answer.rests:
                seen.add(rest.path)
                name = rest.path.removeprefix("reports/").removesuffix(".json")
                if name in models:
                    assert rest.key in models[name].model_fields, rest
                    assert rest.digest == digests.get(f"{name}.json", "")
                elif rest.path == "params.yaml":
                    value = facts.params
                    for part in rest.key.split("."):
                        value = getattr(value, part)
                    assert rest.digest == f"commit {'9f' * 20}"
    assert {"reports/metrics.json", "reports/split.json", "params.yaml", "dvc.lock"} <= seen
    text = render(Material(made.full(), facts, there=True), ("tripod",)).texts["tripod.md"]
    for shown in ("`reports/metrics.json: populations`, `sha256:metrics`", "`governance/card.yaml: purpose.summary`"):
        assert shown in text
