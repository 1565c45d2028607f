"""From shares, ratios and curves back to the counts that they were computed from.

Counts are multiples of 10 when the report keeps its own rules. Where no multiple of 10 explains the numbers, they were computed
from exact counts, and then they tell those. Each function gives every explanation that there is.
"""

import itertools
import math

Z = 1.959963984540054
BASE = 10


def rounded(values, least, *, cells=1, exact=False):
    """The range of a true count whose published form is one of ``values``: a sum of ``cells`` counts rounded to 10."""
    values = [values] if isinstance(values, int | float) else list(values)
    if not values:
        return None
    if exact or any(value % BASE for value in values):
        return int(min(values)), int(max(values))
    below, above = BASE // 2 * cells, (BASE // 2 - 1) * cells
    low = max(int(min(values)) - below, least if min(values) + above >= least else 0)
    return low, int(max(values)) + above


def says(shown, numbers):
    """Whether numbers, when rounded, are what is shown: (value, low, high, decimals); None is not shown."""
    *parts, decimals = shown
    half = 0.5 * 10.0**-decimals + 1e-9
    return all(
        part is None or math.isnan(part) or abs(number - part) <= half
        for part, number in zip(parts, numbers, strict=True)
    )


def wilson(count, n):
    """A share with its interval."""
    share = count / n
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(max(share * (1 - share) / n + Z * Z / (4 * n * n), 0.0))
    return share, max(0.0, middle - half), min(1.0, middle + half)


def byar(count, expected):
    """Observed by expected with its interval."""
    low = count * (1 - 1 / (9 * count) - Z / (3 * math.sqrt(count))) ** 3
    high = (count + 1) * (1 - 1 / (9 * (count + 1)) + Z / (3 * math.sqrt(count + 1))) ** 3
    return count / expected, low / expected, high / expected


def shares(shown, sizes):
    """(count, n) pairs with n among ``sizes`` whose share and interval are as shown; (pairs, exact)."""
    sizes = list(sizes)
    for step, among in ((BASE, [n for n in sizes if n % BASE == 0]), (1, sizes)):
        half = 0.5 * 10.0 ** -shown[3] + 1e-9
        found = [
            (count, n)
            for n in among
            if n
            for count in range(
                step * max(0, math.floor((shown[0] - half) * n / step)),
                min(n, math.ceil((shown[0] + half) * n)) + step,
                step,
            )
            if count <= n and says(shown, wilson(count, n))
        ]
        if found:
            return found, step == 1
    return [], False


def ratios(shown, observed, most):
    """Observed and expected counts behind O/E: (observed counts, lowest and highest expected, exact).

    ``observed`` are the numbers that the report shows for it; None where it shows none, up to ``most``.
    """
    known = observed if observed is not None else range(BASE, most + 1, BASE)
    half = 0.5 * 10.0 ** -shown[3] + 1e-9
    pairs = [
        (count, expected)
        for count in known
        if count
        for expected in range(
            BASE * math.floor(count / (shown[0] + half) / BASE),
            math.ceil(count / max(shown[0] - half, 1e-3)) + BASE,
            BASE,
        )
        if expected and says(shown, byar(count, expected))
    ]
    if pairs:
        return {c for c, _ in pairs}, (min(e for _, e in pairs) - 5, max(e for _, e in pairs) + 5), False
    found = []
    for count in range(1, most + 1):
        of = byar(count, 1.0)
        lows = [of[i] / (shown[i] + half) for i in range(3) if shown[i] is not None]
        highs = [of[i] / (shown[i] - half) for i in range(3) if shown[i] is not None and shown[i] > half]
        if highs and max(lows) <= min(highs):
            found.append((count, max(lows), min(highs)))
    if not found:
        return set(), None, False
    return {c for c, *_ in found}, (min(low for _, low, _ in found), max(high for *_, high in found)), True


def recall(points, size, near):
    """Cells of the bins behind a precision-recall curve, lowest bin first: (list of [(events, non-events)...], exact).

    ``points`` as drawn (recall, precision), from the highest threshold down. ``size`` are the published encounters and events; the sums
    of rounded cells differ from them by no more than ``near``.
    """
    for step in (BASE, 1):
        found = []
        low = max(step, math.ceil((size[1] - near) / step) * step)
        for events in range(low, int(size[1] + near) + 1, step):
            true = [share * events for share, _ in points]
            alerts = [t / precision if precision else math.nan for t, (_, precision) in zip(true, points, strict=True)]
            if any(not math.isfinite(a) or abs(a / step - round(a / step)) > 1e-3 for a in (*true, *alerts)):
                continue
            if abs(alerts[-1] - size[0]) > 2 * near:
                continue
            true = [0, *(step * round(t / step) for t in true)]
            alerts = [0, *(step * round(a / step) for a in alerts)]
            cells = [
                (t2 - t1, (a2 - t2) - (a1 - t1))
                for (t1, t2), (a1, a2) in zip(itertools.pairwise(true), itertools.pairwise(alerts), strict=True)
            ]
            if all(c >= 0 for pair in cells for c in pair):
                found.append(cells[::-1])
        if found:
            return found, step == 1
    return [], False


def heights(weights, total, near):
    """Encounters of bins from the areas of bars, where all bins are drawn: every list of multiples of 10 that fits."""
    scale = sum(weights)
    found = []
    for whole in range(max(BASE, math.ceil((total - near) / BASE) * BASE), total + near + 1, BASE):
        sizes = [weight / scale * whole for weight in weights]
        if all(abs(n / BASE - round(n / BASE)) < 1e-3 and round(n) for n in sizes):
            found.append([BASE * round(n / BASE) for n in sizes])
    return found


def confusions(shown, size, near):
    """(TP, FN, FP, TN) as sums of rounded cells that explain the measures at one threshold: sensitivity, specificity, ppv, npv."""

    def around(number):
        return range(max(BASE, math.ceil((number - near) / BASE) * BASE), int(number + near) + 1, BASE)

    events = (
        [(tp, n - tp) for tp, n in shares(shown["sensitivity"], around(size[1]))[0]] if "sensitivity" in shown else None
    )
    others = (
        [(n - tn, tn) for tn, n in shares(shown["specificity"], around(size[0] - size[1]))[0]]
        if "specificity" in shown
        else None
    )
    if events is not None and others is None and "ppv" in shown:
        others = []
        for tp in {tp for tp, _ in events}:
            half = 0.5 * 10.0 ** -shown["ppv"][3] + 1e-9
            few, many = tp / (shown["ppv"][0] + half), tp / max(shown["ppv"][0] - half, 1e-3)
            others += [
                (alerts - tp, None)
                for alerts in range(BASE * math.floor(few / BASE), int(many) + BASE, BASE)
                if alerts >= tp and alerts and says(shown["ppv"], wilson(tp, alerts))
            ]
    found = []
    for (tp, fn), (fp, tn) in itertools.product(events or [(None, None)], others or [(None, None)]):
        fits = (tp is None or fp is None or "ppv" not in shown or says(shown["ppv"], wilson(tp, tp + fp))) and (
            fn is None or tn is None or "npv" not in shown or says(shown["npv"], wilson(tn, tn + fn))
        )
        if fits:
            found.append({"tp": tp, "fn": fn, "fp": fp, "tn": tn})
    return found
