"""Sites: which are new, which are silent, and at which one a column moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from wardround.evidence.measures import Estimate
from wardround.evidence.profile import Profile
from wardround.monitoring import drift_rules as rules
from wardround.monitoring.drift import noncentral, shares, units
from wardround.monitoring.drift.columns import EXPECTED, Column, Reference, measure
from wardround.monitoring.drift.judging import Judged, judge
from wardround.monitoring.drift.measured import Measured, Seen
from wardround.monitoring.drift.request import DriftRequest, Window
from wardround.profile import merge

#: What is measured at a site: more would be too many numbers of too few patients.
_MEASURES = frozenset({(rules.FEATURE, "psi"), (rules.MISSING, "missing"), (rules.CONSTANT, "one_value_share")})
_KINDS = frozenset({"integer", "float", "category", "boolean"})


@dataclass(frozen=True)
class _Part:
    """A site's part of a window."""

    site: str
    profile: Profile
    seen: Seen


def known(request: DriftRequest) -> Mapping[str, int]:
    """Training's encounters by site."""
    if request.reference_sites:
        return {name: profile.rows for name, profile in request.reference_sites.items()}
    column = request.reference.column(request.site) if request.site else None
    return column.levels.counts if column is not None and column.levels is not None else {}


def _by_site(request: DriftRequest, window: Window) -> Mapping[str, int]:
    if window.sites:
        return {name: profile.rows for name, profile in window.sites.items()}
    column = window.profile.column(request.site) if request.site else None
    return column.levels.counts if column is not None and column.levels is not None else {}


def arrived(request: DriftRequest, window: Window) -> Iterator[Measured]:
    """The shares of sites that training had not, and of those that send nothing."""
    before, now = known(request), _by_site(request, window)
    if not before or not now:
        return
    n, settings = window.profile.rows, request.settings
    seen = window.seen
    for name in sorted(site for site in set(now) - set(before) if now[site] >= EXPECTED):
        worth = seen.of(n)
        low, high = shares.interval(now[name], n, worth)
        p = shares.more_than(now[name], n, worth, settings.new_site)
        estimate = Estimate(value=now[name] / n, low=low, high=high, method="wilson")
        yield Measured(
            rules.SITE, "site_share", request.site, n, estimate, (None, settings.new_site), p, p, name, now[name]
        )
    for name in sorted(set(before) - {site for site, rows in now.items() if rows}):
        usual = before[name] / sum(before.values())
        if usual * seen.of(n) >= EXPECTED:
            estimate = Estimate(value=0.0, low=0.0, high=shares.interval(0, n, seen.of(n))[1], method="wilson")
            p = shares.fewer_than(0, n, seen.of(n), usual / 2)
            yield Measured(rules.SITE, "site_gone", request.site, n, estimate, (usual / 2, None), p, p, name, 0)


def moved(request: DriftRequest, alpha: float) -> list[Judged]:
    """Columns of single sites in the last windows, against the same site's past. Only what crossed is kept."""
    late = request.windows[-request.settings.persistence[1] :]
    found: list[Judged] = []
    past = {name: _past(request, name) for window in late for name in window.sites}
    prepared = {name: _prepared(request, held) for name, (held, _) in past.items()}
    for window in late:
        if window.profile.rows < request.settings.rows:
            continue
        items: list[Measured] = []
        for name, profile in sorted(window.sites.items()):
            if profile.rows >= request.settings.rows:
                part = _Part(name, profile, window.seen)
                items += _at(request, part, prepared[name], own=past[name][1])
        found += [item for item in judge(items, window.span.name, alpha) if item.crossed]
    return found


def _past(request: DriftRequest, site: str) -> tuple[Profile, bool]:
    """What a site is held against, and whether it is its own: training's, else its earlier windows', else all of training."""
    held = request.reference_sites.get(site)
    if held is not None and held.rows >= request.settings.rows:
        return held, True
    early = request.windows[: -request.settings.persistence[1]]
    parts = [window.sites[site] for window in early if site in window.sites]
    if sum(part.rows for part in parts) >= request.settings.rows:
        return merge(parts), True
    return request.reference, False


def _prepared(request: DriftRequest, held: Profile) -> dict[str, Reference]:
    wanted = request.columns or tuple(column.name for column in request.reference.columns)
    found = (held.column(name) for name in wanted if name not in (request.site, request.subject))
    return {column.name: Reference(column) for column in found if column is not None and column.kind in _KINDS}


def _at(request: DriftRequest, part: _Part, references: dict[str, Reference], *, own: bool) -> Iterator[Measured]:
    name, profile = part.site, part.profile
    settings = request.settings
    for column_name, reference in references.items():
        held = profile.column(column_name)
        if held is None or held.kind != reference.profile.kind or not reference.profile.rows:
            continue
        column = Column(reference, held, part.seen)
        for item in measure(column, settings, beside=False):
            if (item.rule, item.measure) in _MEASURES and item.p is not None:
                moving = item.rule == rules.FEATURE
                if not moving or own:
                    yield _placed(item, name, rules.SITE if moving else item.rule)
        mixed = units.mixed(column, settings)
        if mixed is not None:
            yield _placed(mixed, name, mixed.rule)


def _placed(item: Measured, site: str, rule: str) -> Measured:
    return replace(item, level=site, rule=rule)


def explained(request: DriftRequest, new: tuple[str, ...]) -> frozenset[str]:
    """The columns that have not moved in the last window when the new sites are left out."""
    last = next((window for window in reversed(request.windows) if window.sites), None)
    rest = [profile for name, profile in last.sites.items() if name not in new] if last else []
    if not rest or sum(profile.rows for profile in rest) < request.settings.rows:
        return frozenset()
    others = merge(rest)
    same = set()
    for name, reference in _prepared(request, request.reference).items():
        held = others.column(name)
        if held is None or not reference.profile.rows:
            continue
        index = Column(reference, held, Seen()).index
        if index is None or noncentral.exceeds(index, request.settings.psi) > request.settings.false_alerts:
            same.add(name)
    return frozenset(same)
