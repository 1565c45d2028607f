"""A compose file of a stage, for one machine with docker or podman."""

from __future__ import annotations

from typing import Any

from wardround.deploy import yaml_text
from wardround.deploy.runtime import DATA, GRACE, KEY, PORT, USER, Runtime

#: Asks the service from inside its container, with the Python that is there.
PROBE = (
    "import sys, urllib.request; "
    f"sys.exit(urllib.request.urlopen('http://127.0.0.1:{PORT}/readyz', timeout=3).status != 200)"
)
_COMMENT = (
    "Written by `wardround promote`. docker compose -f compose.yaml up -d, or podman-compose.\n"
    "The key of the subjects' hash lies beside this file; git must not have it: docs/how-to/bare-metal.md"
)


def compose(runtime: Runtime) -> dict[str, str]:
    """The file ``compose.yaml``: name -> text."""
    run = runtime.section.run
    service: dict[str, Any] = {
        "image": runtime.image,
        "platform": runtime.section.platform,
        "container_name": runtime.name,
        "user": f"{USER}:{USER}",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "tmpfs": ["/tmp:size=64m,mode=1777"],  # noqa: S108 - in the container
        "pids_limit": 512,
        "mem_limit": memory(run.memory),
        "cpus": cpus(run.cpu) * 2,
        "ports": [f"127.0.0.1:{run.port}:{PORT}"],
        "environment": runtime.environment(),
        "volumes": [{"type": "volume", "source": "data", "target": DATA}],
        "secrets": [{"source": "log-key", "target": KEY}],
        "healthcheck": {
            "test": ["CMD", "python3", "-c", PROBE],
            "interval": "10s",
            "timeout": "5s",
            "retries": 3,
            "start_period": "60s",
        },
        "restart": "unless-stopped",
        "stop_grace_period": f"{GRACE}s",
    }
    value = {
        "name": runtime.name,
        "services": {"service": service},
        "volumes": {"data": {"name": f"{runtime.name}-data"}},
        "secrets": {"log-key": {"file": f"./{run.key_secret}"}},
    }
    return {"compose.yaml": yaml_text.text(value, _COMMENT)}


def memory(quantity: str) -> str:
    """Kubernetes' ``1Gi`` as docker and podman write it."""
    number, unit = int(quantity[:-2]), quantity[-2:]
    return f"{number * 1024}g" if unit == "Ti" else f"{number}{unit[0].lower()}"


def cpus(quantity: str) -> float:
    """Kubernetes' ``500m`` as a number of processors."""
    return int(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)
