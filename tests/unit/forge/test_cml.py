"""CML as a program of its own: what it is told, what it does not see, and that its failure is only a failure."""

import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from loopback_github import TOKEN, GitHubServer

from wardround.forge import Forge, cml
from wardround.forge.values import CommentSpec

TARGET = cml.Target("https://ghe.example.org/", "acme/ward", 7, TOKEN)
#: A stand-in that notes how it was started, and posts as CML does: over HTTP, with the token of its environment.
STAND_IN = """#!{python}
import json, os, pathlib, sys, urllib.request
place = pathlib.Path({place!r})
home = pathlib.Path(os.environ["HOME"])
(home / ".gitconfig").write_text("[safe]")
body = pathlib.Path(sys.argv[-1]).read_text(encoding="utf-8")
noted = dict(args=sys.argv[1:], body=body, home=str(home), cwd=os.getcwd(), token=os.environ.get("REPO_TOKEN"))
noted["quiet"] = [os.environ.get(name) for name in ("ITERATIVE_DO_NOT_TRACK", "CI", "GITHUB_SERVER_URL")]
noted["command"] = pathlib.Path("/proc/self/cmdline").read_bytes().decode() if sys.platform == "linux" else ""
(place / "noted.json").write_text(json.dumps(noted))
url = (place / "url").read_text() if (place / "url").exists() else ""
if url:
    marked = body + '\\n\\n![](https://cml.dev/watermark.png "CML watermark")'
    request = urllib.request.Request(url, json.dumps(dict(body=marked)).encode(), method="POST")
    request.add_header("Authorization", "token " + os.environ["REPO_TOKEN"])
    urllib.request.urlopen(request).read()
sys.exit(int((place / "code").read_text()) if (place / "code").exists() else 0)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "bin"
    place.mkdir()
    script = place / "cml"
    script.write_text(STAND_IN.format(python=sys.executable, place=str(place)))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    return place


def noted(program: Path) -> dict:
    return json.loads((program / "noted.json").read_text())


def test_it_is_told_everything_and_uploads_nothing(program: Path) -> None:
    found = cml.installed()
    assert found is not None
    assert cml.post(found, TARGET, "Grüße\n")
    seen = noted(program)
    assert seen["args"][:-1] == [
        "comment",
        "create",
        "--publish=false",
        "--target",
        "issue/7",
        "--driver",
        "github",
        "--repo",
        "https://ghe.example.org/acme/ward",
    ]
    assert seen["body"] == "Grüße\n\n\n<!--\n"  # what CML adds is not shown
    assert seen["token"] == TOKEN
    assert seen["quiet"] == ["1", "", ""]


def test_the_token_is_in_no_argument_and_nothing_stays(program: Path) -> None:
    cml.post((str(program / "cml"),), TARGET, "x")
    seen = noted(program)
    assert TOKEN not in json.dumps([seen["args"], seen["command"]])
    assert TOKEN not in repr(TARGET)
    assert seen["home"] != os.environ.get("HOME")
    assert not Path(seen["home"]).exists()
    assert not Path(seen["cwd"]).exists()


@pytest.mark.parametrize("code", ["1", "137"])
def test_a_failure_is_only_no(program: Path, code: str) -> None:
    (program / "code").write_text(code)
    assert not cml.post((str(program / "cml"),), TARGET, "x")


def test_a_program_that_is_not_there_or_hangs_is_only_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cml.installed(str(tmp_path)) is None
    assert not cml.post((str(tmp_path / "cml"),), TARGET, "x")
    monkeypatch.setattr(cml, "_TIMEOUT", 0.3)
    assert not cml.post((sys.executable, "-c", "import time; time.sleep(30)"), TARGET, "x")


def test_a_script_is_started_with_nodes_own_fetch_switched_off(tmp_path: Path) -> None:
    real = tmp_path / "lib" / "cml.js"
    real.parent.mkdir()
    real.write_text("#!/usr/bin/env node\n")
    for path in (real, tmp_path / "node"):
        path.touch()
        path.chmod(0o755)
    (tmp_path / "cml").symlink_to(real)
    assert cml.installed(str(tmp_path)) == (str(tmp_path / "node"), "--no-experimental-fetch", str(real))


def test_it_is_used_over_tls_only_and_where_it_is_installed(
    program: Path, connected: Callable[..., Forge], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert connected(server_url="https://ghe.example.org").poster(1) is not None
    assert connected().poster(1) is not None
    assert connected(server_url="http://127.0.0.1:1").poster(1) is None
    monkeypatch.setenv("PATH", "/nonexistent")
    assert connected(server_url="https://ghe.example.org").poster(1) is None


@pytest.mark.parametrize("code", ["0", "1"])
@pytest.mark.parametrize("posts", [True, False])
def test_one_comment_whichever_made_it(
    program: Path, server: GitHubServer, connected: Callable[..., Forge], code: str, posts: bool
) -> None:
    number = server.add_pull()
    if posts:
        (program / "url").write_text(f"{server.url}/repos/acme/ward/issues/{number}/comments")
    (program / "code").write_text(code)
    forge = connected()
    forge.upsert_comment(CommentSpec(number, "<!-- m -->", lambda _: "<!-- m -->\nx", forge.poster(number)))
    assert server.bodies() == ["<!-- m -->\nx"]
    assert server.count("POST") == 1
    assert noted(program)["token"] == TOKEN
