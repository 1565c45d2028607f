"""Units that are mixed up in practice, and how their numbers convert: what validation and monitoring look for."""

from __future__ import annotations

#: Factor and what it converts. Molar masses: PubChem (glucose 180.16, creatinine 113.12, cholesterol 386.65, bilirubin 584.66, urea
#: nitrogen 28.01 g/mol, calcium 40.08); lengths and masses: NIST SP 811; pressure: 1 kPa = 7.50062 mmHg.
FACTORS = (
    (88.42, "mg/dL and µmol/L of creatinine"),
    (18.016, "mg/dL and mmol/L of glucose"),
    (38.67, "mg/dL and mmol/L of cholesterol"),
    (17.10, "mg/dL and µmol/L of bilirubin"),
    (2.801, "mg/dL and mmol/L of urea nitrogen"),
    (4.008, "mg/dL and mmol/L of calcium"),
    (7.50062, "mmHg and kPa"),
    (2.20462, "pounds and kilograms"),
    (2.54, "inches and centimetres"),
    (10.0, "a factor of ten, such as g/L and g/dL"),
    (100.0, "a factor of a hundred, such as metres and centimetres, or shares and per cent"),
    (1000.0, "a factor of a thousand, such as grams and milligrams"),
)
#: Factor, offset and what they convert: new = factor · old + offset.
AFFINE = (
    (1.8, 32.0, "degrees Celsius and Fahrenheit"),
    (0.0915, 2.15, "mmol/mol and per cent of HbA1c"),  # NGSP against IFCC (Hoelzel et al. 2004)
)
