"""The section `stages` of params: closed, with names that can be tags and files, and without circles."""

import pytest

from wardround.errors import UsageError
from wardround.project.params import from_mapping
from wardround.project.stages_section import StagesSection

BASE = {"project": {"name": "readmission"}, "data": {"source": "synthetic", "columns": {"outcome": "y"}}}


def section(value):
    return from_mapping({**BASE, "stages": value}).stages


def test_without_the_section():
    found = from_mapping(BASE).stages
    assert found.names == ("staging", "prod")
    assert found.of("prod").requires == ("staging",)
    assert found.of("nowhere") is None
    assert section({"taggers": ["ada"]}).names == found.names, "who may tag says nothing about stages"


def test_stages_of_ones_own():
    found = section({"shadow": None, "live": {"requires": ["shadow"], "silent_days": 14, "matured_outcomes": 100}})
    assert found.names == ("shadow", "live")
    assert (found.of("live").silent, found.of("shadow").silent) == (True, False)
    assert StagesSection.model_validate(found.model_dump()) == found


@pytest.mark.parametrize(
    ("value", "what", "where"),
    [
        ({"prod": {"requre": "x"}}, "unknown key 'requre'", "params.yaml: stages.prod.requre"),
        (
            {"prod": {"requires": "nowhere"}},
            "stage prod demands nowhere, which is no stage here",
            "params.yaml: stages",
        ),
        ({"prod": {"requires": "prod"}}, "stage prod demands itself, by way of others or not", "params.yaml: stages"),
        (
            {"a": {"requires": "b"}, "b": {"requires": "c"}, "c": {"requires": "a"}},
            "stage a demands itself, by way of others or not",
            "params.yaml: stages",
        ),
        ({"prod": {"silent_days": 3}}, "stage prod demands shadow, which is no stage here", "params.yaml: stages"),
        ({"../prod": {}}, "'../prod' cannot be a stage: lower-case letters, digits and hyphens", "params.yaml: stages"),
        ({"prod": {"run": {"replicas": 0}}}, None, "params.yaml: stages.prod.run.replicas"),
        ({"prod": {"run": {"cpu": "1Gi"}}}, None, "params.yaml: stages.prod.run.cpu"),
        ({"prod": {"run": {"memory": "500m"}}}, None, "params.yaml: stages.prod.run.memory"),
        ({"prod": {"run": {"predictions": "s3://x $(rm)"}}}, None, "params.yaml: stages.prod.run.predictions"),
        ({"prod": {"image": "registry.example.org/x:latest"}}, None, "params.yaml: stages.prod.image"),
        ({"prod": {"platform": "amd64"}}, None, "params.yaml: stages.prod.platform"),
        ({"prod": 3}, None, "params.yaml: stages.prod"),
    ],
)
def test_mistakes_are_named(value, what, where):
    with pytest.raises(UsageError) as refused:
        section(value)
    (problem,) = refused.value.problems
    assert problem.where == where
    assert what is None or problem.what == what


def test_the_nearest_right_word_is_said():
    with pytest.raises(UsageError) as refused:
        section({"prod": {"require": "staging"}})
    assert refused.value.problems[0].next == "did you mean 'requires'?"
