"""Who we are: a token, a job's token, or an App; and what may be an address."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from loopback_github import REPO, TOKEN, GitHubServer

from wardround.errors import UsageError
from wardround.forge import CouldNotCheck, Credentials, Forge, connect, from_environment
from wardround.forge.values import CommentSpec, Status


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = tmp_path_factory.mktemp("app") / "key.pem"
    path.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    return path


def test_an_app_finds_its_installation_token_and_name(
    server: GitHubServer, connected: Callable[..., Forge], key: Path
) -> None:
    forge = connected(token="", author="", app_id="12", app_key=key)
    number = server.add_pull()
    forge.upsert_comment(CommentSpec(number, "<!-- m -->", lambda _: "<!-- m -->"))
    forge.set_status("a" * 40, Status("a", "success"))
    assert forge.author() == "wardround-app[bot]"
    assert server.bodies("wardround-app[bot]") == ["<!-- m -->"]
    assert server.count("installation$") == 1
    assert server.count("access_tokens") == 1
    assert forge.calls == len(server.seen)
    assert server.headers[0]["authorization"].startswith("Bearer ey")
    assert "token ghs_" in server.headers[-1]["authorization"]


def test_an_app_renews_its_token(
    server: GitHubServer, connected: Callable[..., Forge], key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wardround.forge.identity._RENEW", -1.0)
    forge = connected(token="", author="", app_id="12", app_key=key)
    forge.branch("a")
    forge.branch("a")
    assert server.count("access_tokens") == 2
    assert server.count("installation$") == 1


def test_an_app_overcomes_trouble_on_its_way_in(
    server: GitHubServer, connected: Callable[..., Forge], key: Path
) -> None:
    server.fail("installation$", status=502)
    server.fail("access_tokens", "reset", after=True)
    assert connected(token="", author="", app_id="12", app_key=key).branch("a") is None


def test_an_app_that_is_not_installed(server: GitHubServer, connected: Callable[..., Forge], key: Path) -> None:
    server.fail("installation$", status=404)
    with pytest.raises(CouldNotCheck, match="not installed"):
        connected(token="", author="", app_id="12", app_key=key).branch("a")


@pytest.mark.parametrize("content", [None, "", "PLANTED no key", "-----BEGIN RSA PRIVATE KEY-----\nPLANTED\n"])
def test_a_key_that_is_none(
    server: GitHubServer, connected: Callable[..., Forge], tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CouldNotCheck, match="App's key") as caught:
        connected(token="", author="", app_id="12", app_key=path).branch("a")
    assert "PLANTED" not in str(caught.getrepr(showlocals=False).reprcrash)
    assert "PLANTED" not in str(caught.value)
    assert server.seen == []


def test_a_persons_token_says_whose_it_is_once(server: GitHubServer, connected: Callable[..., Forge]) -> None:
    forge = connected(author="")
    assert forge.author() == forge.author() == "robot"
    assert forge.calls == 1


def test_a_token_that_may_not_say(server: GitHubServer, connected: Callable[..., Forge]) -> None:
    server.fail("GET /user", status=403, body={"message": "Resource not accessible by integration"})
    with pytest.raises(CouldNotCheck, match="WARDROUND_AUTHOR"):
        connected(author="").author()


def test_a_token_that_is_not_accepted(server: GitHubServer, connected: Callable[..., Forge]) -> None:
    with pytest.raises(CouldNotCheck, match="does not accept") as caught:
        connected(token="ghp_PLANTEDwrong").branch("main")
    assert "PLANTED" not in str(caught.value)


BASE = {"GITHUB_REPOSITORY": REPO, "GITHUB_TOKEN": "t"}


def test_what_a_job_sets_is_enough() -> None:
    found = from_environment({**BASE, "GITHUB_ACTIONS": "true", "GITHUB_API_URL": "https://ghe.example.org/api/v3/"})
    assert (found.repository, found.token, found.author) == (REPO, "t", "github-actions[bot]")
    assert found.api_url == "https://ghe.example.org/api/v3"


def test_own_variables_come_first() -> None:
    own = from_environment({**BASE, "GITHUB_ACTIONS": "true", "WARDROUND_TOKEN": "o"})
    assert (own.token, own.author, own.api_url) == ("o", "", "https://api.github.com")
    app = from_environment({**BASE, "WARDROUND_APP_ID": "1", "WARDROUND_APP_KEY_FILE": "k", "WARDROUND_AUTHOR": "x"})
    assert (app.token, app.app_id, app.app_key, app.author) == ("", "1", Path("k"), "x")


def test_all_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(CouldNotCheck) as caught:
        from_environment({})
    assert len(caught.value.problems) == 2
    with pytest.raises(CouldNotCheck, match="WARDROUND_APP_KEY_FILE"):
        from_environment({**BASE, "WARDROUND_APP_ID": "1"})
    with pytest.raises(CouldNotCheck, match="no token"):
        connect(Credentials(REPO))


@pytest.mark.parametrize("name", ["", "ward", "a/b/c", "../x", "a/..", "a/b?c", "a b/c", "a/b\n"])
def test_a_name_that_is_no_repository(name: str) -> None:
    with pytest.raises(UsageError):
        connect(Credentials(name, "t"))


@pytest.mark.parametrize(
    "url",
    ["http://ghe.example.org/api/v3", "ftp://h", "https://", "https://u:PLANTED@h", "https://h?x=PLANTED", "h"],
)
def test_a_token_goes_over_tls_or_stays_on_this_machine(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        connect(Credentials(REPO, "t", url))
    assert "PLANTED" not in str(caught.value)
    connect(Credentials(REPO, "t", "http://127.0.0.1:1/api/v3"))
    connect(Credentials(REPO, "t", "http://localhost:1"))


def test_credentials_do_not_show_their_secret() -> None:
    assert TOKEN not in repr(Credentials(REPO, TOKEN))


def test_nothing_heavy_is_loaded_before_the_first_question() -> None:
    code = (
        "import sys; from wardround.forge import Credentials, connect; "
        "connect(Credentials('a/b', 't')); "
        "print([m for m in sys.modules if m.split('.')[0] in {'github', 'requests', 'stamina', 'cryptography'}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
