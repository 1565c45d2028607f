"""``monitor.alerts`` of ``params.yaml``: to whom the monitor says that something is wrong."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wardround.project.sections import Section

Address = Annotated[str, Field(pattern=r"^[^@\s<>,;]{1,64}@[A-Za-z0-9.-]{1,190}$")]


class MonitorAlertsSection(Section):
    """A run of the workflow that ends with 12 is red anyway. What is sent besides holds rules and sentences, never a number of patients.

    An address with a secret in it does not belong here: the environment's ``WARDROUND_ALERT_WEBHOOK`` counts before ``webhook``;
    ``WARDROUND_SMTP_USER`` and ``WARDROUND_SMTP_PASSWORD`` log in where the mail server wants it.
    """

    #: From which severity on something is sent.
    least: Literal["warning", "alert"] = "alert"
    #: Address to which a JSON object with ``text`` is posted; https only.
    webhook: Annotated[str, Field(pattern=r"^https://[^\s@]{3,500}$")] | None = None
    #: Who gets mail.
    mail: tuple[Address, ...] = Field(default=(), max_length=50)
    #: The sender of mail; needed with ``mail``.
    sender: Address | None = None
    #: The mail server, ``HOST`` or ``HOST:PORT``; STARTTLS is asked of any that is not this machine. Needed with ``mail``.
    server: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$")] | None = None

    @model_validator(mode="after")
    def _mail_is_complete(self) -> MonitorAlertsSection:
        if self.mail and not (self.sender and self.server):
            msg = "mail needs a sender and a server"
            raise ValueError(msg)
        return self
