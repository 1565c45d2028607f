"""What a visit of an invented person looks like."""

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series


class Encounters(pa.DataFrameModel):
    visit: Series[str] = pa.Field(unique=True)
    person: Series[str] = pa.Field()
    seen_on: Series[pd.Timestamp] = pa.Field()
    clinic: Series[str] = pa.Field(isin=["north", "south"])
    age: Series[pd.Int64Dtype] = pa.Field(ge=0, le=120)
    pulse: Series[float] = pa.Field(ge=20, le=250, nullable=True)
    smoker: Series[pd.BooleanDtype] = pa.Field(nullable=True)
    came_back: Series[str] = pa.Field(isin=["yes", "no"], metadata={"known_at": "outcome"})

    class Config:
        strict = False
