"""params.yaml: closed, typed, and every mistake at once."""

from pathlib import Path

import pytest

from wardround.errors import ExitCode, UsageError
from wardround.project import params

MINIMAL = "project: {name: readmission}\ndata: {source: synthetic, columns: {outcome: y}}\n"


def problems(text: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        params.parse(text)
    assert caught.value.exit_code is ExitCode.USAGE
    return [" ".join(problem.lines()) for problem in caught.value.problems]


def test_defaults_fill_the_rest() -> None:
    found = params.parse(MINIMAL)
    assert found.disclosure.min_cell == 11
    assert found.gate.non_inferiority.margin == 0.01


def test_the_projects_own_file_is_valid(repository: Path) -> None:
    assert params.load(repository / "params.yaml").project.name == "readmission"


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("gate: {non_inferority: {margin: 0.02}}", "non_inferiority"),
        ("gate: {non_inferiority: {margn: 0.02}}", "margin"),
        ("evaluate: {treshold: [0.2]}", "thresholds"),
        ("splitt: {train: 0.5}", "split"),
    ],
)
def test_a_misspelt_key_gets_the_nearest_one(text: str, suggestion: str) -> None:
    assert any(f"did you mean '{suggestion}'" in problem for problem in problems(MINIMAL + text))


def test_all_mistakes_are_told_at_once() -> None:
    found = problems(
        MINIMAL + "split: {train: 1.5, validation: 0.2}\ndisclosure: {min_cell: 2}\ngate: {flor: 1}\nsplits: 3\n"
    )
    assert len(found) == 4


def test_shares_must_leave_a_test_split() -> None:
    assert "nothing is left" in problems(MINIMAL + "split: {train: 0.7, validation: 0.3}")[0]


def test_broken_yaml_names_the_line() -> None:
    assert (
        "params.yaml:3" in problems(MINIMAL + "gate: [unclosed\n")[0]
        or "params.yaml:4" in problems(MINIMAL + "gate: [unclosed\n")[0]
    )


@pytest.mark.parametrize("text", ["", "just text", "- a\n- b\n", "42"])
def test_a_file_without_sections_is_refused(text: str) -> None:
    assert "no sections" in problems(text)[0]


def test_sources_need_what_they_read() -> None:
    assert "path is needed" in problems("project: {name: ab}\ndata: {source: files, columns: {outcome: y}}")[0]
    assert (
        "url_variable" in problems("project: {name: ab}\ndata: {source: sql, path: select, columns: {outcome: y}}")[0]
    )


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="wardround init"):
        params.load(tmp_path / "params.yaml")


def test_text_that_is_not_utf8_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(b"project: {name: r\xe9admission}")
    with pytest.raises(UsageError, match="UTF-8"):
        params.load(path)


def test_teams_may_add_feature_settings() -> None:
    assert params.parse(MINIMAL + "features: {window_days: 365}").features.settings == {"window_days": 365}


def test_params_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        params.parse(MINIMAL).split.train = 0.5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("gaps", "said"),
    [
        ("[{column: age, gap: 0.4}]", "'because' is missing"),
        ("[{column: age, gap: 0.4, because: short}]", "at least 10"),
        ("[{column: aeg, gap: 0.4, because: risk rises with age}]", "names aeg, but evaluate.subgroups does not"),
        (
            "[{column: age, gap: 0.4, because: risk rises with age}, {column: age, gap: 0.5, because: for luck and more}]",
            "a column stands twice",
        ),
    ],
)
def test_a_declared_gap_needs_a_measured_column_and_a_reason(gaps: str, said: str) -> None:
    text = MINIMAL + "evaluate: {subgroups: [{column: age, bands: [50]}]}\ngate: {fairness: {gaps: " + gaps + "}}\n"
    assert said in " ".join(problems(text))


def test_an_identity_needs_the_environment_that_the_cloud_asks_for() -> None:
    (said,) = problems(MINIMAL + "forge: {identity: aws}\n")
    assert "identity needs environment" in said
    found = params.parse(MINIMAL + "forge: {identity: aws, environment: clinical-data}\n")
    assert found.forge.identity == "aws"


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("outcome: {zone: Mars/Olympus}", "is no time zone"),
        ("outcome: {zone: ../../etc/passwd}", "is no time zone"),
        ("stage: ../prod", "should match pattern"),
    ],
)
def test_what_the_monitor_cannot_use_is_told(section: str, said: str) -> None:
    assert said in " ".join(problems(MINIMAL + f"monitor: {{{section}}}\n"))
