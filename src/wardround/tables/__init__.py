"""Reading raw tables: CSV (compressed, any encoding) and Parquet, one file or many, in batches that fit in memory."""

from wardround.tables.hashing import stable_hash
from wardround.tables.numerals import Numeral
from wardround.tables.reader import TablePart, TableReader, open_table
from wardround.tables.source import SourceFile, TableSource, find_files
from wardround.tables.streams import Sniffed, sniff_text

__all__ = [
    "Numeral",
    "Sniffed",
    "SourceFile",
    "TablePart",
    "TableReader",
    "TableSource",
    "find_files",
    "open_table",
    "sniff_text",
    "stable_hash",
]
