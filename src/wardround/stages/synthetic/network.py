"""The network as a stream of encounters: blocks of subjects, each simulated from first admission to last."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from wardround.project.sections import SyntheticSection
from wardround.stages.synthetic import assumptions as known
from wardround.stages.synthetic.encounters import History, draw_encounters, logistic
from wardround.stages.synthetic.people import Calendar, Floats, Ints, Subjects, draw_subjects

Columns = dict[str, NDArray[np.generic]]


def blocks(section: SyntheticSection) -> Iterator[Columns]:
    """Encounters as arrays of codes and minutes, subject by subject, until ``section.encounters`` have come.

    The random numbers of a block depend on the seed and the block's number alone, so neither batch sizes nor threads
    matter, and a larger table begins with the smaller one (but for its last subject, whose later encounters may be cut).
    """
    calendar = Calendar.of(section)
    left, number = section.encounters, 0
    while left > 0:
        rng = np.random.Generator(np.random.Philox(key=[section.seed, number]))
        people = draw_subjects(rng, section, calendar)
        block = _live(rng, section, calendar, people)
        inside = (block["admitted"].astype(np.int64) >= 0) & (block["admitted"].astype(np.int64) < calendar.minutes)
        order = np.flatnonzero(inside)
        order = order[np.lexsort((block["admitted"][order], block["subject"][order]))][:left]
        block = {name: values[order] for name, values in block.items()}
        done = section.encounters - left
        block["encounter"] = np.arange(done + 1, done + 1 + len(order))
        local = block["subject"].astype(np.int64)
        block["female"] = people.female[local]
        block["ethnicity"] = people.ethnicity[local]
        block["deprivation"] = people.deprivation[local]
        block["subject"] = local + 1 + number * known.BLOCK_SUBJECTS
        left -= len(order)
        number += 1
        yield block


def _live(rng: np.random.Generator, section: SyntheticSection, calendar: Calendar, people: Subjects) -> Columns:
    """All encounters of a block. Each round gives one encounter to every subject who still comes back."""
    n = known.BLOCK_SUBJECTS
    times = np.full((n, known.MOST_ENCOUNTERS), np.iinfo(np.int64).min // 2, np.int64)
    diagnosis = np.full(n, -1, np.int64)
    active = np.arange(n, dtype=np.int64)
    admitted, unplanned = people.first.copy(), np.zeros(n, np.bool_)
    rounds: list[Columns] = []
    for turn in range(known.MOST_ENCOUNTERS):
        when = admitted[active]
        year = 365 * known.MINUTES_A_DAY
        prior = (times[active, :turn] >= (when - year)[:, None]).sum(axis=1)
        history = History(active, when, diagnosis[active], prior, unplanned[active])
        row = draw_encounters(rng, section, calendar, people, history)
        times[active, turn] = when
        diagnosis[active] = row["diagnosis"]
        following, again, soon = _what_follows(rng, row)
        row["readmitted"] = soon
        row["next"] = np.where(soon, following, -1)
        rounds.append(row)
        admitted[active], unplanned[active] = following, soon
        active = active[again & (following < calendar.minutes)]
        if not len(active):
            break
    return {name: np.concatenate([row[name] for row in rounds]) for name in rounds[0]}


def _what_follows(rng: np.random.Generator, row: Columns) -> tuple[Ints, NDArray[np.bool_], NDArray[np.bool_]]:
    """When the subject comes next, whether at all, and whether that is a readmission within the horizon.

    The label is drawn first, from the true probability, and the next admission then made to agree with it: within 30
    days after a positive label, later or never after a negative one. So labels and repeat encounters never contradict.
    """
    probability: Floats = row["probability"].astype(np.float64)
    n = len(probability)
    soon = rng.random(n) < probability
    horizon = known.HORIZON_DAYS * known.MINUTES_A_DAY
    early = 30 + np.floor((horizon - 60) * (1 - (1 - rng.random(n)) ** (1 / known.READMISSION_SHAPE)))
    late = horizon + 60 + np.floor(known.LATER_GAP_DAYS * known.MINUTES_A_DAY * rng.standard_exponential(n))
    returns = rng.random(n) < logistic(
        known.LATER_INTERCEPT + known.LATER_COMORBIDITY * row["comorbidity"].astype(np.float64)
    )
    alive = ~np.isin(row["discharge"], (known.DIED, known.HOSPICE))
    gap = np.where(soon, early, late).astype(np.int64)
    return row["discharged"].astype(np.int64) + gap, (soon | returns) & alive, soon
