"""The forge's word on which job this is (OpenID Connect), in a file from which the clouds' own libraries take it: no secret is stored anywhere.

The token lives for minutes, a review for hours: a thread asks for a new one while the command runs. What the cloud gives for it is the
cloud's policy, which names the repository and the environment.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardround.errors import EnvironmentFailure, Problem, UsageError

#: The variable that says with which cloud the data are; the workflows set it (``forge.identity``).
CLOUD = "WARDROUND_IDENTITY"
_URL, _TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
#: Seconds between two tokens, and for one answer. Project choices: GitHub's documentation shows a token that is good for 300 seconds.
EVERY = 200.0
_TIMEOUT = 30.0


@dataclass(frozen=True)
class _Cloud:
    """``needs`` are variables that the job must have, ``takes`` those that it may have; ``file`` names the one that says where the token is."""

    audience: str
    needs: tuple[str, ...]
    file: str
    takes: tuple[str, ...] = ()


#: As the libraries that DVC's remotes use read them: botocore's web identity, azure-identity's workload identity, google-auth's external account.
CLOUDS = {
    "aws": _Cloud("sts.amazonaws.com", ("AWS_ROLE_ARN", "AWS_DEFAULT_REGION"), "AWS_WEB_IDENTITY_TOKEN_FILE"),
    "azure": _Cloud("api://AzureADTokenExchange", ("AZURE_CLIENT_ID", "AZURE_TENANT_ID"), "AZURE_FEDERATED_TOKEN_FILE"),
    "gcp": _Cloud("", ("WARDROUND_GCP_PROVIDER",), "GOOGLE_APPLICATION_CREDENTIALS", ("WARDROUND_GCP_ACCOUNT",)),
}


class Identity:
    """Tokens for one cloud, each in the place of the last, until :meth:`end`."""

    def __init__(self, cloud: str, environment: MutableMapping[str, str], every: float = EVERY) -> None:
        """Takes out of ``environment`` what asks for tokens, so that no process that is started from here can, and puts in where the token is.

        Raises :class:`UsageError` when the job was not given what it needs, :class:`EnvironmentFailure` when the forge gives no token.
        """
        wanted = CLOUDS.get(cloud)
        missing = [name for name in (_URL, _TOKEN, *(wanted.needs if wanted else ())) if not environment.get(name)]
        if wanted is None or missing:
            raise _unfit(cloud, missing)
        audience = wanted.audience or f"https://iam.googleapis.com/{environment['WARDROUND_GCP_PROVIDER']}"
        self._url = f"{environment.pop(_URL)}&{urllib.parse.urlencode({'audience': audience})}"
        self._bearer = environment.pop(_TOKEN)
        self._directory = _directory(environment)
        self.path = self._directory / "token"
        self._write(self.path, self._ask())
        environment[wanted.file] = str(self._google(environment) if cloud == "gcp" else self.path)
        self._over = threading.Event()
        threading.Thread(target=self._renew, args=(every,), name="identity", daemon=True).start()

    def end(self) -> None:
        """No token is asked for any more, and the last one is removed."""
        self._over.set()
        with contextlib.suppress(OSError):
            for path in self._directory.iterdir():
                path.unlink(missing_ok=True)
            self._directory.rmdir()

    def _renew(self, every: float) -> None:
        while not self._over.wait(every):
            with contextlib.suppress(
                EnvironmentFailure, OSError
            ):  # the next one may come; until then the cloud says what it misses
                token = self._ask()
                if not self._over.is_set():
                    self._write(self.path, token)

    def _ask(self) -> str:
        asked = urllib.request.Request(self._url, headers={"Authorization": f"bearer {self._bearer}"})  # noqa: S310 - the runner's address
        try:
            with urllib.request.urlopen(asked, timeout=_TIMEOUT) as answer:  # noqa: S310 - as above
                value = json.loads(answer.read(1 << 20))["value"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            status = ""
            if isinstance(error, urllib.error.HTTPError):
                status = f" ({error.code})"
                error.close()
            raise EnvironmentFailure(
                "the forge gave no identity token for this job",
                found=f"{type(error).__name__}{status}",
                next="run the job again; see that it has the permission id-token: write",
            ) from None
        return str(value)

    def _google(self, environment: MutableMapping[str, str]) -> Path:
        account = environment.get("WARDROUND_GCP_ACCOUNT")
        source: dict[str, Any] = {
            "type": "external_account",
            "audience": f"//iam.googleapis.com/{environment['WARDROUND_GCP_PROVIDER']}",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": "https://sts.googleapis.com/v1/token",
            "credential_source": {"file": str(self.path)},
        }
        if account:
            source["service_account_impersonation_url"] = (
                f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
            )
        path = self._directory / "google.json"
        self._write(path, json.dumps(source))
        return path

    def _write(self, path: Path, text: str) -> None:
        """In one step, and readable by this user alone: whoever reads meanwhile gets the old one or the new one."""
        aside = path.with_suffix(".new")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as stream:
            stream.write(text)
        aside.replace(path)


def begin(environment: MutableMapping[str, str] = os.environ) -> Identity | None:
    """Starts what :data:`CLOUD` asks for, once: processes that are started from here find the token and ask for none. Errors as in :class:`Identity`."""
    cloud = environment.pop(CLOUD, "")
    if not cloud:
        return None
    made = Identity(cloud, environment)
    atexit.register(made.end)
    return made


def _directory(environment: MutableMapping[str, str]) -> Path:
    import tempfile

    return Path(tempfile.mkdtemp(prefix="identity-", dir=environment.get("RUNNER_TEMP") or None))


def _unfit(cloud: str, missing: list[str]) -> UsageError:
    if cloud not in CLOUDS:
        return UsageError(
            "this cloud's identity is not known",
            where=CLOUD,
            wanted=f"one of {', '.join(CLOUDS)}",
            found=repr(cloud[:40]),
        )
    advice = {
        _URL: "give the job the permission id-token: write (wardround upgrade writes it)",
        _TOKEN: "give the job the permission id-token: write (wardround upgrade writes it)",
    }
    return UsageError(
        problems=[
            Problem(
                f"the data are reached by identity ({cloud}), and {name} is not set",
                where=CLOUD,
                next=advice.get(name, f"set the variable {name} of the environment that forge.environment names"),
            )
            for name in missing
        ]
    )
