"""Well-known clinical quantities: limits beyond which a value is a recording error, and where zero is one.

The limits are wide on purpose (project choice): they separate slips of a pen, unit or device from rare patients, and are no
normal ranges. Where a limit is a definition (Glasgow coma scale 3 to 15, Teasdale and Jennett 1974; saturation at most 100 %)
it is exact; the others lie outside the outlier limits of Harutyunyan et al. 2019 (Scientific Data 6:96) or near them.
A quantity is recognised by its column's name and accepted only if nearly all values lie within one of its units' limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """Plausible limits of a quantity in one unit."""

    name: str
    low: float
    high: float


@dataclass(frozen=True)
class Quantity:
    """A clinical quantity. ``zero`` says whether zero can be measured in a living patient."""

    name: str
    words: str
    units: tuple[Unit, ...]
    zero: bool = False


def _one(  # noqa: PLR0913 - a row of the table below
    name: str, words: str, unit: str, low: float, high: float, *, zero: bool = False
) -> Quantity:
    return Quantity(name, words, (Unit(unit, low, high),), zero)


#: In order: the first whose pattern matches the name wins. Patterns see ``_blood_pressure_sys_`` for ``BloodPressure (sys)``.
QUANTITIES = (
    _one("age", r"_age_(?!.*(group|band|range|cat|month|week|day|gestation))|_age_(years|yrs|yr|at_\w+)_", "years", 0, 125, zero=True),
    _one("gestational age", r"_gestational_age_|_gestation_weeks_|_ga_weeks_", "weeks", 15, 46),
    _one("systolic blood pressure", r"_(sbp|sysbp|systolic\w*|trestbps|resting_?bp|restingbp|ap_hi|nibp_sys\w*)_", "mmHg", 20, 375),
    _one("diastolic blood pressure", r"_(dbp|diabp|diasbp|diastolic\w*|ap_lo|nibp_dia\w*)_", "mmHg", 5, 250),
    _one("mean arterial pressure", r"_(map|meanbp|mean_arterial_pressure|mean_bp)_", "mmHg", 10, 330),
    _one("blood pressure", r"_(blood_pressure|bp)_(?!.*(med|treat|drug|hist))", "mmHg", 5, 375),
    _one("heart rate", r"_(heart_rate|heartrate|pulse|pulse_rate|hr|thalach|max_?hr|maxheartrate)_(?!.*(var|zone))", "beats/min", 10, 350),
    _one("respiratory rate", r"_(resp_rate|respiratory_rate|resprate|rr|breathing_rate)_", "breaths/min", 1, 120),
    _one("oxygen saturation", r"_(spo2|sao2|sp_o2|o2_?sat\w*|oxygen_saturation)_", "%", 10, 100),
    Quantity("inspired oxygen", r"_fi_?o2_", (Unit("fraction", 0.15, 1), Unit("%", 15, 100))),
    Quantity("body temperature", r"_(temp|temperature|body_temp\w*|temp_c|temp_f)_", (Unit("°C", 20, 46), Unit("°F", 68, 115))),
    Quantity("cholesterol", r"_(chol|cholesterol|total_chol\w*|serum_chol\w*|totchol)_", (Unit("mg/dL", 20, 2000), Unit("mmol/L", 0.5, 50))),
    Quantity("glucose", r"_(glucose|blood_sugar|avg_glucose_level|plasma_glucose|fasting_glucose)_(?!.*serum)", (Unit("mg/dL", 10, 2500), Unit("mmol/L", 0.5, 140))),
    _one("glycated haemoglobin", r"_(hba1c|a1c|hba1c_level)_", "%", 2, 25),
    _one("body mass index", r"_(bmi|body_mass_index)_", "kg/m²", 5, 150),
    Quantity("body weight", r"_(weight|body_weight|weight_kg|wt|wtkg|weight_lb)_(?!.*(gain|loss|change|diff|birth))", (Unit("kg", 0.2, 500), Unit("lb", 0.5, 1100))),
    Quantity("birth weight", r"_(birth_?weight|bwt)_", (Unit("g", 200, 8000), Unit("kg", 0.2, 8))),
    Quantity("height", r"_(height|body_height|height_cm|ht)_", (Unit("cm", 20, 260), Unit("m", 0.2, 2.6), Unit("in", 8, 103))),
    Quantity("creatinine", r"_(creatinine|serum_creatinine|creat)_", (Unit("mg/dL", 0.05, 50), Unit("µmol/L", 5, 4500))),
    Quantity("urea", r"_(bun|urea|blood_urea_nitrogen|blood_urea)_", (Unit("mg/dL", 0.5, 400), Unit("mmol/L", 0.2, 150))),
    _one("sodium", r"_(sodium|serum_sodium|na_level)_", "mmol/L", 80, 220),
    _one("potassium", r"_(potassium|serum_potassium)_", "mmol/L", 0.8, 15),
    _one("chloride", r"_(chloride|serum_chloride)_", "mmol/L", 40, 200),
    _one("bicarbonate", r"_(bicarbonate|hco3|bicarb)_", "mmol/L", 1, 80),
    _one("lactate", r"_(lactate|lactic_acid)_", "mmol/L", 0.05, 40),
    _one("blood pH", r"_(ph|arterial_ph|blood_ph)_", "pH", 6.3, 8.4),
    Quantity("haemoglobin", r"_(haemoglobin|hemoglobin|hgb|hb)_", (Unit("g/dL", 1, 30), Unit("g/L", 10, 300), Unit("mmol/L", 0.6, 19))),
    Quantity("haematocrit", r"_(haematocrit|hematocrit|hct|packed_cell_volume|pcv)_", (Unit("fraction", 0.03, 0.9), Unit("%", 3, 90))),
    Quantity("platelets", r"_(platelets?|platelet_count|plt)_", (Unit("10⁹/L", 0.5, 4000), Unit("/µL", 500, 4_000_000))),
    Quantity("white cells", r"_(wbc|white_blood_cells?|wbc_count|leu[ck]ocytes)_", (Unit("10⁹/L", 0.01, 1000), Unit("/µL", 10, 1_000_000))),
    Quantity("albumin", r"_(albumin|serum_albumin)_", (Unit("g/dL", 0.3, 9), Unit("g/L", 3, 90))),
    Quantity("bilirubin", r"_(bilirubin|total_bilirubin|bili)_", (Unit("mg/dL", 0.01, 90), Unit("µmol/L", 0.5, 1500))),
    _one("Glasgow coma scale", r"_(gcs|glasgow_coma_scale|gcs_total)_", "points", 3, 15),
    _one("ejection fraction", r"_(ejection_fraction|lvef|ef)_", "%", 1, 100),
    _one("skin fold", r"_(skin_?thickness|skin_?fold\w*|triceps)_", "mm", 0.5, 200),
    _one("serum insulin", r"_(insulin|serum_insulin|insulin_level)_", "mU/L", 0.1, 3000),
)  # fmt: skip

#: At least this share of the values must lie within a unit's limits. Project choice: a tenth of a percent of slips is
#: common in charts, and more than one in fifty means another unit or another quantity.
ACCEPTED = 0.98


def padded(name: str) -> str:
    """``BloodPressure (sys)`` as ``_blood_pressure_sys_``: words between underscores, for the patterns of this package."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return "_" + re.sub(r"[\W_]+", "_", spaced.lower()).strip("_") + "_"


def recognise(name: str) -> Quantity | None:
    """The quantity that a column's name speaks of, if any."""
    text = padded(name)
    plain = "_" + re.sub(r"[\W_]+", "_", name.lower()).strip("_") + "_"
    return next((item for item in QUANTITIES if re.search(item.words, text) or re.search(item.words, plain)), None)
