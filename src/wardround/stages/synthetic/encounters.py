"""What happens in one encounter of each subject: case, stay, measurements, discharge and the chance of readmission."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.project.sections import SyntheticSection
from wardround.stages.synthetic import assumptions as known
from wardround.stages.synthetic.people import Calendar, Floats, Ints, Subjects, poisson


@dataclass(frozen=True)
class History:
    """What is known of each subject when an encounter begins: codes are -1 where there is no earlier encounter."""

    subject: Ints
    admitted: Ints
    previous_diagnosis: Ints
    prior_admissions: Ints
    unplanned: NDArray[np.bool_]


def logistic(value: Floats) -> Floats:
    """The inverse of the logit."""
    result: Floats = 1 / (1 + np.exp(-value))
    return result


def draw_encounters(
    rng: np.random.Generator, section: SyntheticSection, calendar: Calendar, people: Subjects, history: History
) -> dict[str, NDArray[np.generic]]:
    """One encounter for each row of ``history``, with its true readmission ``probability``; codes, minutes and numbers."""
    n = len(history.subject)
    who = history.subject
    places = known.sites(section.hospitals + 1)
    site = _site(rng, section, calendar, people.home[who], history.admitted)
    winter = calendar.winter(history.admitted)
    age = np.floor(people.age[who] + history.admitted / (365.25 * known.MINUTES_A_DAY))
    struck = _struck_by_outbreak(rng.random(n), section, calendar, history.admitted)
    case = _diagnosis(rng, _case_weights(age, winter, site, people.diabetic[who]), history.previous_diagnosis)
    case = np.where(struck, known.diagnosis("respiratory_infection"), case)
    emergency = np.array([item.emergency for item in known.DIAGNOSES])[case]
    kind = np.where(rng.random(n) < emergency, 0, np.where(rng.random(n) < 0.12, 2, 1))
    kind = np.where(history.unplanned | struck, 0, kind)
    comorbidity = people.comorbidity[who] + np.minimum(history.prior_admissions, 3) // 2
    severity = 0.8 * rng.standard_normal(n) + 0.35 * (kind == 0) + 0.25 * people.frail[who] + 1.0 * struck
    median = np.array([item.stay for item in known.DIAGNOSES])[case]
    stay = median * np.exp(0.28 * severity + 0.03 * comorbidity + 0.5 * rng.standard_normal(n))
    minutes = np.maximum(np.round(np.clip(stay, 0.2, 120) * known.MINUTES_A_DAY), 60).astype(np.int64)
    stay_days = np.round(minutes / known.MINUTES_A_DAY, 1)
    usual_ward = np.array([known.WARDS.index(item.ward) for item in known.DIAGNOSES])[case]
    ward = np.where(rng.random(n) < 0.12, known.WARDS.index("medicine"), usual_ward)
    emergency_visits = poisson(rng.random(n), np.exp(-1.2 + 0.25 * people.frail[who] + 0.10 * comorbidity), 9)
    medications = poisson(rng.random(n), 3.0 + 1.25 * np.minimum(comorbidity, 8) + 0.03 * (age - 50), 35)
    row: dict[str, NDArray[np.generic]] = {
        "subject": who,
        "admitted": history.admitted,
        "discharged": history.admitted + minutes,
        "site": site,
        "age": age,
        "admission_type": kind,
        "diagnosis": case,
        "ward": ward,
        "stay_days": stay_days,
        "comorbidity": comorbidity,
        "emergency_visits": emergency_visits,
        "medications": medications,
        "prior_admissions": history.prior_admissions,
    }
    testing = np.array([place.testing for place in places])[site]
    _measure(rng, row, severity, testing, people.diabetic[who])
    row["discharge"] = _discharge(rng, row, severity, people)
    row["probability"] = readmission_probability(row, people.deprivation[who], section, struck)
    return row


def _site(rng: np.random.Generator, section: SyntheticSection, calendar: Calendar, home: Ints, admitted: Ints) -> Ints:
    elsewhere, which = rng.random(len(home)) < known.ELSEWHERE, rng.random(len(home))
    other = np.floor(which * section.hospitals).astype(np.int64)
    opened = admitted >= calendar.month(section.switches.new_hospital_month)
    site = np.where(elsewhere, other, home)
    return np.where((site == section.hospitals) & ~opened, other, site)


def _struck_by_outbreak(
    uniform: Floats, section: SyntheticSection, calendar: Calendar, admitted: Ints
) -> NDArray[np.bool_]:
    """A wave that rises for two months, fades for four, and brings at its height 35 % of all admissions, unless the switches say otherwise."""
    rise, peak = section.switches.outbreak_rise_months, section.switches.outbreak_peak
    began = calendar.month(section.switches.outbreak_month)
    month = 30.44 * known.MINUTES_A_DAY
    since = (admitted - began) / month if began < np.iinfo(np.int64).max else np.full(len(admitted), -1.0)
    wave = np.where(
        since < 0, 0.0, np.where(since < rise, since / rise, np.maximum(0.0, 1 - (since - rise) / (2 * rise)))
    )
    return uniform < peak * wave


def _case_weights(age: Floats, winter: Floats, site: Ints, diabetic: NDArray[np.bool_]) -> Floats:
    """Relative frequencies of the diagnosis groups, one row an encounter: by site, age, season and diabetes."""
    share = np.array([item.share for item in known.DIAGNOSES])
    ageing = np.array([item.ageing for item in known.DIAGNOSES])
    peak = np.log(np.array([item.winter for item in known.DIAGNOSES]))
    tilt = np.array([place.tilt for place in known.sites(known.MOST_SITES)])
    weight: Floats = share * np.exp(ageing * ((age - 65) / 10)[:, None] + peak * winter[:, None] + tilt[site])
    weight[:, known.diagnosis("diabetes")] *= np.where(diabetic, 3.0, 0.15)
    return weight


def _diagnosis(rng: np.random.Generator, weight: Floats, previous: Ints) -> Ints:
    """A diagnosis drawn by ``weight``; half of the returns are for the diagnosis of the time before."""
    n = len(weight)
    reached = np.cumsum(weight, axis=1)
    drawn = (reached < (rng.random(n) * reached[:, -1])[:, None]).sum(axis=1)
    again = (previous >= 0) & (rng.random(n) < 0.5) & (previous != known.diagnosis("planned_surgery"))
    return np.where(again, previous, drawn)


def _measure(
    rng: np.random.Generator,
    row: dict[str, NDArray[np.generic]],
    severity: Floats,
    testing: Floats,
    diabetic: NDArray[np.bool_],
) -> None:
    """Adds laboratory values and vital signs; NaN where nothing was measured."""
    n = len(severity)
    case = row["diagnosis"].astype(np.int64)
    comorbidity = np.minimum(row["comorbidity"].astype(np.float64), 8)
    inflamed = np.isin(case, [known.diagnosis(name) for name in ("respiratory_infection", "sepsis")])
    for lab in known.LABS:
        value: Floats = lab.severity * severity + lab.comorbidity * comorbidity + lab.spread * rng.standard_normal(n)
        if lab.name == "crp":
            value += 1.4 * inflamed
        elif lab.name == "creatinine":
            value += 0.55 * (case == known.diagnosis("renal"))
        elif lab.name == "hba1c":
            value += 0.38 * diabetic
        value = lab.typical * np.exp(value) if lab.log else lab.typical + value
        value = np.round(np.clip(value, lab.low, lab.high), lab.digits).astype(np.float64)
        chance = np.log(lab.ordered / (1 - lab.ordered)) + lab.eager * severity + testing
        if lab.name == "hba1c":
            chance = chance + 2.4 * diabetic
        row[lab.name] = np.where(rng.random(n) < logistic(chance), value, np.nan)
    for vital in known.VITALS:
        value = vital.typical + vital.severity * severity + vital.spread * rng.standard_normal(n)
        value = np.round(np.clip(value, vital.low, vital.high), vital.digits).astype(np.float64)
        row[vital.name] = np.where(rng.random(n) < known.VITAL_UNRECORDED, np.nan, value)


def _discharge(
    rng: np.random.Generator, row: dict[str, NDArray[np.generic]], severity: Floats, people: Subjects
) -> Ints:
    """Where the patient goes. About 3 % die in hospital and 1 % go to a hospice."""
    n = len(severity)
    who, case = row["subject"].astype(np.int64), row["diagnosis"].astype(np.int64)
    age = row["age"].astype(np.float64)
    death = np.array([item.death for item in known.DIAGNOSES])[case]
    dies = rng.random(n) < logistic(-4.6 + 0.95 * severity + 0.045 * (age - 70) + death)
    hospice = rng.random(n) < np.where(case == known.diagnosis("cancer"), 0.06, 0.006)
    leaves = rng.random(n) < 0.014
    need = 0.06 * (age - 74) + 0.5 * people.frail[who] + 0.06 * row["stay_days"].astype(np.float64)
    support = rng.random(n)
    place = np.where(support < logistic(need - 3.0), 2, np.where(support < logistic(need - 1.2), 1, 0))
    place = np.where(leaves, known.DISCHARGES.index("against_advice"), place)
    place = np.where(hospice, known.HOSPICE, place)
    return np.where(dies, known.DIED, place).astype(np.int64)


def readmission_probability(
    row: dict[str, NDArray[np.generic]], deprivation: Ints, section: SyntheticSection, struck: NDArray[np.bool_]
) -> Floats:
    """The true chance of readmission within 30 days, a function of what the table records and of nothing else.

    A value that was not measured contributes nothing, so the best possible model is one of the table. The drivers are
    those of LACE (length of stay, acuity, comorbidity, emergency visits; van Walraven 2010) and of HOSPITAL (haemoglobin, oncology,
    sodium, index type, admissions in the year before, length of stay; Donzé 2013). Sizes are project choices. Only the outbreak switch
    adds something that no column says. 0 for those who died or went to a hospice.
    """
    number = {name: row[name].astype(np.float64) for name in row}
    case, discharge = row["diagnosis"].astype(np.int64), row["discharge"].astype(np.int64)

    def deviation(name: str, centre: float, scale: float) -> Floats:
        return np.nan_to_num((number[name] - centre) / scale, nan=0.0)

    places = known.sites(section.hospitals + 1)
    logit = (
        -3.92
        + np.array([item.risk for item in known.DIAGNOSES])[case] * 1.15
        + np.array([place.risk for place in places])[row["site"].astype(np.int64)]
        + 0.30 * np.log1p(number["stay_days"])
        + 0.35 * (number["admission_type"] == 0)
        + 0.17 * np.minimum(number["comorbidity"], 7)
        + 0.22 * np.minimum(number["emergency_visits"], 4)
        + 0.34 * np.minimum(number["prior_admissions"], 5)
        + 0.05 * (deprivation - 3)
        + 0.10 * (np.minimum(number["medications"], 20) >= 10)
        - 0.28 * np.clip(deviation("haemoglobin", 130, 18), -3, 1)
        + 0.30 * (deviation("sodium", 135, 1) < 0)
        - 0.22 * np.clip(deviation("albumin", 37, 5), -3, 2)
        + 0.20 * np.clip(np.nan_to_num(np.log(number["creatinine"] / 85) / 0.4, nan=0.0), -1, 4)
        + 0.12 * np.clip(np.nan_to_num(np.log(number["crp"] / 10), nan=0.0), -2, 4)
        + 0.10 * deviation("hba1c", 42, 12).clip(-1, 3)
        + 0.70 * (discharge == known.DISCHARGES.index("against_advice"))
        - 0.15 * (discharge == known.DISCHARGES.index("nursing_home"))
        + 0.006 * (number["age"] - 65)
        + 0.9 * struck
    )
    return np.where(np.isin(discharge, (known.DIED, known.HOSPICE)), 0.0, logistic(logit))
