"""The contract of the synthetic hospital network: what one discharged encounter looks like.

A new hospital or diagnosis group is a change of this file, so that a person agrees to it before a model sees it. Units are UCUM.
"""

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series


class Encounters(pa.DataFrameModel):
    """One row is one hospital stay, known at discharge; it predicts readmission within 30 days."""

    encounter_id: Series[str] = pa.Field(unique=True, metadata={"description": "number of the stay"})
    subject_id: Series[str] = pa.Field(metadata={"description": "number of the patient"})
    hospital: Series[str] = pa.Field(
        isin=["hospital_a", "hospital_b", "hospital_c"], metadata={"description": "hospital of the network"}
    )
    admitted_at: Series[pd.Timestamp] = pa.Field(metadata={"description": "admission"})
    discharged_at: Series[pd.Timestamp] = pa.Field(metadata={"description": "discharge", "known_at": "discharge"})
    age: Series[pd.Int64Dtype] = pa.Field(ge=18, le=110, metadata={"description": "age at admission", "unit": "a"})
    sex: Series[str] = pa.Field(isin=["female", "male"], metadata={"description": "recorded sex"})
    ethnicity: Series[str] = pa.Field(
        isin=["white", "black", "asian", "mixed", "other"],
        nullable=True,
        metadata={"description": "ethnicity as the patient says"},
    )
    deprivation_quintile: Series[pd.Int64Dtype] = pa.Field(
        ge=1, le=5, metadata={"description": "deprivation of the place of residence; 5 is the most deprived fifth"}
    )
    admission_type: Series[str] = pa.Field(
        isin=["emergency", "elective", "transfer"], metadata={"description": "how the stay began"}
    )
    diagnosis_group: Series[str] = pa.Field(
        isin=[
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
        metadata={"description": "group of the main diagnosis", "known_at": "discharge"},
    )
    ward: Series[str] = pa.Field(
        isin=["medicine", "cardiology", "respiratory", "surgery", "oncology", "stroke"],
        metadata={"description": "ward of discharge", "known_at": "discharge"},
    )
    length_of_stay_days: Series[float] = pa.Field(
        ge=0, le=365, metadata={"description": "length of stay", "unit": "d", "known_at": "discharge"}
    )
    comorbidity_score: Series[pd.Int64Dtype] = pa.Field(
        ge=0, le=37, metadata={"description": "weighted count of chronic diseases (Charlson)"}
    )
    emergency_visits_6m: Series[pd.Int64Dtype] = pa.Field(
        ge=0, le=100, metadata={"description": "emergency department visits in the six months before admission"}
    )
    medications_count: Series[pd.Int64Dtype] = pa.Field(
        ge=0, le=60, metadata={"description": "medicines at discharge", "known_at": "discharge"}
    )
    creatinine: Series[float] = pa.Field(
        ge=15,
        le=2000,
        nullable=True,
        metadata={"description": "last creatinine of the stay", "unit": "umol/L", "known_at": "discharge"},
    )
    haemoglobin: Series[float] = pa.Field(
        ge=30,
        le=250,
        nullable=True,
        metadata={"description": "last haemoglobin of the stay", "unit": "g/L", "known_at": "discharge"},
    )
    sodium: Series[float] = pa.Field(
        ge=100,
        le=180,
        nullable=True,
        metadata={"description": "last sodium of the stay", "unit": "mmol/L", "known_at": "discharge"},
    )
    albumin: Series[float] = pa.Field(
        ge=5,
        le=70,
        nullable=True,
        metadata={"description": "last albumin of the stay", "unit": "g/L", "known_at": "discharge"},
    )
    crp: Series[float] = pa.Field(
        ge=0,
        le=700,
        nullable=True,
        metadata={"description": "last C-reactive protein of the stay", "unit": "mg/L", "known_at": "discharge"},
    )
    hba1c: Series[float] = pa.Field(
        ge=15,
        le=220,
        nullable=True,
        metadata={"description": "haemoglobin A1c", "unit": "mmol/mol", "known_at": "discharge"},
    )
    heart_rate: Series[float] = pa.Field(
        ge=20, le=250, nullable=True, metadata={"description": "heart rate at admission", "unit": "/min"}
    )
    systolic_bp: Series[float] = pa.Field(
        ge=40, le=300, nullable=True, metadata={"description": "systolic blood pressure at admission", "unit": "mm[Hg]"}
    )
    respiratory_rate: Series[float] = pa.Field(
        ge=4, le=80, nullable=True, metadata={"description": "respiratory rate at admission", "unit": "/min"}
    )
    temperature: Series[float] = pa.Field(
        ge=30, le=44, nullable=True, metadata={"description": "body temperature at admission", "unit": "Cel"}
    )
    oxygen_saturation: Series[float] = pa.Field(
        ge=50, le=100, nullable=True, metadata={"description": "oxygen saturation at admission", "unit": "%"}
    )
    discharge_to: Series[str] = pa.Field(
        isin=["home", "home_with_care", "nursing_home", "against_advice", "died", "hospice"],
        metadata={"description": "where the patient went", "known_at": "discharge"},
    )
    readmitted_30d: Series[pd.Int64Dtype] = pa.Field(
        isin=[0, 1],
        nullable=True,
        metadata={"description": "unplanned admission within 30 days of discharge", "known_at": "outcome"},
    )
    readmitted_at: Series[pd.Timestamp] = pa.Field(
        nullable=True, metadata={"description": "when the patient was readmitted, if so", "known_at": "outcome"}
    )

    class Config:
        """Other columns are refused by the contract, so that nothing arrives unseen."""

        strict = True

    @pa.dataframe_check(description="discharge does not precede admission")
    def discharged_after_admission(cls, table: pd.DataFrame) -> Series[bool]:  # noqa: N805 - pandera binds the class
        """Every stay ends after it began."""
        return table["discharged_at"] >= table["admitted_at"]
