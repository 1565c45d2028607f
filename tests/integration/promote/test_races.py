"""Two at once: the same promotion, two completions, a completion in an old checkout, tags of other stages."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from wardround.errors import WardroundError


@contextlib.contextmanager
def together(ward, method: str, end: str, parties: int = 2) -> Iterator[None]:
    """Each thread waits at its first such request until the others have come there, too."""
    ready, seen = threading.Barrier(parties, timeout=20), set()

    def hold(asked: str, path: str) -> None:
        if asked == method and path.endswith(end) and threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            with contextlib.suppress(threading.BrokenBarrierError):
                ready.wait()

    ward.sandbox.calls.interceptors.append(hold)
    try:
        yield
    finally:
        ward.sandbox.calls.interceptors.remove(hold)


def both(*acts: Callable[[], object]) -> list[object]:
    """What each one gave, or the error that ended it."""

    def quietly(act: Callable[[], object]) -> object:
        try:
            return act()
        except WardroundError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return [done.result(120) for done in [pool.submit(quietly, act) for act in acts]]


@pytest.fixture
def two(fresh):
    """Two versions, of which the first is in staging."""
    for version in ("v1.0.0", "v1.0.1"):
        fresh.release(version)
    fresh.goes_live("v1.0.0", "staging")
    return fresh


@pytest.mark.parametrize("end", ["/git/refs", "/pulls"])
def test_two_people_promote_the_same(two, end):
    with together(two, "POST", end):
        both(*[lambda: two.promote("v1.0.1", "staging")] * 2)
    assert two.promote("v1.0.1", "staging").proposed is not None
    assert len(two.pulls()) == 1
    assert len([name for name in two.bare().refs() if name.startswith("refs/heads/promote/")]) == 2


@pytest.mark.parametrize("end", ["/git/refs", "/git/tags", "/deployments"])
def test_two_completions_of_the_same_merge(two, end):
    merged = two.merge(two.promote("v1.0.1", "staging").proposed.pull)
    trees = [two.checkout(), two.place / "other"]
    shutil.copytree(trees[0], trees[1])
    with together(two, "POST", end):
        found = both(*[lambda tree=tree: two.complete(tree=tree) for tree in trees])
    assert not [one for one in found if isinstance(one, WardroundError)]
    assert two.stage_tags() == ["readmission#staging#1", "readmission#staging#2"]
    assert two.state().at("staging").record.commit == merged
    if end != "/deployments":  # the forge has no name that only one of two deployments could take
        assert [one for one in two.deployments() if one[1] == "readmission#staging#2"] == [
            ("staging", "readmission#staging#2", "success")
        ]


def test_a_completion_in_an_old_checkout_overtakes_nothing(two):
    two.release("v1.0.2")
    two.merge(two.promote("v1.0.1", "staging").proposed.pull)
    old = two.place / "old"
    shutil.copytree(two.checkout(), old)
    two.merge(two.promote("v1.0.2", "staging").proposed.pull)
    assert [one.version for _, one in two.complete().changes] == ["v1.0.1", "v1.0.2"]
    assert two.complete(tree=old).changes == ()
    assert two.state().at("staging").version == "v1.0.2"


def test_an_old_checkout_that_comes_first(two):
    """It makes the tag that is its own; the newer one makes the rest."""
    two.release("v1.0.2")
    two.merge(two.promote("v1.0.1", "staging").proposed.pull)
    old = two.place / "old"
    shutil.copytree(two.checkout(), old)
    two.merge(two.promote("v1.0.2", "staging").proposed.pull)
    assert [one.version for _, one in two.complete(tree=old).changes] == ["v1.0.1"]
    assert [one.version for _, one in two.complete().changes] == ["v1.0.2"]
    assert two.state().at("staging").version == "v1.0.2"


def test_a_newer_completion_while_an_old_one_is_at_work(two):
    two.release("v1.0.2")
    two.merge(two.promote("v1.0.1", "staging").proposed.pull)
    old = two.place / "old"
    shutil.copytree(two.checkout(), old)
    two.merge(two.promote("v1.0.2", "staging").proposed.pull)
    new, met = two.checkout(), []

    def meet(method: str, path: str) -> None:
        if method == "POST" and path.endswith("/git/tags") and not met:
            met.append(path)
            two.complete(tree=new)

    two.sandbox.calls.interceptors.append(meet)
    try:
        two.complete(tree=old)
    finally:
        two.sandbox.calls.interceptors.remove(meet)
    assert met
    assert two.state().at("staging").version == "v1.0.2"
    assert len(two.stage_tags()) == 3


def test_two_stages_at_once(two):
    """Numbers of tags are of the project; two stages that are tagged together do not take one from each other."""
    two.goes_live("v1.0.1", "staging")
    for version, stage in (("v1.0.0", "prod"), ("v1.0.1", "shadow")):
        two.merge(two.promote(version, stage).proposed.pull)
    trees = [two.checkout(), two.place / "other"]
    shutil.copytree(trees[0], trees[1])
    with together(two, "POST", "/git/refs"):
        both(*[lambda tree=tree: two.complete(tree=tree) for tree in trees])
    assert (two.state().at("prod").version, two.state().at("shadow").version) == ("v1.0.0", "v1.0.1")
    assert len(two.stage_tags()) == 4
