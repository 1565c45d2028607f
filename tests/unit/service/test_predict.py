"""Golden encounters are answered as training answered them, alone and together; what does not fit is refused by field."""

import json
import math
import re
import tracemalloc

import pytest
from service_sample import item

CANARY = "Anna Muster"


def test_golden_encounters_alone_and_together(service, golden):
    wanted = [one["probability"] for one in golden]
    together = service.post("/predict", {"encounters": [item(one) for one in golden]})
    assert together.status == 200
    assert [one["probability"] for one in together.json["predictions"]] == wanted
    alone = [service.post("/predict", item(one)).json["predictions"][0]["probability"] for one in golden]
    assert alone == wanted


def test_requests_that_come_together_are_one_batch_with_each_its_own_answer(service, golden):
    answers = service.together("/predict", [item(one) for one in golden] * 4)
    assert [one.json["predictions"][0]["probability"] for one in answers] == [one["probability"] for one in golden] * 4
    text = service.get("/metrics").content.decode()
    assert "wardround_batch_encounters_count 1\n" in text
    assert f"wardround_batch_encounters_sum {4 * len(golden)}" in text


def test_an_answer_says_who_gave_it(service, golden):
    answer = service.post("/predict", item(golden[0])).json
    assert set(answer) == {"model_version", "contract_version", "predictions"}
    (one,) = answer["predictions"]
    assert set(one) == {"id", "probability", "alert", "warnings"}
    assert len(one["id"]) == 32
    assert one["alert"] == {f"{limit:g}": one["probability"] >= limit for limit in (0.2, 0.1, 0.3)}
    model = service.get("/model").json
    assert (model["model_version"], model["contract_version"]) == (answer["model_version"], answer["contract_version"])


def test_history_counts_and_only_its_own(service, golden):
    with_history = next(one for one in golden if one["history"])
    alone = service.post("/predict", {"encounter": with_history["encounter"], "history": []}).json["predictions"][0]
    assert alone["probability"] != with_history["probability"]
    # the same subject twice in one request, with another history each
    both = service.post("/predict", {"encounters": [item(with_history), {**item(with_history), "history": []}]})
    assert [one["probability"] for one in both.json["predictions"]] == [
        with_history["probability"],
        alone["probability"],
    ]


def test_history_in_any_order(service, golden):
    long = max(golden, key=lambda one: len(one["history"]))
    turned = {"encounter": long["encounter"], "history": long["history"][::-1]}
    assert service.post("/predict", turned).json["predictions"][0]["probability"] == long["probability"]


def refused(service, body, status=422):
    answer = service.post("/predict", body)
    assert answer.status == status, answer.content
    assert CANARY not in answer.content.decode()
    error = answer.json["error"]
    assert error["status"] == status
    assert error["what"]
    return {problem["field"]: problem["wanted"] for problem in error["problems"]}


@pytest.mark.parametrize(
    ("field", "value", "wanted"),
    [
        ("age", 17, "a whole number from 18 to 99, or null"),
        ("age", 50.5, "a whole number from 18 to 99, or null"),
        ("age", "50", "a whole number from 18 to 99, or null"),
        ("age", True, "a whole number from 18 to 99, or null"),
        ("age", 10**400, "a whole number from 18 to 99, or null"),
        ("lab", CANARY, "a finite number from 0 to 400, or null"),
        ("lab", math.nan, "a finite number from 0 to 400, or null"),
        ("lab", math.inf, "a finite number from 0 to 400, or null"),
        ("lab", 400.0001, "a finite number from 0 to 400, or null"),
        ("sex", "F", "one of f, m"),
        ("sex", None, "one of f, m"),
        ("code", CANARY, "one of a, b, c, d, e, or null"),
        ("smoker", 1, "true or false, or null"),
        ("smoker", "yes", "true or false, or null"),
        ("at", "2023-01-01T00:00:00Z", "a moment as 2026-01-31T08:30:00, without a time zone"),
        ("at", "2023-13-01T00:00:00", "a moment as 2026-01-31T08:30:00, without a time zone"),
        ("at", 1672531200, "a moment as 2026-01-31T08:30:00, without a time zone"),
        ("visit", {CANARY: CANARY}, "text of at most 1000 characters"),
        ("visit", "x" * 1001, "text of at most 1000 characters"),
        ("patient", [CANARY], "text of at most 1000 characters"),
    ],
)
def test_a_value_that_the_contract_refuses(service, golden, field, value, wanted):
    body = {"encounter": {**golden[0]["encounter"], field: value}, "history": []}
    assert refused(service, body) == {f"encounter.{field}": wanted}
    many = {"encounters": [item(golden[1]), body]}
    assert refused(service, many) == {f"encounters[1].encounter.{field}": wanted}


