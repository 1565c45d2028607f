"""The numbers that the synthetic hospital network rests on. docs/explanation/synthetic-network.md argues for each.

Where no source is named, the number is a project choice: plausible, not estimated from any data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

MINUTES_A_DAY = 24 * 60
#: Readmission means an unplanned admission to any hospital of the network within 30 days of discharge, the horizon of
#: Jencks et al. 2009 (NEJM 360:1418) and of the LACE index (van Walraven et al. 2010, CMAJ 182:551).
HORIZON_DAYS = 30
#: Encounters before the table starts are simulated and thrown away, so that the first months have repeat patients too.
BURN_IN_DAYS = 730
#: Subjects a block; a block is the unit of random numbers, so results do not depend on the size of batches.
BLOCK_SUBJECTS = 16_384
#: The most encounters of one subject that are simulated. Fewer than one subject in a million gets there.
MOST_ENCOUNTERS = 64
#: Hospitals a to z, and a new one.
MOST_SITES = 27

SEXES = ("female", "male")
FEMALE = 0.52
ETHNICITIES = ("white", "black", "asian", "mixed", "other")
ETHNICITY_SHARES = np.array([0.70, 0.12, 0.10, 0.03, 0.05])
ETHNICITY_UNRECORDED = 0.06
ADMISSION_TYPES = ("emergency", "elective", "transfer")
WARDS = ("medicine", "cardiology", "respiratory", "surgery", "oncology", "stroke")
#: In this order: those who died or went to a hospice cannot be readmitted in any useful sense, so params exclude them.
DISCHARGES = ("home", "home_with_care", "nursing_home", "against_advice", "died", "hospice")
DIED, HOSPICE = DISCHARGES.index("died"), DISCHARGES.index("hospice")


@dataclass(frozen=True)
class Diagnosis:
    """One diagnosis group.

    ``share`` at a middling hospital for a 65-year-old; ``ageing`` tilts it per decade; ``winter`` multiplies it at the
    peak; ``stay`` is the median length of stay in days; ``risk`` adds to the readmission logit; ``death`` to that of dying.
    """

    name: str
    share: float
    ageing: float
    winter: float
    stay: float
    risk: float
    death: float
    emergency: float
    ward: str


#: Order of risk: heart failure and COPD lead, acute myocardial infarction and surgery come lower (Jencks 2009, table 2).
#: Oncology carries its own points in the HOSPITAL score (Donzé et al. 2013, JAMA Intern Med 173:632).
DIAGNOSES = (
    Diagnosis("heart_failure", 0.09, 0.35, 1.15, 5.5, 0.45, 0.4, 0.92, "cardiology"),
    Diagnosis("copd", 0.08, 0.15, 1.40, 4.5, 0.38, 0.2, 0.94, "respiratory"),
    Diagnosis("respiratory_infection", 0.10, 0.15, 1.90, 5.0, 0.15, 0.5, 0.97, "respiratory"),
    Diagnosis("cardiac_other", 0.11, 0.20, 1.05, 3.2, -0.05, 0.1, 0.78, "cardiology"),
    Diagnosis("stroke", 0.05, 0.30, 1.05, 7.0, -0.05, 0.8, 0.97, "stroke"),
    Diagnosis("diabetes", 0.06, 0.00, 1.00, 4.0, 0.12, -0.4, 0.85, "medicine"),
    Diagnosis("renal", 0.06, 0.15, 1.00, 5.0, 0.25, 0.2, 0.85, "medicine"),
    Diagnosis("digestive", 0.12, -0.05, 1.00, 3.5, -0.02, -0.3, 0.75, "surgery"),
    Diagnosis("sepsis", 0.05, 0.20, 1.20, 7.0, 0.30, 1.2, 0.99, "medicine"),
    Diagnosis("injury", 0.09, 0.05, 1.10, 4.5, -0.30, -0.1, 0.95, "surgery"),
    Diagnosis("cancer", 0.06, 0.05, 1.00, 5.0, 0.42, 0.7, 0.45, "oncology"),
    Diagnosis("planned_surgery", 0.08, -0.05, 0.85, 2.2, -0.55, -1.5, 0.02, "surgery"),
    Diagnosis("other", 0.05, 0.00, 1.00, 3.0, -0.10, -0.2, 0.80, "medicine"),
)
DIAGNOSIS_NAMES = tuple(item.name for item in DIAGNOSES)


def diagnosis(name: str) -> int:
    """The code of a diagnosis group."""
    return DIAGNOSIS_NAMES.index(name)


@dataclass(frozen=True)
class Lab:
    """A laboratory value: drawn around ``typical`` (median; log-normal if ``log``) and moved by illness.

    ``spread`` is the standard deviation (of the logarithm if ``log``); ``severity`` and ``comorbidity`` move it per unit;
    ``ordered`` is the share of encounters that have it at average severity, ``eager`` the logit slope in severity: sicker
    people are tested more, so that a missing value says something (Agniel et al. 2018, BMJ 361:k1479).
    """

    name: str
    unit: str
    typical: float
    spread: float
    severity: float
    comorbidity: float
    ordered: float
    eager: float
    low: float
    high: float
    digits: int
    log: bool = False


LABS = (
    Lab("creatinine", "umol/L", 82.0, 0.28, 0.16, 0.055, 0.95, 0.9, 18, 1800, 0, log=True),
    Lab("haemoglobin", "g/L", 134.0, 16.0, -4.0, -2.6, 0.95, 0.9, 35, 220, 0),
    Lab("sodium", "mmol/L", 139.0, 3.0, -0.9, -0.25, 0.95, 0.9, 105, 172, 0),
    Lab("albumin", "g/L", 38.5, 4.0, -2.4, -0.5, 0.78, 0.8, 10, 60, 0),
    Lab("crp", "mg/L", 9.0, 1.1, 0.75, 0.03, 0.62, 1.1, 0.1, 600, 1, log=True),
    Lab("hba1c", "mmol/mol", 40.0, 0.14, 0.01, 0.035, 0.22, 0.1, 18, 200, 0, log=True),
)


@dataclass(frozen=True)
class Vital:
    """A vital sign at admission, normal around ``typical``, moved by severity; 2 % are not recorded."""

    name: str
    unit: str
    typical: float
    spread: float
    severity: float
    low: float
    high: float
    digits: int


VITALS = (
    Vital("heart_rate", "1/min", 84.0, 14.0, 6.0, 25, 230, 0),
    Vital("systolic_bp", "mmHg", 134.0, 19.0, -5.0, 50, 260, 0),
    Vital("respiratory_rate", "1/min", 17.5, 2.6, 1.5, 6, 60, 0),
    Vital("temperature", "Cel", 36.9, 0.5, 0.2, 32, 42.5, 1),
    Vital("oxygen_saturation", "%", 96.3, 1.8, -1.1, 55, 100, 0),
)
VITAL_UNRECORDED = 0.02

#: Days to readmission are 30·Beta(1, 1.3), median 12.4: the median is 12 days in heart failure and pneumonia and 10 in
#: myocardial infarction (Dharmarajan et al. 2013, JAMA 309:355).
READMISSION_SHAPE = 1.3
#: Later returns: the share is logistic in comorbidity, the gap 30 days and an exponential of this mean.
LATER_GAP_DAYS = 150.0
LATER_INTERCEPT, LATER_COMORBIDITY = -1.25, 0.17

#: Share of a subject's encounters at a hospital that is not the usual one.
ELSEWHERE = 0.12
#: Winter: first admissions swell and shrink by this share around the middle of January.
WINTER_AMPLITUDE = 0.12


@dataclass(frozen=True)
class Site:
    """One hospital: its size, how deprived and old its patients are, its case mix, its own risk, its habit of testing."""

    name: str
    weight: float
    deprivation: float
    older: float
    tilt: tuple[float, ...]
    risk: float
    testing: float


def sites(count: int) -> tuple[Site, ...]:
    """``count`` hospitals, ``hospital_a`` first and largest. The pattern is arbitrary but fixed (project choice)."""
    return tuple(
        Site(
            name=f"hospital_{chr(ord('a') + index) if index < 26 else 'new'}",
            weight=1 / (index + 1.2),
            deprivation=(0.0, 0.7, -0.6)[index % 3],
            older=(0.0, -3.0, 4.0)[index % 3],
            tilt=tuple(0.35 * math.cos(1.0 + 2.1 * index + 0.9 * group) for group in range(len(DIAGNOSES))),
            risk=(0.0, 0.14, -0.12)[index % 3],
            testing=(0.0, -0.45, 0.35)[index % 3],
        )
        for index in range(count)
    )
