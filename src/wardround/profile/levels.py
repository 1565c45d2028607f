"""Which levels of an open category are listed when there are too many: a choice that no order of the parts changes."""

from __future__ import annotations

from collections.abc import Mapping

from wardround.tables.hashing import stable_hash


def fold(counts: Mapping[str, int], cap: int) -> tuple[dict[str, int], int]:
    """At most ``cap`` levels (0: all) and the rows of the others.

    The ``cap`` levels with the smallest hash stay (bottom-k, Cohen and Kaplan 2007). A level that stays in the whole stays in every part
    that has it, because a part has no more levels than the whole; so its count is exact, however the table was cut.
    """
    if not cap or len(counts) <= cap:
        return dict(counts), 0
    names = sorted(counts)
    ranked = [name for _, name in sorted(zip(stable_hash(names).tolist(), names, strict=True))]
    kept = {name: counts[name] for name in ranked[:cap]}
    return kept, sum(counts.values()) - sum(kept.values())
