"""Where new entries of the ledger go: the branch ``wardround/ledger``."""

from __future__ import annotations

from wardround.flows.records import Records
from wardround.ledger.place import DIRECTORY

BRANCH = "wardround/ledger"
LEDGER = Records(BRANCH, DIRECTORY, "ledger")
