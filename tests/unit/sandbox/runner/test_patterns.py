"""Filter patterns: the examples of GitHub's own cheat sheet."""

import pytest

from wardround.sandbox.runner.patterns import any_left, matches


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("feature/*", ["feature/my-branch"]),
        ("feature/**", ["feature/beta-a/my-branch", "feature/mona/the/octocat"]),
        ("main", ["main"]),
        ("*", ["main", "releases"]),
        ("**", ["all/the/branches", "every/tag"]),
        ("*feature", ["mona-feature", "feature"]),
        ("v2*", ["v2", "v2.0", "v2.9"]),
        ("v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"]),
        ("*.jsx?", ["page.js", "page.jsx"]),
        ("**.js", ["index.js", "src/js/app.js"]),
        ("docs/**/*.md", ["docs/README.md", "docs/mona/hello.md", "docs/a/markdown/file.md"]),
        ("**/docs/**", ["docs/hello.md", "dir/docs/my-file.txt"]),
        ("**/*-post.md", ["my-post.md", "path/their-post.md"]),
    ],
)
def test_matches(pattern, names):
    assert [name for name in names if not matches(name, [pattern])] == []


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("feature/*", "feature/a/b"),
        ("*", "all/the"),
        ("v[12].[0-9]+.[0-9]+", "v3.0.0"),
        ("docs/**/*.md", "src/docs/x.md"),
        ("main", "mainly"),
        ("a.b", "axb"),
    ],
)
def test_does_not_match(pattern, name):
    assert not matches(name, [pattern])


def test_the_last_pattern_decides():
    assert not matches("releases/10-alpha", ["releases/**", "!releases/**-alpha"])
    assert matches("releases/10-alpha", ["releases/**", "!releases/**-alpha", "releases/10-*"])
    assert not matches("main", ["!main"])


def test_what_is_ignored():
    assert any_left(["docs/a.md", "src/a.py"], ["docs/**"])
    assert not any_left(["docs/a.md"], ["docs/**"])
