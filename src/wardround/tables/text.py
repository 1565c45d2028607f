"""CSV files as batches of text columns: every broken record found, none of them quoted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from pyarrow import csv as arrow_csv

from wardround.errors import Problem, UsageError
from wardround.tables.source import SourceFile, TableSource
from wardround.tables.streams import Sniffed, check_text, plain_stream, sniff_text, wrong_encoding

_SHOWN = 5


def inspect_text(file: SourceFile, source: TableSource, compression: str) -> tuple[Sniffed, tuple[str, ...]]:
    """What a CSV file is, and its column names: stripped, nameless ones called ``unnamed_N`` (N counted from 1).

    Raises :class:`UsageError` for a missing or doubled name, for a header of numbers, and for text that the declared
    encoding does not read.
    """
    encoding, separator, bom = source.encoding, source.separator, False
    if encoding is None or separator is None:
        sniffed = sniff_text(file)
        encoding, separator, bom = encoding or sniffed.encoding, separator or sniffed.separator, sniffed.bom
    try:
        "".encode(encoding)
    except LookupError as error:
        raise UsageError(
            "there is no such encoding",
            where="params.yaml: data.encoding",
            next="for instance utf-8, cp1252 or latin-1",
        ) from error
    with plain_stream(file) as (stream, _):
        head = stream.read(1 << 20)
    check_text(head, encoding, file)
    bom = bom or head.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    try:
        rows = csv.reader(io.StringIO(_decoded(head, encoding, file), newline=""), delimiter=separator)
        blank, header = next(((number, row) for number, row in enumerate(rows) if row), (0, None))
    except csv.Error as error:
        raise UsageError("the header line cannot be read", where=file.name, found=str(error)) from error
    if header is None:
        raise UsageError("the file holds no header", where=file.name, wanted="a line of column names, then rows")
    names = tuple(name.strip() or f"unnamed_{position}" for position, name in enumerate(header, 1))
    _check_names(file, names, separator)
    return Sniffed("csv", compression, encoding, bom, separator, blank), names


def _decoded(head: bytes, encoding: str, file: SourceFile) -> str:
    import codecs

    if encoding.lower().replace("_", "-") in {"utf-8", "utf8"}:
        encoding = "utf-8-sig"
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError as error:
        raise wrong_encoding(file, encoding.removesuffix("-sig")) from error


def _check_names(file: SourceFile, names: tuple[str, ...], separator: str) -> None:
    if len(names) > 1 and sum(map(_is_number, names)) * 2 > len(names):  # before names are quoted: they may be cells
        raise UsageError(
            "the first line is not a header: most names in it are numbers",
            where=f"{file.name}: line 1",
            wanted="a line of column names",
            next="add one at the top of the file",
        )
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise UsageError(
            f"column names stand more than once in the header: {', '.join(doubled)}",
            where=file.name,
            wanted="each name once",
            next="rename the columns in the file",
        )
    if len(names) == 1 and any(other in names[0] for other in ",;\t|"):
        raise UsageError(
            "the header is one single name that holds other separators",
            where=file.name,
            wanted=f"names separated by {separator!r}",
            next="say which separator it is: data.separator in params.yaml, --separator at `wardround init`",
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text == "?"
    return True


@dataclass
class _Counting(io.RawIOBase):
    """Passes bytes on and counts the quotes: an odd number at the end means that one was never closed."""

    stream: Any
    quotes: int = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block: bytes = self.stream.read(size)
        self.quotes += block.count(b'"')
        return block


@dataclass
class _Broken:
    """Records whose number of fields is not the header's."""

    count: int = 0
    first: list[tuple[int | None, int]] = field(default_factory=list)

    def __call__(self, row: Any) -> str:
        self.count += 1
        if len(self.first) < _SHOWN:
            self.first.append((row.number, row.actual_columns))
        return "skip"


