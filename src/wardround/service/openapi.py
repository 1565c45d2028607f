"""The OpenAPI description (3.1), made from the contract: names, kinds, units, ranges, and every status that can be answered."""

from __future__ import annotations

from typing import Any

from wardround.service.engine import Engine

_REF = "#/components/schemas/{model}"
_STATUSES = {
    "400": "The body cannot be read as JSON, or has a field twice in one object.",
    "408": "The body did not arrive in time.",
    "413": "The body is too large, or holds too many encounters.",
    "415": "The body is of another type or encoding, or compressed.",
    "422": "The request does not satisfy the contract; fields are named, values are not.",
    "503": "Too much is under way, or the prediction log cannot be written: ask again after Retry-After seconds.",
}
_NAME = {
    "name": "X-Request-ID",
    "in": "header",
    "required": False,
    "description": "the client's own name of the request: asked again under it with the same body, it has the same ids",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,128}$"},
}


def describe(engine: Engine) -> dict[str, Any]:
    """The description of the service that runs this engine."""
    project = engine.params.project
    paths: dict[str, Any] = {
        "/predict": {"post": _asking("Probabilities of one encounter or many", "Body", "Predictions")},
        "/model": {"get": _telling("Which model answers, and by what contract", "Model")},
        "/livez": {"get": _telling("Whether the process lives", "State")},
        "/readyz": {"get": _telling("Whether answers can be given and logged", "State", also=("503",))},
        "/card": {
            "get": {
                "summary": "The model card that the release took along",
                "responses": {
                    "200": {"description": "a page", "content": {"text/html": {"schema": _TEXT}}},
                    "404": _response("the model was released without one", "Refusal"),
                },
            }
        },
        "/openapi.json": {"get": _telling("This description", "Object")},
        "/metrics": {
            "get": {
                "summary": "Counters in Prometheus' text format",
                "responses": {"200": {"description": "counters", "content": {"text/plain": {"schema": _TEXT}}}},
            }
        },
    }
    if engine.method is not None:
        paths["/explain"] = {"post": _asking("What one encounter's probability is made of", "Item", "Explanation")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": project.title or project.name,
            "description": f"Probability of {project.outcome or 'the outcome'}, for one {project.encounter}",
            "version": engine.version,
        },
        "paths": paths,
        "components": {"schemas": _schemas(engine)},
    }


_TEXT = {"type": "string"}


def _asking(summary: str, body: str, answer: str) -> dict[str, Any]:
    responses = {"200": _response("the answer", answer)}
    responses |= {status: _response(words, "Refusal") for status, words in _STATUSES.items()}
    return {
        "summary": summary,
        "parameters": [_NAME],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _ref(body)}}},
        "responses": responses,
    }


def _telling(summary: str, answer: str, also: tuple[str, ...] = ()) -> dict[str, Any]:
    statuses = {"200": _response("the answer", answer)} | {status: _response("not now", answer) for status in also}
    return {"summary": summary, "responses": statuses}


def _response(words: str, schema: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": _ref(schema)}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF.format(model=name)}


def _schemas(engine: Engine) -> dict[str, Any]:
    made = engine.parser.body.model_json_schema(ref_template=_REF)["$defs"]
    many = {
        "type": "object",
        "required": ["encounters"],
        "additionalProperties": False,
        "properties": {
            "encounters": {
                "type": "array",
                "items": _ref("Item"),
                "minItems": 1,
                "maxItems": engine.limits.max_encounters,
            }
        },
    }
    return {
        "Encounter": made["Encounter"],
        "Item": made["Item"],
        "Body": {"anyOf": [_ref("Item"), many]},
        "Object": {"type": "object"},
        "State": _closed({"alive": _BOOL, "ready": _BOOL}, required=()),
        "Prediction": _closed(_prediction(engine)),
        "Predictions": _closed({**_HEAD, "predictions": {"type": "array", "items": _ref("Prediction")}}),
        "Explanation": _closed({**_HEAD, **_prediction(engine), **_EXPLAINED}),
        "Model": {"type": "object", "required": ["model_version", "contract_version"], "properties": dict(_HEAD)},
        "Refusal": _closed({"error": _closed(_ERROR, required=("status", "what", "problems"))}),
    }


def _closed(properties: dict[str, Any], required: tuple[str, ...] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties if required is None else required),
        "additionalProperties": False,
        "properties": properties,
    }


_BOOL = {"type": "boolean"}
_NUMBER = {"type": "number"}
_HEAD = {"model_version": _TEXT, "contract_version": _TEXT}
_EXPLAINED: dict[str, Any] = {
    "method": _TEXT,
    "scale": {"enum": ["log-odds", "probability"]},
    "base": {"type": "number", "description": "the raw answer of nobody in particular"},
    "raw": {"type": "number", "description": "base and all contributions: the raw answer, before recalibration"},
    "contributions": {
        "type": "array",
        "items": _closed(
            {
                "feature": _TEXT,
                "value": {"type": ["number", "string", "null"]},
                "contribution": _NUMBER,
            }
        ),
    },
}
_ERROR = {
    "status": {"type": "integer"},
    "what": _TEXT,
    "problems": {"type": "array", "items": _closed({"field": _TEXT, "wanted": _TEXT})},
    "more": {"type": "integer"},
}


def _prediction(engine: Engine) -> dict[str, Any]:
    thresholds = {f"{threshold:g}": _BOOL for threshold in engine.params.evaluate.thresholds}
    return {
        "id": {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "the answer's name in the prediction log"},
        "probability": {"type": "number", "minimum": 0, "maximum": 1},
        "alert": {**_closed(thresholds), "description": "by threshold: whether the probability is at least that"},
        "warnings": {"type": "array", "items": _TEXT, "description": "values outside what the model was trained on"},
    }
