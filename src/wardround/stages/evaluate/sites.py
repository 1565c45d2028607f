"""Leave one site out: how the model would do at a hospital that it has never seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from wardround.compare.rows import own_sites
from wardround.errors import UsageError
from wardround.evidence.measures import GroupMeasures, HeldOutSite
from wardround.stages.evaluate.material import Material
from wardround.stages.train.fitting import Recipe, fit, recalibrate
from wardround.stages.train.running import read_tuned
from wardround.values import Population, Split


def held_out_sites(material: Material) -> tuple[HeldOutSite, ...]:
    """For each site, the model fitted and recalibrated without it, measured on its test encounters of new subjects.

    Empty unless ``evaluate.leave_one_site_out`` is set and there is a site column with two sites or more. Small sites that are
    one group elsewhere are not held out: nothing about one of them alone may be shown.
    """
    if not material.params.evaluate.leave_one_site_out:
        return ()
    frame = material.rows.columns(["wr_site"], np.ones(len(material.table.outcome), dtype=bool))
    if "wr_site" not in frame.columns:
        return ()
    site = frame["wr_site"].astype("object").to_numpy()
    own = own_sites(material.rows)
    names = sorted({name for name in site if isinstance(name, str) and (own is None or name in own)})
    return tuple(_without(material, site, name) for name in names) if len(names) > 1 else ()


def _without(material: Material, site: np.ndarray, name: str) -> HeldOutSite:
    table, params = material.table, material.params
    layout = material.project.layout
    recipe = Recipe.load(layout.model_code, material.scorer.spec, params, read_tuned(layout))
    rows, held = (at[site[at] != name] for at in (table.rows(Split.TRAIN), table.rows(Split.VALIDATION)))
    told: dict[str, Any] = {"column": "wr_site", "level": name}
    try:
        fitted = fit(recipe, table.matrix[rows], table.outcome[rows], params.train)
        fitted = recalibrate(fitted, params.train.recalibration, table.matrix[held], table.outcome[held])
        answers = fitted.probabilities(table.matrix)
    except UsageError as error:  # the other sites alone may hold one class only
        answers = np.full(len(table.outcome), 0.5)  # for the counts
        told |= {
            "assessed": False,
            "reason": f"without this site, {error.problems[0].what}",
            "measures": {},
            "table": None,
        }
    probability = np.where(site == name, answers, np.nan)
    measured = material.measure(probability, Population.NEW_SUBJECTS, quick=True).groups[0]
    return HeldOutSite(site=name, measures=GroupMeasures(**{**dict(measured), **told}))
