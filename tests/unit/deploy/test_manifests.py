"""What is generated for a stage: valid by Kubernetes' schemas, built by kustomize, and confined."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wardround.deploy import validate
from wardround.deploy.astray import astray
from wardround.deploy.files import all_files, directory_of, generated, is_manifest, possible
from wardround.deploy.kubernetes import documents
from wardround.deploy.runtime import Runtime, label
from wardround.deploy.stage_file import StageFile, path_of
from wardround.project.stages_section import RunSection, StageSection

KUBECTL = Path(sys.executable).with_name("kubectl")
DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64

names = st.from_regex(r"[a-z][a-z0-9-]{0,62}[a-z0-9]", fullmatch=True)
stages = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
namespaces = st.from_regex(r"[a-z]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
rooms = st.builds(lambda number, unit: f"{number}{unit}", st.integers(1, 9999), st.sampled_from(["Mi", "Gi", "Ti"]))
runs = st.builds(
    RunSection,
    replicas=st.integers(1, 100),
    cpu=st.integers(1, 9999).map(lambda number: f"{number}m") | st.integers(1, 64).map(str),
    memory=rooms,
    log_space=rooms,
    predictions=st.sampled_from(["", "s3://log/readmission", "abfs://c@a.example/log?x=y&z", "memory://%".rstrip("%")]),
    port=st.integers(1, 65535),
    callers=st.lists(namespaces, max_size=3).map(tuple),
    reaches=st.sampled_from([(), ("10.0.0.0/8",), ("10.0.0.0/8", "fd00::/8")]),
    namespace=st.just("") | namespaces,
    shadow=st.sampled_from(["", "http://readmission-shadow:80"]),
)
versions = st.tuples(*[st.integers(0, 999)] * 3).map(lambda three: "v{}.{}.{}".format(*three))
platforms = st.sampled_from(["linux/amd64", "linux/arm64"])


@st.composite
def runtimes(draw):
    digest = "sha256:" + draw(st.text("0123456789abcdef", min_size=64, max_size=64))
    file = StageFile(
        project=draw(names),
        stage=draw(stages),
        version=draw(versions),
        image=f"registry.example.org:5000/models/x@{digest}",
        bento=DIGEST,
        decision=DIGEST,
        card=draw(st.none() | st.just(DIGEST)),
    )
    return Runtime(file, StageSection(run=draw(runs), platform=draw(platforms)))


def made(**run) -> Runtime:
    image = f"registry.example.org/models/readmission@{DIGEST}"
    file = StageFile(project="readmission", stage="prod", version="v1.4.0", image=image, bento=DIGEST, decision=DIGEST)
    return Runtime(file, StageSection(run=run))


@given(runtime=runtimes())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_manifest_satisfies_the_schemas_and_our_rules(runtime):
    assert validate.problems(runtime) == ()


@pytest.mark.parametrize("version", ["1.31", "1.33", "1.35", "1.37"])
@pytest.mark.parametrize("run", [{}, {"predictions": "s3://log/x", "reaches": ["10.0.0.0/8"], "callers": ["ehr"]}])
def test_they_satisfy_every_version_of_kubernetes_that_is_maintained(version, run):
    assert validate.problems(made(**run, kubernetes=version)) == ()


def test_schemas_that_are_not_installed_are_said():
    (said, *_) = validate.problems(made(kubernetes="1.999"))
    assert "the schemas of Kubernetes 1.999 are not installed" in said.what


@given(runtime=runtimes())
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
def test_kustomize_builds_what_was_written(runtime, tmp_path_factory):
    """Offline; the resources come out as they went in, and no image is named otherwise than by digest."""
    root = tmp_path_factory.mktemp("deploy")
    for path, text in all_files(runtime.file, runtime.section).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [KUBECTL, "kustomize", root / directory_of(runtime.file.stage)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    built = {item["kind"]: item for item in yaml.safe_load_all(done.stdout)}
    assert set(built) == {item["kind"] for item in documents(runtime).values()}
    spec = built["Deployment"]["spec"]["template"]["spec"]
    assert [container["image"] for container in spec["containers"]] == [runtime.image]
    namespace = runtime.section.run.namespace
    assert all(item["metadata"].get("namespace", "") == namespace for item in built.values())
    assert built["Service"]["spec"]["selector"] == built["Deployment"]["spec"]["selector"]["matchLabels"]


@given(runtime=runtimes())
@settings(max_examples=30, deadline=None)
def test_what_is_generated_is_not_astray_and_is_known(runtime):
    files = {path.rpartition("/")[2]: text for path, text in generated(runtime.file, runtime.section).items()}
    assert list(astray(files, runtime.image)) == []
    assert list(astray(files, None)), "another image than the stage's is seen in them"
    assert set(generated(runtime.file, runtime.section)) <= set(possible(runtime.file.project, runtime.file.stage))
    assert all(len(item["metadata"]["name"]) <= 63 for item in documents(runtime).values())


def test_the_pod_is_confined():
    pod = documents(made())["deployment.yaml"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"].endswith("@" + DIGEST)
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["resources"]["limits"]["memory"] == "1Gi"
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    inner = container["securityContext"]
    assert (inner["readOnlyRootFilesystem"], inner["allowPrivilegeEscalation"], inner["capabilities"]) == (True, False, {"drop": ["ALL"]})  # fmt: skip
    assert pod["automountServiceAccountToken"] is False
    assert {"name": "WARDROUND_STAGE", "value": "prod"} in container["env"]


def test_where_the_prediction_log_lies():
    """Its own volume, or segments on their way to a storage; a volume that one machine holds lets go before another takes it."""
    alone, several, stored = made(replicas=1), made(replicas=3), made(predictions="s3://log/x")
    assert documents(alone)["claim.yaml"]["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert documents(alone)["deployment.yaml"]["spec"]["strategy"] == {"type": "Recreate"}
    assert documents(several)["claim.yaml"]["spec"]["accessModes"] == ["ReadWriteMany"]
    assert "claim.yaml" not in documents(stored)
    volumes = documents(stored)["deployment.yaml"]["spec"]["template"]["spec"]["volumes"]
    assert {"name": "data", "emptyDir": {"sizeLimit": "2Gi"}} in volumes
    (container,) = documents(several)["deployment.yaml"]["spec"]["template"]["spec"]["containers"]
    given = {item["name"]: item.get("value") for item in container["env"]}
    assert given["WARDROUND_WAL"] == given["WARDROUND_WAL_SHARED"] + "/$(POD_NAME)"
    assert container["lifecycle"] == {"preStop": {"exec": {"command": ["sleep", "5"]}}}


def test_who_may_ask_and_what_it_may_reach():
    closed = documents(made())["networkpolicy.yaml"]["spec"]
    assert (closed["ingress"][0]["from"], closed["egress"]) == ([{"podSelector": {}}], [])
    opened = documents(made(callers=["ehr"], reaches=["10.1.0.0/16"]))["networkpolicy.yaml"]["spec"]
    assert opened["ingress"][0]["from"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ehr"}}}
    ]
    assert opened["egress"][1] == {"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}]}


def test_a_shadow_is_told_and_can_be_reached():
    address = "http://readmission-shadow:80"
    shown = documents(made(shadow=address))
    container = shown["deployment.yaml"]["spec"]["template"]["spec"]["containers"][0]
    assert {"name": "WARDROUND_SHADOW", "value": address} in container["env"]
    egress = shown["networkpolicy.yaml"]["spec"]["egress"]
    assert egress[0] == {"to": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": 3000}]}
    assert [port["port"] for port in egress[1]["ports"]] == [53, 53], "the name must be resolved"
    assert len(egress) == 2
    assert "WARDROUND_SHADOW" not in str(documents(made()))


def _without(document, *path):
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]


CONTAINER = ("spec", "template", "spec", "containers", 0)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ((*CONTAINER, "securityContext", "readOnlyRootFilesystem"), "readOnlyRootFilesystem is not True"),
        ((*CONTAINER, "securityContext", "capabilities"), "it keeps capabilities"),
        ((*CONTAINER, "livenessProbe"), "it has no probes"),
        ((*CONTAINER, "resources", "limits", "memory"), "it has no limit of memory"),
        ((*CONTAINER, "name"), "does not take spec.template.spec.containers.0"),
        (("spec", "selector"), "does not take spec"),
    ],
)
def test_what_is_taken_away_is_missed(path, said):
    document = documents(made())["deployment.yaml"]
    assert list(validate.document_problems(document, "1.34")) == []
    _without(document, *path)
    assert any(said in one for one in validate.document_problems(document, "1.34"))


def test_an_image_by_name_is_seen():
    document = documents(made())["deployment.yaml"]
    container = document["spec"]["template"]["spec"]["containers"][0]
    assert "it runs another image than the stage's" in list(
        validate.document_problems(document, "1.34", f"x/y@{OTHER}")
    )
    container["image"] = "readmission:latest"
    assert "its image is not named by digest" in list(validate.document_problems(document, "1.34"))


def test_without_an_image_there_is_the_stages_file_alone():
    for image in (None, DIGEST):
        file = made().file.model_copy(update={"image": image})
        assert list(all_files(file, StageSection())) == [path_of("prod")]


def test_manifests_are_told_from_other_files():
    files = generated(made().file, StageSection())
    assert {path.rpartition("/")[2] for path in files if not is_manifest(path)} == {
        "compose.yaml",
        "readmission-prod.service",
    }


def test_long_names_stay_two():
    one, other = label("a" * 60 + "-prod"), label("a" * 60 + "-staging")
    assert one != other
    assert max(len(one), len(other)) <= 52
