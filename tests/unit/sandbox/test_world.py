"""The clock moves forward only and is remembered; tokens carry what they were given; tickets give one file for a time."""

from datetime import UTC, datetime, timedelta

import pytest

from wardround.errors import MissingExtra, UsageError
from wardround.sandbox import tickets
from wardround.sandbox.app import Calls, application
from wardround.sandbox.model import Token
from wardround.sandbox.openapi import body_problem
from wardround.sandbox.tokens import covers
from wardround.sandbox.world import World


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path / "sandbox")
    yield made
    made.close()


def test_the_clock_moves_forward_and_is_remembered(world, tmp_path):
    seen = []
    world.clock.on_move.append(seen.append)
    world.clock.move(timedelta(days=3))
    assert abs((world.clock.now() - datetime.now(UTC)) - timedelta(days=3)) < timedelta(seconds=5)
    assert len(seen) == 1
    with pytest.raises(UsageError, match="only forward"):
        world.clock.move(timedelta(seconds=-1))
    again = World(tmp_path / "sandbox")
    assert abs(again.clock.now() - world.clock.now()) < timedelta(seconds=5)
    again.close()


@pytest.mark.parametrize(
    ("given", "scope", "level", "allowed"),
    [
        ({}, "metadata", "read", True),
        ({}, "contents", "read", False),
        ({"contents": "read"}, "contents", "read", True),
        ({"contents": "read"}, "contents", "write", False),
        ({"contents": "write"}, "contents", "read", True),
        ({"contents": "write"}, "issues", "read", False),
    ],
)
def test_a_token_covers_what_it_was_given(given, scope, level, allowed):
    assert covers(Token("", "", "run", permissions=given), scope, level) is allowed


def test_a_forks_token_reads_at_most(world):
    text = world.tokens.run("acme/ml", {"contents": "write", "issues": "none", "checks": "read"}, fork=True)
    assert world.tokens.look_up(text).permissions == {"contents": "read", "checks": "read"}
    assert world.tokens.look_up(text + "x") is None


def test_a_ticket_gives_one_file_below_the_directory_for_a_time(tmp_path, monkeypatch):
    (tmp_path / "box" / "a").mkdir(parents=True)
    (tmp_path / "box" / "a" / "x.zip").write_bytes(b"zip")
    (tmp_path / "outside.zip").write_bytes(b"secret")
    given = tickets.Tickets(tmp_path / "box")

    def key(path):
        return given.address("http://h", path).rsplit("/", 1)[1]

    assert given.file(key("a/x.zip")).read_bytes() == b"zip"
    assert given.file("guess") is None
    assert given.file(key("../outside.zip")) is None
    assert given.file(key(str(tmp_path / "outside.zip"))) is None
    monkeypatch.setattr(tickets, "HOLDS", -1.0)
    assert given.file(key("a/x.zip")) is None


def test_a_missing_extra_is_named(world, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "starlette.applications", None)
    with pytest.raises(MissingExtra, match=r"wardround\[sandbox\]"):
        application(world, Calls())


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"state": "success"}, False),
        ({"state": "success", "target_url": None}, False),
        ({"state": "fine"}, True),
        ({}, True),
        ({"state": "success", "description": 7}, True),
        ([], True),
    ],
)
def test_bodies_are_checked_against_the_description(body, wrong):
    assert bool(body_problem("POST", "/repos/{owner}/{repo}/statuses/{sha}", body)) is wrong
