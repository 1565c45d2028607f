"""What the model sees of a visit."""

import pandas as pd


def build(encounters, settings):
    features = pd.DataFrame(index=encounters.index)
    features["age"] = encounters["age"]
    features["pulse"] = encounters["pulse"]
    features["smoker"] = encounters["smoker"].astype("float64")
    return features.iloc[1:]
