"""The dashboard: published values of every model through time in; a static site, a feed and a metrics file out. Pure.

No page needs a server, another host or JavaScript; a small script only sorts and filters what is there. Nothing depends on the moment of
writing, so that the same history gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.report.dashboard.values import Model


def site(models: Sequence[Model], address: str = "") -> Mapping[str, str]:
    """Every file of the site by its path. ``address`` is where it will be, for the feed's links; empty: they are relative."""
    from wardround.report.dashboard.feed import feed
    from wardround.report.dashboard.index import index
    from wardround.report.dashboard.metrics import metrics
    from wardround.report.dashboard.page import page

    files = {f"{model.page}.html": page(model) for model in models}
    return {
        "index.html": index(models),
        **files,
        "feed.xml": feed(models, address),
        "metrics.prom": metrics(models),
    }
