"""The features of the synthetic hospital network: what is known when a patient leaves, and the stays before."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from wardround.stages.features import assemble, history

NUMBERS = [
    "age",
    "deprivation_quintile",
    "length_of_stay_days",
    "comorbidity_score",
    "emergency_visits_6m",
    "medications_count",
    "creatinine",
    "haemoglobin",
    "sodium",
    "albumin",
    "crp",
    "hba1c",
    "heart_rate",
    "systolic_bp",
    "respiratory_rate",
    "temperature",
    "oxygen_saturation",
]
#: Categories are written down, so that a code means the same in every part of the data and in every version.
CATEGORIES = {
    "sex": ["female", "male"],
    "admission_type": ["emergency", "elective", "transfer"],
    "diagnosis_group": [
        "heart_failure",
        "copd",
        "respiratory_infection",
        "cardiac_other",
        "stroke",
        "diabetes",
        "renal",
        "digestive",
        "sepsis",
        "injury",
        "cancer",
        "planned_surgery",
        "other",
    ],
    "ward": ["medicine", "cardiology", "respiratory", "surgery", "oncology", "stroke"],
    "discharge_to": ["home", "home_with_care", "nursing_home", "against_advice"],
}


def build(encounters: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """One row an encounter, in the order given. ``encounters`` are whole subjects, sorted by subject and time."""
    made = {
        "prior_admissions": history.prior_encounters(encounters),
        "prior_admissions_1y": history.prior_encounters(encounters, days=settings.get("lookback_days", 365)),
        "prior_emergencies": history.prior_with(encounters, "admission_type", "emergency"),
        "days_since_discharge": history.days_since_last(encounters, since="discharged_at"),
        "previous_stay_days": history.previous_value(encounters, "length_of_stay_days"),
    }
    # one frame at the end: column by column costs pandas ten times as much, which a service pays for every patient
    return assemble(encounters, made, numbers=NUMBERS, categories=CATEGORIES)