def test_all_that_is_wrong_at_once_and_in_histories_too(service, golden):
    with_history = next(one for one in golden if one["history"])
    broken = {**with_history["history"][0], "age": 3, "lab": -1}
    del broken["sex"]
    found = refused(service, {"encounters": [{**item(with_history), "history": [broken]}]})
    assert set(found) == {f"encounters[0].history[0].{name}" for name in ("age", "lab", "sex")}


def test_of_a_history_the_first_row_that_is_wrong(service, golden):
    encounter = item(golden[0])["encounter"]
    found = refused(service, {"encounter": encounter, "history": [encounter, {**encounter, "age": 3}, {}, {}]})
    assert set(found) == {"history[1].age"}


def large(encounter, history=""):
    return f'{{"encounters":[{{"encounter":{{{encounter}}},"history":[{history}]}}]}}'.encode()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (large('"Anna":[' + ",".join(["[]"] * 400_000) + "]"), "encounters[0].encounter"),
        (large('"age":[' + ",".join(["{}"] * 400_000) + "]"), "encounters[0].encounter.age"),
        (large(",".join(f'"{number}":1' for number in range(100_000))), "encounters[0].encounter"),
        (large("", '{"age":{"a":[' + "1," * 400_000 + "1]}}"), "encounters[0].history[0].age"),
        (b"{" + b",".join(b'"%d":1' % number for number in range(100_000)) + b"}", ""),
    ],
)
def test_a_large_body_made_of_errors_costs_little(service, body, field):
    tracemalloc.start()
    try:
        found = refused(service, body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert list(found) == [field]
    assert peak < 40 * len(body)


def test_a_short_body_made_of_errors_costs_little(service):
    body = large("", ",".join(["{}"] * 1000))
    tracemalloc.start()
    try:
        found = service.post("/predict", body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.status == 422
    assert {one["field"].split(".")[1] for one in found.json["error"]["problems"]} == {"encounter", "history[0]"}
    assert peak < 1 << 20


def test_a_large_body_that_fits_is_answered(service, golden):
    one = item(golden[0])
    each = [{"encounter": {**one["encounter"], "patient": f"p{number}"}, "history": []} for number in range(900)]
    told = service.post("/predict", json.dumps({"encounters": each}).encode() + b" " * (128 << 10))
    assert told.status == 200
    assert len(told.json["predictions"]) == 900


def test_whole_numbers_may_be_written_with_a_point(service, golden):
    one = {**golden[0]["encounter"], "age": 50}
    whole = service.post("/predict", {"encounter": one}).json["predictions"][0]["probability"]
    pointed = service.post("/predict", json.dumps({"encounter": {**one, "age": 50.0}}).encode())
    assert pointed.json["predictions"][0]["probability"] == whole


def test_what_may_be_missing_may_be_left_out(service, golden):
    one = {**golden[0]["encounter"], "age": None, "lab": None, "code": None, "smoker": None}
    spoken = service.post("/predict", {"encounter": one}).json["predictions"][0]["probability"]
    silent = {key: value for key, value in one.items() if value is not None}
    assert service.post("/predict", {"encounter": silent}).json["predictions"][0]["probability"] == spoken


def test_an_unknown_field_is_refused_without_its_name(service, golden):
    closed = "only the fields that the contract names"
    encounter = golden[0]["encounter"]
    assert refused(service, {"encounter": {**encounter, CANARY: CANARY}}) == {"encounter": closed}
    assert refused(service, {"encounter": {**encounter, "agee": 3}}) == {"encounter": f"{closed} (did you mean age?)"}
    assert refused(service, {"encounters": [{**item(golden[0]), CANARY: 1}]}) == {"encounters[0]": closed}
    assert refused(service, {**item(golden[0]), CANARY: 1}) == {"": closed}


def test_what_is_known_only_later_is_no_input(service, golden):
    assert "encounter" in refused(service, {"encounter": {**golden[0]["encounter"], "again": 1}})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b'{"encounter": "\\ud800"}', 400),
        (b"[" * 100_000, 400),
        (b'{"encounter": ' * 2000, 400),
        (b"[]", 422),
        (b"{}", 422),
        (b"null", 422),
        (b'{"encounters": []}', 422),
        (b'{"encounters": {}}', 422),
        (b'{"encounters": [1]}', 422),
        (b'{"encounter": []}', 422),
        (b'{"history": []}', 422),
        (b'{"encounters": null}', 422),
    ],
)
def test_a_body_of_another_form(service, body, status):
    assert refused(service, body, status)


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf{}", b'{"encounter": "\\ud800"}', b'{"history": ' + b"9" * 5000 + b"}"])
def test_what_other_parsers_may_read_is_not_called_no_json(service, body):
    answer = service.post("/predict", body).json["error"]
    assert (answer["status"], answer["what"]) == (400, "the body cannot be read as JSON")
    assert "byte order mark" in answer["problems"][0]["wanted"]


