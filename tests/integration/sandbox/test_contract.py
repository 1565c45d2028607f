"""Each answer of the sandbox conforms to GitHub's own OpenAPI description, over HTTP; no route is without a test."""

import copy
import json
import time

import contracts
import jwt
import pytest
from jsonschema.validators import extend
from openapi_schema_validator import OAS30ReadValidator, oas30_format_checker
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from sandboxes import Client

from wardround.sandbox import openapi
from wardround.sandbox.api.dispatch import matcher
from wardround.sandbox.api.routing import ROUTES

DESCRIPTION = openapi.description()
#: GitHub marks enumerations as nullable without listing null among their values, and its own examples have null there.
Validator = extend(
    OAS30ReadValidator,
    {
        "enum": lambda validator, values, instance, schema: (
            ()
            if instance is None and schema.get("nullable")
            else OAS30ReadValidator.VALIDATORS["enum"](validator, values, instance, schema)
        )
    },
)
REGISTRY = Registry().with_resource("urn:github", DRAFT202012.create_resource(DESCRIPTION))


def problems(method, path, answered):
    """What GitHub's description says against an answer: an undescribed status, or each place that does not conform.

    GitHub describes addresses whose default is "", which is none: a default that is answered conforms.
    """
    responses = DESCRIPTION["paths"][path][method.lower()]["responses"]
    described = responses.get(str(answered.status))
    if described is None:
        return [f"status {answered.status} is not described"]
    place = openapi.pointer("paths", path, method.lower(), "responses", str(answered.status))
    if "$ref" in described:
        place = described["$ref"]
        described = DESCRIPTION["components"]["responses"][place.rsplit("/", maxsplit=1)[-1]]
    if "content" not in described:
        return ["a body that is not described"] if answered.content.strip() else []
    kind = answered.headers["content-type"].split(";")[0]
    if kind not in described["content"]:
        return [f"content type {kind} is not described"]
    schema = {"$ref": "urn:github" + place + openapi.pointer("content", kind, "schema")[1:]}
    validator = Validator(schema, registry=REGISTRY, format_checker=oas30_format_checker)
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in validator.iter_errors(answered.body)
        if not (error.validator == "format" and error.instance == error.schema.get("default"))
    ]


@pytest.fixture(scope="module")
def scene(shared_place):
    return contracts.make_scene(shared_place)


def send(scene, method, path):
    sent = contracts.CONTRACTS[method, path](scene)
    params = {"owner": "acme", "repo": "ml", **sent.params}
    url = path.format(**params)
    if sent.who == "app":
        now = int(time.time())
        signed = jwt.encode(
            {"iat": now - 5, "exp": now + 60, "iss": str(scene.ids["app"].id)}, scene.ids["key"], "RS256"
        )
        client = Client(scene.place.sandbox.api_url, signed)
    else:
        client = scene.place.client(sent.who) if isinstance(sent.who, str) else scene.place.run(**sent.who)
    return sent, client.call(method, url, sent.body, sent.query)


def test_every_route_has_a_contract():
    matcher()  # also says that each route is in the table of permissions, and the other way round
    assert set(contracts.CONTRACTS) == set(ROUTES)


def test_every_route_is_described():
    described = {(method.upper(), path) for path, item in DESCRIPTION["paths"].items() for method in item}
    assert described == set(ROUTES)


@pytest.mark.parametrize(("method", "path"), sorted(ROUTES, key=lambda pair: (pair[1], pair[0])))
def test_contract(scene, method, path):
    sent, answered = send(scene, method, path)
    assert answered.status == sent.status, answered.content[:500]
    assert problems(method, path, answered) == []
    if sent.body is not None:
        assert openapi.body_problem(method, path, sent.body) == ""


def test_lists_are_not_empty_where_something_is_there(scene):
    for path in ("/issues", "/labels", "/pulls", "/branches", "/tags", "/commits", "/rulesets", "/deployments"):
        assert scene.place.client("acme").call("GET", f"/repos/acme/ml{path}", query={"state": "all"}).body, path


@pytest.mark.parametrize(
    ("call", "body", "status"),
    [
        (("GET", "/repos/{owner}/{repo}/pulls/{pull_number}"), None, 404),
        (("POST", "/repos/{owner}/{repo}/pulls"), {"title": "t", "head": "nowhere", "base": "main"}, 422),
        (("POST", "/repos/{owner}/{repo}/pulls"), {"title": "t"}, 422),
        (("POST", "/repos/{owner}/{repo}/git/commits"), {"message": "m"}, 422),
        (("PUT", "/repos/{owner}/{repo}/pulls/{pull_number}/merge"), {"sha": "0" * 40}, 404),
    ],
)
def test_refusals_conform_too(scene, call, body, status):
    method, path = call
    url = path.format(owner="acme", repo="ml", pull_number=99999)
    answered = scene.place.client("acme").call(method, url, body)
    assert answered.status == status
    assert problems(method, path, answered) == []
    assert answered.body["message"]
    assert answered.headers["x-ratelimit-limit"] == "5000"


def test_the_check_finds_what_does_not_conform(scene):
    pair = ("GET", "/repos/{owner}/{repo}/pulls/{pull_number}")
    _, answered = send(scene, *pair)
    assert problems(*pair, answered) == []
    for change in ({"number": "one"}, {"state": None}, {"head": {}}, {"user": None}, {"url": 7}):
        wrong = copy.copy(answered)
        object.__setattr__(wrong, "content", json.dumps({**answered.body, **change}).encode())
        assert problems(*pair, wrong), change
    missing = {key: value for key, value in answered.body.items() if key != "mergeable"}
    object.__setattr__(wrong, "content", json.dumps(missing).encode())
    assert problems(*pair, wrong)
