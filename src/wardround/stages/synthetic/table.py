"""The stream of encounters as a table that a hospital might export, with the trouble that the switches ask for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.errors import UsageError
from wardround.project.sections import SyntheticSection
from wardround.stages.synthetic import assumptions as known
from wardround.stages.synthetic.network import Columns, blocks
from wardround.stages.synthetic.people import Calendar

#: Micromoles per litre of creatinine in one milligram per decilitre (molar mass 113.12 g/mol).
CREATININE_FACTOR = 88.4

_STAMP = pa.timestamp("us")
SCHEMA = pa.schema(
    [
        ("encounter_id", pa.string()),
        ("subject_id", pa.string()),
        ("hospital", pa.string()),
        ("admitted_at", _STAMP),
        ("discharged_at", _STAMP),
        ("age", pa.int64()),
        ("sex", pa.string()),
        ("ethnicity", pa.string()),
        ("deprivation_quintile", pa.int64()),
        ("admission_type", pa.string()),
        ("diagnosis_group", pa.string()),
        ("ward", pa.string()),
        ("length_of_stay_days", pa.float64()),
        ("comorbidity_score", pa.int64()),
        ("emergency_visits_6m", pa.int64()),
        ("medications_count", pa.int64()),
        *((lab.name, pa.float64()) for lab in known.LABS),
        *((vital.name, pa.float64()) for vital in known.VITALS),
        ("discharge_to", pa.string()),
        ("readmitted_30d", pa.int64()),
        ("readmitted_at", _STAMP),
    ]
)


def batches(section: SyntheticSection, *, batch_rows: int = 65_536) -> Iterator[pa.RecordBatch]:
    """The table of ``section`` in batches of ``batch_rows`` encounters (the last is smaller), schema :data:`SCHEMA`.

    Memory holds one block and one batch. Order: subject by subject, so by no means sorted by time.
    """
    for batch, _ in with_probabilities(section, batch_rows=batch_rows):
        yield batch


def with_probabilities(
    section: SyntheticSection, *, batch_rows: int = 65_536
) -> Iterator[tuple[pa.RecordBatch, NDArray[np.float64]]]:
    """As :func:`batches`, each batch with the true readmission probabilities of its encounters, which no column holds."""
    _check(section)
    waiting: list[tuple[pa.Table, NDArray[np.float64]]] = []
    count = 0
    for block in blocks(section):
        waiting.append((_table(block, section), block["probability"].astype(np.float64)))
        count += len(waiting[-1][1])
        while count >= batch_rows:
            whole, chance = pa.concat_tables([item for item, _ in waiting]), np.concatenate([p for _, p in waiting])
            yield _one(whole.slice(0, batch_rows)), chance[:batch_rows]
            waiting = [(whole.slice(batch_rows), chance[batch_rows:])]
            count -= batch_rows
    if count:
        yield _one(pa.concat_tables([item for item, _ in waiting])), np.concatenate([p for _, p in waiting])


def _one(table: pa.Table) -> pa.RecordBatch:
    return table.combine_chunks().to_batches()[0]


def _check(section: SyntheticSection) -> None:
    names = [site.name for site in known.sites(section.hospitals + 1)]
    site = section.switches.unit_mixup_site
    if site is not None and site not in names:
        raise UsageError(
            "there is no such hospital in the synthetic network",
            where="params.yaml: synthetic.switches.unit_mixup_site",
            wanted=f"one of {', '.join(names)}",
            found=site,
        )


def _table(block: Columns, section: SyntheticSection) -> pa.Table:
    calendar = Calendar.of(section)
    troubled = _with_trouble(block, section, calendar)
    start = np.datetime64(section.start, "m")

    def stamp(minutes: NDArray[np.generic], missing: NDArray[np.bool_] | None = None) -> pa.Array:
        moment = (start + minutes.astype("timedelta64[m]")).astype("datetime64[us]")
        return pa.array(moment, _STAMP, mask=missing)

    def words(name: str, levels: tuple[str, ...]) -> pa.Array:
        codes = troubled[name].astype(np.int32)
        indices = pa.array(codes, mask=codes < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array(levels)).dictionary_decode()

    def identifier(prefix: str, name: str) -> pa.Array:
        digits = pc.utf8_lpad(pa.array(troubled[name].astype(np.int64)).cast(pa.string()), 9, "0")
        return pc.binary_join_element_wise(prefix, digits, "")

    readmitted = troubled["readmitted"].astype(np.bool_)
    unknown = troubled["unknown"].astype(np.bool_)
    arrays = {
        "encounter_id": identifier("E", "encounter"),
        "subject_id": identifier("S", "subject"),
        "hospital": words("site", tuple(site.name for site in known.sites(section.hospitals + 1))),
        "admitted_at": stamp(troubled["admitted"]),
        "discharged_at": stamp(troubled["discharged"]),
        "age": pa.array(troubled["age"].astype(np.int64)),
        "sex": words("female", ("male", "female")),
        "ethnicity": words("ethnicity", known.ETHNICITIES),
        "deprivation_quintile": pa.array(troubled["deprivation"].astype(np.int64)),
        "admission_type": words("admission_type", known.ADMISSION_TYPES),
        "diagnosis_group": words("diagnosis", known.DIAGNOSIS_NAMES),
        "ward": words("ward", known.WARDS),
        "length_of_stay_days": pa.array(troubled["stay_days"]),
        "comorbidity_score": pa.array(troubled["comorbidity"].astype(np.int64)),
        "emergency_visits_6m": pa.array(troubled["emergency_visits"].astype(np.int64)),
        "medications_count": pa.array(troubled["medications"].astype(np.int64)),
        **{
            item.name: pa.array(troubled[item.name], mask=np.isnan(troubled[item.name].astype(np.float64)))
            for item in (*known.LABS, *known.VITALS)
        },
        "discharge_to": words("discharge", known.DISCHARGES),
        "readmitted_30d": pa.array(readmitted.astype(np.int64), mask=unknown),
        "readmitted_at": stamp(troubled["next"], missing=~readmitted | unknown),
    }
    return pa.table([arrays[name] for name in SCHEMA.names], schema=SCHEMA)


def _with_trouble(block: Columns, section: SyntheticSection, calendar: Calendar) -> Columns:
    """What the record shows, where it differs from what happened. True probabilities are those of what happened."""
    switches, shown = section.switches, dict(block)
    admitted = block["admitted"].astype(np.int64)
    names = [site.name for site in known.sites(section.hospitals + 1)]
    mixed_up = names.index(switches.unit_mixup_site) if switches.unit_mixup_site else section.hospitals - 1
    wrong = (block["site"] == mixed_up) & (admitted >= calendar.month(switches.unit_mixup_month))
    creatinine = block["creatinine"].astype(np.float64)
    shown["creatinine"] = np.where(wrong, np.round(creatinine / CREATININE_FACTOR, 2), creatinine)
    # Deeper coding: heart failure hides among other cardiac disease, and everybody seems one point sicker.
    recoded = admitted >= calendar.month(switches.coding_change_month)
    hidden = (
        recoded
        & (block["diagnosis"] == known.diagnosis("heart_failure"))
        & (block["encounter"].astype(np.int64) % 10 < 7)
    )
    shown["diagnosis"] = np.where(hidden, known.diagnosis("cardiac_other"), block["diagnosis"])
    shown["comorbidity"] = block["comorbidity"].astype(np.int64) + recoded
    delay = switches.label_delay_days * known.MINUTES_A_DAY
    late = block["discharged"].astype(np.int64) >= calendar.minutes - delay
    shown["unknown"] = late if delay else np.zeros(len(admitted), np.bool_)
    return shown