TWICE = [
    ('"age": 50', '"age": 50, "age": 51', "age"),
    ('"age": 50', '"age":50,"age"\t :\n51', "age"),
    ('"age": 50', '"age": 50, "\\u0061ge": 51', "age"),
    ('"history": []', '"history": [], "history": []', "history"),
    ('{"encounter"', '{"encounter": {}, "encounter"', "encounter"),
]


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(("once", "twice", "field"), TWICE)
def test_a_field_that_stands_twice_is_refused_by_name(service, golden, once, twice, field, many):
    one = {"encounter": {**golden[0]["encounter"], "age": 50, "sex": "f"}, "history": []}
    text = json.dumps({"encounters": [one, one]} if many else one)
    assert once in text
    assert refused(service, text.replace(once, twice, 1).encode(), 400) == {field: "each field once"}
    assert service.post("/predict", text.encode()).status == 200


def test_a_text_like_a_field_is_none(service, golden):
    text = json.dumps({"encounter": {**golden[0]["encounter"], "patient": 'a": 1, "a": "b'}, "history": []})
    assert service.post("/predict", text.encode()).status == 200


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("2024-05-01T08:00:00", True),
        ("2024-05-01 08:00", True),
        ("2024-05-01t08:00:00.5", True),
        ("2024-05-01_08:00:00,123456789", True),
        ("2024-05-01", False),
        ("2024-05-01T08", False),
        ("2024-05-01T08:00:00Z", False),
        ("20240501T080000", False),
        ("1714550400", False),
        (" 2024-05-01T08:00:00", False),
    ],
)
def test_moments_are_read_as_the_description_says(service, golden, text, fits):
    fields = service.get("/openapi.json").json["components"]["schemas"]["Encounter"]["properties"]
    kind = next(item for item in fields["at"].get("anyOf", [fields["at"]]) if "pattern" in item)
    assert bool(re.search(kind["pattern"], text)) is fits
    told = service.post(
        "/predict", {"encounter": {**golden[0]["encounter"], "at": text, "left": "2024-06-01T08:00:00"}, "history": []}
    )
    assert told.status == (200 if fits else 422)


def test_both_forms_at_once(service, golden):
    assert refused(service, {"encounters": [item(golden[0])], **item(golden[1])})


def test_the_contracts_own_checks_hold(service, golden):
    early = {**golden[0]["encounter"], "left": "1999-01-01T00:00:00"}
    assert refused(service, {"encounter": early}) == {"encounter": "leaves_after_coming"}
    body = {
        "encounters": [
            item(golden[1]),
            {"encounter": golden[0]["encounter"], "history": [{**early, "visit": "another"}]},
        ]
    }
    assert refused(service, body) == {"encounters[1].history[0]": "leaves_after_coming"}


def test_one_refused_request_does_not_spoil_the_others_of_its_batch(service, golden):
    early = {**golden[0]["encounter"], "left": "1999-01-01T00:00:00"}
    answers = service.together("/predict", [item(golden[0]), {"encounter": early}, item(golden[1]), {"x": 1}])
    assert [one.status for one in answers] == [200, 422, 200, 422]
    assert answers[2].json["predictions"][0]["probability"] == golden[1]["probability"]


def test_a_history_is_of_one_subject_and_has_each_encounter_once(service, golden):
    own, other = golden[0]["encounter"], {**golden[0]["encounter"], "patient": CANARY, "visit": "another"}
    assert refused(service, {"encounter": own, "history": [other]}) == {
        "history[0].patient": "the encounter's own subject"
    }
    assert refused(service, {"encounter": own, "history": [own]}) == {
        "history": "each visit once, the encounter's own included"
    }


def test_values_outside_the_training_range_are_answered_with_a_warning(service, golden):
    usual = {**golden[0]["encounter"], "age": 50, "lab": 80.0, "code": "a", "smoker": True}
    calm = service.post("/predict", {"encounter": usual}).json["predictions"][0]
    assert not [text for text in calm["warnings"] if text.startswith(("age", "lab:", "code"))]
    strange = {**usual, "lab": 399.0, "code": "e"}
    told = service.post("/predict", {"encounter": strange}).json["predictions"][0]["warnings"]
    assert "lab: above the training range" in told
    assert "code: a category that hardly any training row had" in told
    assert "wardround_warned_total" in service.get("/metrics").content.decode()
