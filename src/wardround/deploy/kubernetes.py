"""Kubernetes manifests of a stage, for kustomize: what Argo CD and Flux follow as it is."""

from __future__ import annotations

from typing import Any

from wardround.deploy import yaml_text
from wardround.deploy.pod import pod_spec
from wardround.deploy.runtime import PORT, Runtime, label

_COMMENT = "Written by `wardround promote`. Change it by a patch in a kustomization of your own that names this directory as a resource."
#: Where clusters keep their DNS.
_DNS = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}


def manifests(runtime: Runtime) -> dict[str, str]:
    """The files of ``deploy/STAGE/`` that kustomize builds: name -> text."""
    made = documents(runtime)
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        **({"namespace": runtime.section.run.namespace} if runtime.section.run.namespace else {}),
        "resources": sorted(made),
    }
    texts = {name: yaml_text.text(value, _COMMENT) for name, value in made.items()}
    return {"kustomization.yaml": yaml_text.text(kustomization, _COMMENT), **texts}


def documents(runtime: Runtime) -> dict[str, dict[str, Any]]:
    """What a cluster gets, one resource a file: name -> content."""
    made = {
        "deployment.yaml": _deployment(runtime),
        "service.yaml": _service(runtime),
        "networkpolicy.yaml": _network_policy(runtime),
        "poddisruptionbudget.yaml": _budget(runtime),
        "serviceaccount.yaml": _account(runtime),
    }
    if runtime.keeps_log:
        made["claim.yaml"] = _claim(runtime)
    return made


def selector(runtime: Runtime) -> dict[str, str]:
    """The labels that tell this stage's pods from all others; they never change, as Kubernetes wants it."""
    return {"app.kubernetes.io/name": label(runtime.file.project), "app.kubernetes.io/instance": runtime.name}


def _labels(runtime: Runtime) -> dict[str, str]:
    more = {"app.kubernetes.io/version": runtime.file.version, "app.kubernetes.io/managed-by": "wardround"}
    return {**selector(runtime), **more}


def _metadata(runtime: Runtime) -> dict[str, Any]:
    return {"name": runtime.name, "labels": _labels(runtime)}


def _deployment(runtime: Runtime) -> dict[str, Any]:
    file = runtime.file
    annotations = {
        "wardround/version": file.version,
        "wardround/bento": file.bento,
        "wardround/decision": file.decision,
        **({"wardround/card": file.card} if file.card else {}),
    }
    # one claim that only one machine can hold: the old pod must let go of it first
    alone = runtime.keeps_log and runtime.section.run.replicas == 1
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {**_metadata(runtime), "annotations": annotations},
        "spec": {
            "replicas": runtime.section.run.replicas,
            "revisionHistoryLimit": 3,
            "minReadySeconds": 5,
            "strategy": {"type": "Recreate"} if alone else rolling,
            "selector": {"matchLabels": selector(runtime)},
            "template": {
                "metadata": {"labels": _labels(runtime), "annotations": annotations},
                "spec": pod_spec(runtime, selector(runtime)),
            },
        },
    }


def _service(runtime: Runtime) -> dict[str, Any]:
    ports = [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(runtime),
        "spec": {"type": "ClusterIP", "selector": selector(runtime), "ports": ports},
    }


def _account(runtime: Runtime) -> dict[str, Any]:
    """An identity of its own, without a right: nothing that the namespace's default may be given later."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _metadata(runtime),
        "automountServiceAccountToken": False,
    }


def _network_policy(runtime: Runtime) -> dict[str, Any]:
    """Who may ask, and what the service may reach; all else is closed."""
    run = runtime.section.run
    named = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}} for name in run.callers]
    callers: list[dict[str, Any]] = named or [{"podSelector": {}}]
    egress: list[dict[str, Any]] = []
    if run.shadow:  # the candidate runs in the same namespace; anywhere else, ``reaches`` must name it
        egress.append({"to": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": PORT}]})
    if run.reaches or run.shadow:
        egress.append({"to": [_DNS], "ports": [{"protocol": proto, "port": 53} for proto in ("UDP", "TCP")]})
    if run.reaches:
        egress.append({"to": [{"ipBlock": {"cidr": cidr}} for cidr in run.reaches]})
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _metadata(runtime),
        "spec": {
            "podSelector": {"matchLabels": selector(runtime)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": callers, "ports": [{"protocol": "TCP", "port": PORT}]}],
            "egress": egress,
        },
    }


def _budget(runtime: Runtime) -> dict[str, Any]:
    """Maintenance of the cluster takes one replica at a time."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _metadata(runtime),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": selector(runtime)}},
    }


def _claim(runtime: Runtime) -> dict[str, Any]:
    """The volume of the prediction log; several replicas write to it, each in a directory of its own."""
    run = runtime.section.run
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": _metadata(runtime),
        "spec": {
            "accessModes": ["ReadWriteOnce" if run.replicas == 1 else "ReadWriteMany"],
            "resources": {"requests": {"storage": run.log_space}},
        },
    }
