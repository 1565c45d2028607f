"""The ledger: what was decided, approved, released, promoted, overridden, alerted, proposed and withdrawn. Append-only, hash-chained.

One file per entry, named by its hash, linking to the entries that were the newest when it was written. The set of files is the ledger, so that
parallel branches merge without a conflict, and one entry on top of both joins them. The heads stand in the tags of releases and stages.
"""

from wardround.ledger.chain import Ledger
from wardround.ledger.entry import Entry, Kind, NewEntry
from wardround.ledger.heads import Anchor, heads_in, heads_line, looks_in, looks_line
from wardround.ledger.place import DIRECTORY, path_of, read_directory
from wardround.ledger.verifying import Doubt, Verification, verify

__all__ = [
    "DIRECTORY",
    "Anchor",
    "Doubt",
    "Entry",
    "Kind",
    "Ledger",
    "NewEntry",
    "Verification",
    "heads_in",
    "heads_line",
    "looks_in",
    "looks_line",
    "path_of",
    "read_directory",
    "verify",
]
