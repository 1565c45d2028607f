"""Cut."""

import pandera.pandas as pa


class Encounters(pa.DataFrameModel:
    pass
