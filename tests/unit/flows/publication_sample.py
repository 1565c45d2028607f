"""Publications of the report's samples, as JSON, and ways to spoil them."""

import copy
import dataclasses
import functools
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "report"))

import report_sample as sample

from wardround.disclosure.published import KEY, FindingView
from wardround.disclosure.shapes import Checked
from wardround.flows.publication import Publication, Trusted, content
from wardround.flows.publish.judge import Facts
from wardround.flows.publish.render import Known
from wardround.gate.registry import RULES
from wardround.values import Verdict

TRUSTED = Trusted(min_cell=11)
KNOWN = Known(
    project="readmission",
    title="30-day readmission",
    outcome="Readmission",
    encounter="admission",
    head_branch="feature/x",
    base_branch="main",
    rules="https://forge.example/o/r/blob/main/docs/rules",
)
FACTS = Facts(
    project="readmission",
    touched=True,
    fork=False,
    head_sha=sample.HEAD,
    bases=frozenset({sample.BASE}),
    off=frozenset(),
)


def publication(published=None, **changed):
    published = published if published is not None else sample.publish()
    decision = published.decision
    made = Publication(
        project=decision.project,
        head_commit=decision.head_commit,
        base_commit=decision.base_commit,
        anchor_commit=decision.anchor_commit,
        subject_digest=decision.subject_digest,
        mode="data",
        published=published,
        context=sample.context(dirty=False),
        lock="schema: '2.0'\nstages: {}\n",
    )
    return dataclasses.replace(made, **changed)


def finding(rule, verdict=Verdict.PASS):
    return FindingView(KEY, rule, verdict.value, "", "It was looked at.", "", ())


def judged(verdict=Verdict.PASS, findings=None):
    """A publication whose decision has a finding of every rule that passes, unless other findings are given."""
    published = sample.publish()
    found = tuple(findings) if findings is not None else tuple(finding(rule.id) for rule in RULES)
    decision = dataclasses.replace(published.decision, key=KEY, verdict=verdict.value, findings=found)
    return publication(dataclasses.replace(published, key=KEY, min_cell=11, decision=decision))


def evidence(verdict=Verdict.PASS, findings=None):
    return Checked(judged(verdict, findings))


@functools.cache
def _text(kind):
    published = {"good": sample.publish, "first": sample.first, "refused": _refused}[kind]()
    return content(publication(published))


def _refused():
    return sample.publish(Verdict.REFUSE, "inferior")


def value(kind="good"):
    """The JSON value of a sample, to be spoilt."""
    return json.loads(_text(kind))


def small():
    """A publication without performance: quick to read many times."""
    return copy.deepcopy(_small())


@functools.cache
def _small():
    made = value("good")
    published = made["published"]
    published["cohorts"] = published["against"] = published["baselines"] = published["importance"] = []
    return made


def spoilt(made, path, new):
    """The same with another value at a path; ``...`` takes the key away."""
    *way, last = path
    place = made
    for part in way:
        place = place[part]
    if new is ...:
        del place[last]
    else:
        place[last] = new
    return made


def written(made):
    return json.dumps(made).encode()
