"""The pod of a stage: probes, limits, and what it may not do."""

from __future__ import annotations

from typing import Any

from wardround.deploy.runtime import DATA, GRACE, KEY, LEAVING, PORT, USER, Runtime

#: OCI's word for a processor is Kubernetes' too.
_ARCHITECTURE = "kubernetes.io/arch"
_OS = "kubernetes.io/os"


def pod_spec(runtime: Runtime, selector: dict[str, str]) -> dict[str, Any]:
    """The pod's specification: one container, by digest, that can write to its data directory and /tmp alone."""
    system, processor = runtime.section.platform.split("/")[:2]
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": selector},
    }
    return {
        "serviceAccountName": runtime.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE,
        "nodeSelector": {_OS: system, _ARCHITECTURE: processor},
        "topologySpreadConstraints": [spread],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(runtime)],
        "volumes": _volumes(runtime),
    }


def _container(runtime: Runtime) -> dict[str, Any]:
    run = runtime.section.run
    # each replica has segments of its own, also where all of them lie on one volume
    environment = runtime.environment("$(POD_NAME)")
    pod_name = {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    return {
        "name": "service",
        "image": runtime.image,
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "env": [pod_name, *({"name": name, "value": value} for name, value in environment.items())],
        "startupProbe": _probe("/readyz", periodSeconds=2, failureThreshold=60),
        "livenessProbe": _probe("/livez", periodSeconds=10, timeoutSeconds=5, failureThreshold=6),
        "readinessProbe": _probe("/readyz", periodSeconds=5, timeoutSeconds=3, failureThreshold=2),
        # the cluster goes on sending requests for some moments after it has told the pod to end
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", str(LEAVING)]}}},
        "resources": {
            "requests": {"cpu": run.cpu, "memory": run.memory, "ephemeral-storage": "256Mi"},
            "limits": {"memory": run.memory, "cpu": _twice(run.cpu), "ephemeral-storage": _scratch(runtime)},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumeMounts": [
            {"name": "data", "mountPath": DATA},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - a volume of the container's own
            {"name": "log-key", "mountPath": KEY.rpartition("/")[0], "readOnly": True},
        ],
    }


def _probe(path: str, **times: int) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": "http"}, **times}


def _volumes(runtime: Runtime) -> list[dict[str, Any]]:
    run = runtime.section.run
    data: dict[str, Any] = {"emptyDir": {"sizeLimit": run.log_space}}
    if runtime.keeps_log:
        data = {"persistentVolumeClaim": {"claimName": runtime.name}}
    key = {
        "secretName": run.key_secret,
        "defaultMode": 288,  # 0440
        "items": [{"key": "key", "path": KEY.rpartition("/")[2]}],
    }
    return [
        {"name": "data", **data},
        {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}},
        {"name": "log-key", "secret": key},
    ]


def _twice(cpu: str) -> str:
    """A limit that leaves room for a burst."""
    number, unit = (cpu[:-1], "m") if cpu.endswith("m") else (cpu, "")
    return f"{int(number) * 2}{unit}"


def _scratch(runtime: Runtime) -> str:
    """What the pod may keep on its machine: its logs and, where they lie there, its segments."""
    return "1Gi" if runtime.keeps_log else _sum(runtime.section.run.log_space)


def _sum(space: str) -> str:
    """``space`` and a gibibyte, in mebibytes."""
    units = {"Mi": 1, "Gi": 1024, "Ti": 1024 * 1024}
    return f"{int(space[:-2]) * units[space[-2:]] + 1024}Mi"
