"""The roles that `init` writes: three, with nobody in them. They demand nothing, and the doctor says so where it matters."""

import subprocess

import pytest
from ruamel.yaml import YAML

from wardround.errors import WardroundError
from wardround.flows.doctor import examine
from wardround.flows.initialise import InitRequest, initialise, initialise_synthetic
from wardround.project.layout import Project
from wardround.project.params import parse
from wardround.scaffold import template
from wardround.scaffold.params_text import GOVERNANCE
from wardround.scaffold.request import DataRequest

EMPTY = {"clinical": (), "ml": (), "privacy": ()}


@pytest.fixture(scope="module")
def ward(tmp_path_factory):
    return initialise_synthetic(tmp_path_factory.mktemp("roles") / "wards").root


def roles(root):
    return [check for check in examine(root) if check.name == "roles"]


def remote(root, *words):
    subprocess.run(["git", "remote", *words], cwd=root, check=True, capture_output=True)


def test_a_new_project_names_nobody_and_demands_nothing(ward, tmp_path):
    data = tmp_path / "in.csv"
    data.write_text("age,sex,y\n" + "".join(f"{20 + i % 70},{'fm'[i % 2]},{i % 3 == 0:d}\n" for i in range(400)))
    heart = initialise(InitRequest(tmp_path / "heart", DataRequest(str(data), "y", "1"), lock="app")).root
    for root in (ward, heart):
        params = Project(root).params
        assert params.governance.roles == EMPTY
        assert params.governance.wanted("prod") == {}
    assert Project(heart).params.forge.lock == "app"


def test_every_project_has_the_same_section():
    assert template.read("params.yaml").endswith("\n" + GOVERNANCE)


def test_the_line_that_is_a_comment_works_once_somebody_is_named():
    text = template.read("params.yaml").replace("# approvals:", "approvals:")
    with pytest.raises(WardroundError, match="names nobody"):
        parse(text)
    text = text.replace("clinical: []", "clinical: [grace]").replace("ml: []", "ml: [bob, chen]")
    assert parse(text).governance.wanted("prod") == {"clinical": ("grace",), "ml": ("bob", "chen")}


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://github.com/acme/wards.git", True), ("git@github.com:acme/wards.git", True), ("ssh://git@host/wards", True),
        ("/mnt/share/wards.git", False), ("../wards.git", False), ("file:///mnt/wards.git", False),
    ],
)  # fmt: skip
def test_only_a_forge_makes_it_worth_saying(ward, address, told):
    remote(ward, "add", "origin", address)
    try:
        assert [check.state for check in roles(ward)] == ["advice"] * told
    finally:
        remote(ward, "remove", "origin")


def test_without_a_remote_nobody_is_asked_for(ward):
    assert roles(ward) == []


def test_the_fix_fixes_it(ward):
    remote(ward, "add", "origin", "git@github.com:acme/wards.git")
    path = ward / "params.yaml"
    before = path.read_text(encoding="utf-8")
    (check,) = roles(ward)
    given = YAML(typ="safe", pure=True).load(check.fix.removeprefix("params.yaml: "))
    whole = YAML(typ="safe", pure=True).load(before) | given
    try:
        with path.open("w", encoding="utf-8") as file:
            YAML().dump(whole, file)
        (check,) = roles(ward)
        assert (check.state, check.found) == ("ok", "clinical 1, ml 1; asked for by prod")
        path.write_text(before.replace("ml: []", "ml: [bob, chen]"), encoding="utf-8")
        (check,) = roles(ward)
        assert (check.state, check.found) == ("ok", "ml 2; asked for by no stage (governance.approvals)")
    finally:
        path.write_text(before, encoding="utf-8")
        remote(ward, "remove", "origin")
