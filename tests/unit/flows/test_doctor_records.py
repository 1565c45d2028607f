"""What the doctor says of the rulesets that hold for the branches of records, seen by an administrator or not."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wardround.flows.doctor_forge.question import ForgeRequest, Place
from wardround.flows.doctor_forge.records import record_rules
from wardround.flows.doctor_forge.rules import holds_for
from wardround.forge.settings import RepositoryFacts, Ruleset

HISTORY, LEDGER = "refs/heads/wardround/history", "refs/heads/wardround/ledger"
OWN = Ruleset(
    1, "wardround: records", "branch", "active", (HISTORY, LEDGER), (), ("deletion", "non_fast_forward"), bypass=0
)
PULLS = Ruleset(2, "all", "branch", "active", ("~ALL",), (), ("pull_request",), bypass=0)


class Forge:
    def __init__(self, *rulesets):
        self._rulesets = rulesets

    def rulesets(self):
        return self._rulesets

    def read_file(self, path, commit):
        return b"{}"


def found(*rulesets):
    request = ForgeRequest(Forge(*rulesets), Path(), datetime(2026, 5, 4, tzinfo=UTC))
    checks = record_rules(Place(request, RepositoryFacts("acme/ml", "main", private=True), "a" * 40, ()))
    return {check.name: check for check in checks}


def test_the_file_of_ours_is_enough():
    assert {check.state for check in found(OWN).values()} == {"ok"}


@pytest.mark.parametrize(
    ("bypass", "state"), [(0, "missing"), (1, "ok"), (None, "advice")], ids=["nobody", "somebody", "unseen"]
)
def test_a_ruleset_that_asks_for_pull_requests_stops_the_writers(bypass, state):
    check = found(OWN, replace(PULLS, bypass=bypass))["record writers"]
    assert check.state == state
    assert bool(check.fix) == (state != "ok")


def test_rules_of_several_rulesets_count_together():
    halves = (replace(OWN, rules=("deletion",)), replace(OWN, id=3, name="b", rules=("non_fast_forward",)))
    assert found(*halves)["records"].state == "ok"
    assert found(halves[0])["records"].state == "missing"


def test_what_somebody_passes_by_does_not_keep():
    passed = replace(OWN, bypass=1)
    assert found(passed)["records"].state == "advice"
    assert found(passed, replace(OWN, id=3, name="strict"))["records"].state == "ok"


def test_the_call_changes_the_ruleset_of_that_name_and_no_other():
    assert "--method POST repos/acme/ml/rulesets --input" in found(replace(PULLS, rules=()))["records"].fix
    switched_off = replace(OWN, id=7, enforcement="disabled")
    assert "--method PUT repos/acme/ml/rulesets/7 --input" in found(switched_off)["records"].fix


@pytest.mark.parametrize(
    ("pattern", "held"),
    [
        ("~ALL", True), ("~DEFAULT_BRANCH", False), ("refs/heads/*", False), ("refs/heads/wardround/*", True),
        ("refs/heads/wardround/**/*", True), ("refs/heads/**/*", True), ("refs/**", True), ("refs/heads/wardround/histor?", True),
    ],
)  # fmt: skip
def test_wildcards_as_the_forge_reads_them(pattern, held):
    assert holds_for(replace(OWN, include=(pattern,)), "wardround/history", default=False) is held
