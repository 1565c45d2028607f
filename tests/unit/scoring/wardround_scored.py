"""Golden encounters as rows of a table, so that service and table can be asked about the same."""

import pandas as pd
import service_sample

from wardround.service.engine import Engine
from wardround.service.settings import Settings


def golden_rows(trained):
    """The rows of all golden encounters with their histories, each subject under a name of its own, and the requests by encounter."""
    engine = Engine.load(Settings(trained.root, trained.layout.model))
    rows, answers = [], {}
    for number, one in enumerate(service_sample.golden_of(trained)):
        item = service_sample.item(one)
        own = [*item["history"], item["encounter"]]
        for place, record in enumerate(own):
            record["patient"], record["visit"] = f"g{number}", f"g{number}-{place}"
        rows += own
        answers[item["encounter"]["visit"]] = item
    frame = pd.DataFrame(rows)[[column.name for column in engine.parser.columns]]
    for name in ("at", "left"):
        frame[name] = pd.to_datetime(frame[name])
    return frame.astype({"age": "Int64", "smoker": "boolean"}), answers
