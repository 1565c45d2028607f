"""One comment: ours by marker and author, on any page, whatever breaks in between."""

import threading
from collections.abc import Callable

import pytest
from loopback_github import GitHubServer

from wardround.forge import CouldNotCheck, Forge, NotThere, Refused
from wardround.forge.values import Comment, CommentSpec

MARKER = "<!-- wardround:review -->"


def says(text: str) -> Callable[[tuple[Comment, ...]], str]:
    return lambda _: f"{MARKER}\n{text}"


def test_the_first_publish_creates_and_looks_again(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull()
    made = forge.upsert_comment(CommentSpec(number, MARKER, says("one")))
    assert server.bodies() == [f"{MARKER}\none"]
    assert (made.author, made.body) == ("robot", f"{MARKER}\none")
    assert server.seen == [
        "GET /repos/acme/ward/issues/1/comments",
        "POST /repos/acme/ward/issues/1/comments",
        "GET /repos/acme/ward/issues/1/comments",
    ]
    assert forge.calls == 3


def test_the_second_edits_and_the_same_text_does_nothing(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull()
    forge.upsert_comment(CommentSpec(number, MARKER, says("one")))
    forge.upsert_comment(CommentSpec(number, MARKER, says("two")))
    assert server.bodies() == [f"{MARKER}\ntwo"]
    before = forge.calls
    forge.upsert_comment(CommentSpec(number, MARKER, says("two \r\n")))
    assert forge.calls - before == 1
    assert server.count("PATCH") == 1


def test_it_is_found_among_300_comments(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull()
    for index in range(299):
        server.add_comment(number, f"talk {index}", "ann")
    own = server.add_comment(number, f"{MARKER}\nold")
    assert [comment.id for comment in forge.find_comments(number, MARKER)] == [own]
    assert forge.calls == 3
    forge.upsert_comment(CommentSpec(number, MARKER, says("new")))
    assert server.bodies() == [f"{MARKER}\nnew"]
    assert len(server.comments) == 300


def test_somebody_elses_comment_with_our_marker_is_left_alone(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull()
    foreign = server.add_comment(number, f"{MARKER}\nverdict: pass", "mallory")
    made = forge.upsert_comment(CommentSpec(number, MARKER, says("refused")))
    assert made.id != foreign
    assert server.bodies("mallory") == [f"{MARKER}\nverdict: pass"]
    assert server.bodies() == [f"{MARKER}\nrefused"]


def test_our_own_comment_that_quotes_the_marker_is_not_it(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull()
    server.add_comment(number, f"> {MARKER}\nwe said so")
    assert forge.find_comments(number, MARKER) == ()


def test_duplicates_go_and_the_oldest_stays(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull()
    first, *_ = (server.add_comment(number, f"{MARKER}\n{text}") for text in "abc")
    seen: list[tuple[Comment, ...]] = []

    def compose(own: tuple[Comment, ...]) -> str:
        seen.append(own)
        return f"{MARKER}\n" + "+".join(sorted({part for c in own for part in c.body.split("\n")[1].split("+")}))

    made = forge.upsert_comment(CommentSpec(number, MARKER, compose))
    assert made.id == first
    assert server.bodies() == [f"{MARKER}\na+b+c"]  # nothing that a duplicate held is lost
    assert [comment.id for comment in seen[0]] == sorted(comment.id for comment in seen[0])


def test_two_at_once_end_in_one_comment_with_both_sections(
    server: GitHubServer, connected: Callable[..., Forge]
) -> None:
    number = server.add_pull()
    barrier = threading.Barrier(2, timeout=20)
    errors: list[BaseException] = []

    def publish(section: str) -> None:
        first = True

        def compose(own: tuple[Comment, ...]) -> str:
            nonlocal first
            if first:  # both have looked before either writes
                first = False
                barrier.wait()
            sections = {line for comment in own for line in comment.body.split("\n")[1:]} | {section}
            return "\n".join((MARKER, *sorted(sections)))

        try:
            connected().upsert_comment(CommentSpec(number, MARKER, compose))
        except BaseException as error:  # noqa: BLE001 - shown in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=publish, args=(name,)) for name in ("cardiology", "sepsis")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert server.count("POST") == 2  # the race did happen
    assert server.bodies() == [f"{MARKER}\ncardiology\nsepsis"]


def test_a_comment_that_took_effect_before_the_connection_broke_is_not_made_twice(
    server: GitHubServer, forge: Forge
) -> None:
    number = server.add_pull()
    server.fail("POST .*/comments", "reset", after=True)
    made = forge.create_comment(number, "hello")
    assert server.bodies() == ["hello"]
    assert server.count("POST") == 1
    assert made.id in server.comments


@pytest.mark.parametrize("kind", ["reset", "short"])
def test_a_comment_that_never_arrived_is_sent_again(server: GitHubServer, forge: Forge, kind: str) -> None:
    number = server.add_pull()
    server.fail("POST .*/comments", kind)
    forge.create_comment(number, "hello")
    assert server.bodies() == ["hello"]
    assert server.count("POST") == 2


@pytest.mark.parametrize("after", [False, True])
def test_a_time_out_on_either_side_of_the_effect(
    server: GitHubServer, connected: Callable[..., Forge], after: bool
) -> None:
    number = server.add_pull()
    server.fail("POST .*/comments", "stall", seconds=1.5, after=after)
    connected({"timeout": 0.5}).create_comment(number, "hello")
    assert server.bodies() == ["hello"]
    assert server.count("POST") == (1 if after else 2)


def test_a_comment_deleted_by_hand_comes_back(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull()
    gone = server.add_comment(number, f"{MARKER}\nold")

    def compose(own: tuple[Comment, ...]) -> str:
        server.comments.pop(gone, None)  # between our look and our edit
        return f"{MARKER}\nnew"

    forge.upsert_comment(CommentSpec(number, MARKER, compose))
    assert server.bodies() == [f"{MARKER}\nnew"]
    forge.delete_comment(gone)
    with pytest.raises(NotThere):
        forge.edit_comment(gone, "x")


def test_a_wrongly_declared_author_does_not_multiply_comments(
    server: GitHubServer, connected: Callable[..., Forge]
) -> None:
    number = server.add_pull()
    for text in ("one", "two"):
        connected(author="somebody-else").upsert_comment(CommentSpec(number, MARKER, says(text)))
    assert server.bodies() == [f"{MARKER}\ntwo"]


def test_a_comment_that_somebody_keeps_changing_ends(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull()
    turn = iter(range(100))
    with pytest.raises(CouldNotCheck, match="does not stay"):
        forge.upsert_comment(CommentSpec(number, MARKER, lambda _: f"{MARKER}\n{next(turn)}"))
    assert len(server.bodies()) == 1


def test_a_body_without_the_marker_is_a_bug(server: GitHubServer, forge: Forge) -> None:
    with pytest.raises(ValueError, match="marker"):
        forge.upsert_comment(CommentSpec(server.add_pull(), MARKER, lambda _: "no marker"))
    assert server.count("POST") == 0


def test_a_pull_request_that_is_not_there_and_a_body_that_is_too_long(server: GitHubServer, forge: Forge) -> None:
    with pytest.raises(NotThere):
        forge.upsert_comment(CommentSpec(99, MARKER, says("x")))
    with pytest.raises(Refused, match="too long"):
        forge.upsert_comment(CommentSpec(server.add_pull(), MARKER, says("x" * 70_000)))
    assert server.count("POST") == 1  # a refusal is not repeated


@pytest.mark.parametrize("works", [True, False])
@pytest.mark.parametrize("posts", [True, False])
def test_other_means_of_creation_end_in_one_comment(
    server: GitHubServer, forge: Forge, works: bool, posts: bool
) -> None:
    number = server.add_pull()
    asked: list[str] = []

    def post(body: str) -> bool:
        asked.append(body)
        if posts:
            server.add_comment(number, body)
        return works

    forge.upsert_comment(CommentSpec(number, MARKER, says("one"), post))
    assert server.bodies() == [f"{MARKER}\none"]
    assert len(asked) == 1
    assert server.count("POST") == (0 if posts else 1)
    forge.upsert_comment(CommentSpec(number, MARKER, says("two"), post))
    assert len(asked) == 1  # editing is not its work