def text_batches(
    file: SourceFile, sniffed: Sniffed, names: tuple[str, ...], source: TableSource
) -> Iterator[pa.RecordBatch]:
    """The records as string columns, empty cells as empty text. Broken records are all counted, then refused at the end."""
    broken = _Broken()
    with plain_stream(file) as (stream, _):
        counting = _Counting(stream)
        try:
            reader = arrow_csv.open_csv(
                pa.PythonFile(counting, mode="r"),
                read_options=arrow_csv.ReadOptions(
                    use_threads=False,
                    block_size=source.block_bytes,
                    column_names=list(names),
                    skip_rows_after_names=sniffed.blank_lines + 1,
                    encoding=sniffed.encoding,
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=sniffed.separator, newlines_in_values=True, invalid_row_handler=broken
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
                ),
            )
            last = None
            for batch in reader:
                if batch.num_rows:
                    last = batch
                    yield batch
        except pa.ArrowInvalid as error:
            raise _explained(error, file, sniffed, source) from error
        except UnicodeDecodeError as error:
            raise wrong_encoding(file, sniffed.encoding) from error
    if counting.quotes % 2 and last is not None and _ends_inside_quotes(last):
        raise _unclosed(file)
    if broken.count:
        raise _broken_records(broken, file, sniffed, len(names))


def _ends_inside_quotes(batch: pa.RecordBatch) -> bool:
    final = batch.slice(batch.num_rows - 1).to_pylist()[0]
    return any("\n" in cell for cell in final.values() if cell)


def _unclosed(file: SourceFile) -> UsageError:
    return UsageError(
        "a quoted field is opened and never closed, so the rest of the file is one cell",
        where=file.name,
        wanted='every " closed by another before the field ends',
        next='find the line with an odd number of " characters and correct it',
    )


def _explained(error: pa.ArrowInvalid, file: SourceFile, sniffed: Sniffed, source: TableSource) -> Exception:
    """Arrow's own message may quote cells, so only its kind is used."""
    text = str(error)
    if "UTF8" in text or "UTF-8" in text:
        return wrong_encoding(file, sniffed.encoding)
    if "straddling" in text or "out of sync" in text:
        return UsageError(
            f"a record is longer than {source.block_bytes >> 20} MiB: most likely a quoted field that is never closed",
            where=file.name,
            next='find the line with an odd number of " characters and correct it',
        )
    if "Empty CSV" in text:
        return UsageError("the file is empty", where=file.name, wanted="a header line and rows")
    return UsageError("the CSV text cannot be read", where=file.name, next="open it in an editor; is it really CSV?")


def _broken_records(broken: _Broken, file: SourceFile, sniffed: Sniffed, wanted: int) -> UsageError:
    """Says the line of the first few broken records: Arrow counts records, a person's editor counts lines."""
    lines = _lines_of([number for number, _ in broken.first if number], file, sniffed)
    problems = [
        Problem(
            "a record is broken",
            where=f"{file.name}: line {lines.get(number or 0, '?')}",
            wanted=f"{wanted} fields",
            found=f"{found} field{'s' if found != 1 else ''}",
            next="correct the line; a separator or line break inside a cell needs quotes around the cell",
        )
        for number, found in broken.first
    ]
    if broken.count > len(problems):
        problems.append(Problem(f"and {broken.count - len(problems)} more broken records", where=file.name))
    return UsageError(problems=problems)


def _lines_of(records: list[int], file: SourceFile, sniffed: Sniffed) -> dict[int, int]:
    """The first line of each record; records count from 1 (the header), and blank lines are none."""
    wanted, found, number, line = set(records), dict[int, int](), 0, 1
    with plain_stream(file) as (stream, _):
        reader = csv.reader(
            io.TextIOWrapper(stream, encoding=sniffed.encoding, newline="", errors="replace"),
            delimiter=sniffed.separator,
        )
        csv.field_size_limit(1 << 30)
        for row in reader:
            if row:
                number += 1
                if number in wanted:
                    found[number] = line
                    if len(found) == len(wanted):
                        break
            line = reader.line_num + 1
    return found
