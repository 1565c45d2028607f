"""The parts of a promotion that only compute: owners, demands, the version before, who may tag, what the body says."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.errors import UsageError
from wardround.evidence.trial import Trial
from wardround.flows.promote.demands import Asked, demands, silent_days
from wardround.flows.promote.owners import owners_of
from wardround.flows.promote.previous import previous_good
from wardround.flows.promote.trusting import version_problems
from wardround.project.stages_section import StageSection
from wardround.registry.contested import may_tag
from wardround.registry.fold import State, fold
from wardround.registry.record import StageRecord, VersionRecord, message
from wardround.registry.tags import Tag
from wardround.values import Verdict

NAME, DAY = "readmission", 24 * 3600
START = 1_700_000_000


def digest(text: str) -> str:
    return "sha256:" + (text.encode().hex() * 64)[:64]


def commit(version: str) -> str:
    return (version.encode().hex() * 40)[:40]


def tag(name: str, target: str, text: str, time: int, tagger: str = "github-actions[bot]") -> Tag:
    return Tag(name, f"{name}-object", target, "commit", annotated=True, inner=name, tagger=tagger,
               email=f"1+{tagger}@users.noreply.github.com", time=time, message=text)  # fmt: skip


def version_record(version: str) -> VersionRecord:
    given = {key: digest(f"{key} {version}") for key in ("model", "service", "contract", "environment", "decision", "bento", "sbom", "provenance", "smoke")}  # fmt: skip
    return VersionRecord(commit=commit(version), image=None, smoke_network="none", previous=None, reason="", **given)


def stage_record(version: str, **more) -> StageRecord:
    found = version_record(version)
    given = {
        "image": None,
        "bento": found.bento,
        "decision": found.decision,
        "card": None,
        "pull": 1,
        "commit": "c" * 40,
    }
    return StageRecord(version=version, **{**given, **more})


def state(*events: tuple[str, str]) -> State:
    """Each event a day after the one before: (stage, version); the stage ``-`` withdraws, ``STAGE!`` takes out."""
    versions = dict.fromkeys(version for _, version in events)
    tags = [tag(f"{NAME}@{one}", commit(one), message([one], version_record(one)), START - 1) for one in versions]
    for number, (stage, version) in enumerate(events, 1):
        time = START + number * DAY
        if stage == "-":
            tags.append(tag(f"{NAME}@{version}!#{number}", commit(version), "withdrawn", time))
        elif stage.endswith("!"):
            tags.append(tag(f"{NAME}#{stage}#{number}", commit(version), "out", time))
        else:
            tags.append(tag(f"{NAME}#{stage}#{number}", commit(version), message(["in"], stage_record(version)), time))
    found = fold(tags, NAME)
    assert found.problems == ()
    return found


def at(days: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(START, dt.UTC) + dt.timedelta(days=days)


class TestOwners:
    TEXT = "# owners\n* @all\n/docs/ @writers # who write\ndeploy/ @clinical @deputy\n/src/*.py @coders\n*.lock @lockers\n/deploy/staging.yaml\n/a/**/z @deep\n"

    @pytest.mark.parametrize(
        ("path", "owners"),
        [
            ("deploy/prod.yaml", ("@clinical", "@deputy")),
            ("projects/sepsis/deploy/prod.yaml", ("@clinical", "@deputy")),
            ("deploy/prod/deployment.yaml", ("@clinical", "@deputy")),
            ("deploy/staging.yaml", ()),
            ("deployment/prod.yaml", ("@all",)),
            ("docs/x/y.md", ("@writers",)),
            ("x/docs/y.md", ("@all",)),
            ("src/a.py", ("@coders",)),
            ("src/x/a.py", ("@all",)),
            ("x/y/dvc.lock", ("@lockers",)),
            ("a/z", ("@deep",)),
            ("a/b/c/z", ("@deep",)),
            ("a/zz", ("@all",)),
        ],
    )
    def test_the_last_line_that_matches(self, path, owners):
        assert owners_of(self.TEXT, path) == owners

    def test_nobody(self):
        assert owners_of("", "deploy/prod.yaml") == ()
        assert owners_of("# only words\n\n", "deploy/prod.yaml") == ()


class TestThePreviousGoodVersion:
    @pytest.mark.parametrize(
        ("history", "named", "wanted"),
        [
            (["v1.0.0", "v1.1.0"], "v1.1.0", "v1.0.0"),
            (["v1.0.0", "v1.1.0", "v1.2.0"], "v1.2.0", "v1.1.0"),
            # v1.2.0 was rolled back already: it is not good
            (["v1.0.0", "v1.1.0", "v1.2.0", "v1.1.0"], "v1.1.0", "v1.0.0"),
            (["v1.0.0", "v1.1.0", "v1.2.0", "v1.0.0", "v1.3.0"], "v1.3.0", "v1.0.0"),
            # the default branch names what was refused, or what a break-glass took away
            (["v1.0.0", "v1.1.0"], "v1.2.0", "v1.1.0"),
            (["v1.0.0", "v1.1.0"], None, "v1.0.0"),
        ],
    )
    def test_of_a_history(self, history, named, wanted):
        assert previous_good(state(*(("prod", one) for one in history)), "prod", named) == wanted

    def test_a_withdrawn_one_is_left_out(self):
        found = state(("prod", "v1.0.0"), ("prod", "v1.1.0"), ("prod", "v1.2.0"), ("-", "v1.1.0"))
        assert previous_good(found, "prod", "v1.2.0") == "v1.0.0"

    def test_there_is_none(self):
        with pytest.raises(UsageError, match="there is nothing to roll back"):
            previous_good(state(("staging", "v1.0.0")), "prod", None)
        with pytest.raises(UsageError, match="no other version ran in prod"):
            previous_good(state(("prod", "v1.0.0")), "prod", "v1.0.0")

    @given(st.lists(st.sampled_from(["v1.0.0", "v1.1.0", "v1.2.0"]), min_size=2, max_size=8))
    @settings(deadline=None)
    def test_it_ran_before_and_is_another(self, history):
        found = state(*(("prod", one) for one in history))
        try:
            wanted = previous_good(found, "prod", history[-1])
        except UsageError:
            # back at the first one ever, everything after it was rolled back
            assert history[-1] == history[0]
        else:
            assert wanted != history[-1]
            assert wanted in history[:-1]


class TestDemands:
    def asked(self, found, section, now=30.0, **more):
        return Asked(found, "v1.1.0", "prod", StageSection(**section), at(now), **more)

    def test_none(self):
        assert demands(self.asked(state(("staging", "v1.0.0"), ("staging", "v1.1.0")), {})) == ()

    def test_another_stage_first(self):
        section = {"requires": "staging"}
        (met,) = demands(self.asked(state(("staging", "v1.1.0"), ("staging", "v1.0.0")), section))
        assert (met.verdict, met.found) == (Verdict.PASS, "readmission#staging#1, 2023-11-15")
        (missing,) = demands(self.asked(state(("staging", "v1.0.0"), ("other", "v1.1.0")), section))
        assert (missing.verdict, missing.advice) == (
            Verdict.REFUSE,
            "wardround promote readmission v1.1.0 --stage staging",
        )

    def test_what_ran_there_before_is_asked_for_nothing(self):
        found = state(("prod", "v1.1.0"), ("prod", "v1.0.0"))
        (met,) = demands(self.asked(found, {"requires": "staging", "silent_days": 99, "matured_outcomes": 10**6}))
        assert (met.what, met.verdict) == ("it ran in prod before", Verdict.PASS)

    def test_days_of_silence(self):
        found = state(("shadow", "v1.1.0"), ("shadow", "v1.0.0"), ("shadow", "v1.1.0"))  # days 1-2 and from 3
        assert silent_days(found, "shadow", "v1.1.0", at(13)) == pytest.approx(11)
        assert silent_days(found, "shadow", "v1.0.0", at(13)) == pytest.approx(1)
        assert silent_days(found, "prod", "v1.1.0", at(13)) == 0
        for now, verdict in ((12.0, Verdict.REFUSE), (13.0, Verdict.PASS)):
            (said,) = demands(self.asked(found, {"silent_days": 11}, now))
            assert (now, said.verdict) == (now, verdict)

    def test_days_after_it_was_taken_out_do_not_count(self):
        assert silent_days(
            state(("shadow", "v1.1.0"), ("shadow!", "v1.1.0")), "shadow", "v1.1.0", at(20)
        ) == pytest.approx(1)

    @given(st.lists(st.sampled_from(["v1.0.0", "v1.1.0"]), min_size=1, max_size=6), st.integers(0, 20))
    @settings(deadline=None)
    def test_days_of_all_versions_together_are_all_days(self, history, more):
        found = state(*(("shadow", one) for one in history))
        now = at(len(history) + more)
        days = [silent_days(found, "shadow", one, now) for one in ("v1.0.0", "v1.1.0")]
        assert sum(days) == pytest.approx(len(history) + more - 1)
        assert all(day >= 0 for day in days)

    def trial(self, **changed):
        given = {"project": NAME, "version": "v1.1.0", "stage": "shadow", "first": at(1).date(), "last": at(9).date()}
        return Trial(**{**given, "answered": 500, "matured": 100, **changed})

    @pytest.mark.parametrize(
        ("changed", "verdict"),
        [
            ({}, Verdict.PASS),
            ({"matured": 90}, Verdict.REFUSE),
            ({"project": "another"}, Verdict.CANNOT_TELL),
            ({"version": "v1.0.0"}, Verdict.CANNOT_TELL),
            ({"stage": "staging"}, Verdict.CANNOT_TELL),
            ({"matured": 600}, Verdict.CANNOT_TELL),
            ({"last": at(0).date()}, Verdict.CANNOT_TELL),
            ({"last": at(99).date()}, Verdict.CANNOT_TELL),
        ],
    )
    def test_matured_outcomes(self, changed, verdict):
        found = state(("shadow", "v1.0.0"), ("shadow", "v1.1.0"))
        (said,) = demands(self.asked(found, {"matured_outcomes": 100}, trial=self.trial(**changed)))
        assert said.verdict is verdict

    def test_silence_blocks(self):
        found = state(("shadow", "v1.0.0"), ("shadow", "v1.1.0"))
        (said,) = demands(self.asked(found, {"matured_outcomes": 1}, no_trial="trial.json is malformed"))
        assert (said.verdict, said.found) == (Verdict.CANNOT_TELL, "trial.json is malformed")

    def test_counts_are_tens(self):
        with pytest.raises(ValueError, match="multiple of 10"):
            self.trial(matured=7)


class TestWhoMayTag:
    @pytest.mark.parametrize(
        ("allowed", "may"),
        [
            (("github-actions[bot]",), True),
            (("1+github-actions[bot]@users.noreply.github.com",), True),
            (("github-actions",), False),
            (("1",), False),
            ((), False),
        ],
    )
    def test_by_name_address_or_login(self, allowed, may):
        assert may_tag(tag("x@v1.0.0", "c" * 40, "", START), allowed) is may

    def test_an_address_of_ones_own_says_no_login(self):
        """Only the forge's own addresses hold a login."""
        made = Tag("x", "o", "t", "commit", annotated=True, tagger="Eve", email="7+wardround-app[bot]@evil.example")
        assert not may_tag(made, ("wardround-app[bot]",))
        assert may_tag(made, ("Eve",))

    def test_nobody_is_named(self):
        assert version_problems(state(("prod", "v1.0.0")), "v1.0.0") == ()
        (said,) = version_problems(state(("prod", "v1.0.0")), "v1.0.0", ("ada",))
        assert (said.what, said.wanted) == ("the version's tag was made by somebody who may not", "one of ada")


def test_orders_of_the_same_events_give_the_same_previous():
    """The state is a fold over times: in which order git lists tags does not matter."""
    found = state(("prod", "v1.0.0"), ("prod", "v1.1.0"), ("prod", "v1.2.0"))
    tags = [item.tag for item in (*found.versions, *found.assignments)]
    answers = {previous_good(fold(order, NAME), "prod", None) for order in itertools.permutations(tags)}
    assert answers == {"v1.1.0"}
