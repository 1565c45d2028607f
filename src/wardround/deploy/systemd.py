"""A systemd unit of a stage: podman runs the image by digest, on a machine without an orchestrator."""

from __future__ import annotations

import re

from wardround.deploy.compose import PROBE, cpus, memory
from wardround.deploy.runtime import DATA, GRACE, KEY, PORT, USER, Runtime
from wardround.errors import UsageError

#: Directories of the machine.
_STATE, _KEYS = "/var/lib/wardround", "/etc/wardround"


def unit(runtime: Runtime) -> dict[str, str]:
    """The file ``PROJECT-STAGE.service``: name -> text."""
    run, name = runtime.section.run, runtime.name
    state = f"{_STATE}/{name}"
    podman = [
        "/usr/bin/podman",
        "run",
        f"--name={name}",
        "--replace",
        "--rm",
        "--sdnotify=conmon",
        "--cgroups=split",
        f"--arch={runtime.section.platform.split('/')[1]}",
        f"--user={USER}:{USER}",
        "--read-only",
        "--tmpfs=/tmp:rw,size=64m,mode=1777",
        "--cap-drop=all",
        "--security-opt=no-new-privileges",
        "--pids-limit=512",
        f"--memory={memory(run.memory)}",
        f"--cpus={cpus(run.cpu) * 2:g}",
        f"--stop-timeout={GRACE}",
        f"--publish=127.0.0.1:{run.port}:{PORT}",
        f"--volume={state}:{DATA}:rw,U",
        f"--volume={_KEYS}/{run.key_secret}:{KEY}:ro",
        *(f"--env={key}={value}" for key, value in runtime.environment().items()),
        runtime.image,
    ]
    lines = [
        "# Written by `wardround promote`: docs/how-to/bare-metal.md",
        "[Unit]",
        f"Description={runtime.file.project} {runtime.file.version}, stage {runtime.file.stage}",
        "Wants=network-online.target",
        "After=network-online.target",
        "StartLimitIntervalSec=300",
        "StartLimitBurst=5",
        "",
        "[Service]",
        "Type=notify",
        "NotifyAccess=all",
        "Delegate=yes",
        "Restart=on-failure",
        "RestartSec=5",
        f"TimeoutStopSec={GRACE + 15}",
        "TimeoutStartSec=300",
        f"StateDirectory=wardround/{name}",
        "StateDirectoryMode=0700",
        "UMask=0077",
        "ExecStart=" + " \\\n    ".join(_word(word) for word in podman),
        "ExecStartPost=" + " ".join(_word(word) for word in _ready(name)),
        f"ExecStop=/usr/bin/podman stop --ignore --time={GRACE} {name}",
        *_CONFINED,
        "",
        "[Install]",
        "WantedBy=multi-user.target",
        "",
    ]
    return {f"{name}.service": "\n".join(lines)}


#: What podman itself does not need: its containers are confined by their own flags above.
_CONFINED = (
    "LockPersonality=yes",
    "ProtectClock=yes",
    "ProtectHome=yes",
    "ProtectKernelLogs=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "SystemCallArchitectures=native",
    "LimitNOFILE=65536",
    "TasksMax=1024",
)


def _ready(name: str) -> list[str]:
    """Waits until the service answers, so that a unit that is started is one that can be asked."""
    wait = f"import time\nfor _ in range(120):\n    try:\n        {PROBE.partition('; ')[2]}\n    except OSError:\n        time.sleep(1)\nsys.exit(1)"
    program = f"import sys, urllib.request\n{wait}"
    return ["/usr/bin/podman", "exec", name, "python3", "-c", program]


def _word(word: str) -> str:
    """A word of a command line as systemd reads it: ``%`` and ``$`` doubled, all else that is special inside quotes."""
    if "\0" in word:
        raise UsageError("this cannot stand in a systemd unit", found=repr(word[:100]))
    escaped = word.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$")
    if re.fullmatch(r"[A-Za-z0-9_@%+=:,./$-]+", escaped):
        return escaped
    return '"' + escaped.replace('"', '\\"').replace("\n", "\\n") + '"'
