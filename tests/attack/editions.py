"""The finished editions as tables, sentences and pictures: what stands in the files, and nothing else."""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from geometry import numeral

NUMBER = r"[+\u2212-]?\d[\d,]*(?:\.\d+)?"
RANGE = re.compile(rf"({NUMBER})(?: ?\(?({NUMBER}) to ({NUMBER})\)?)?")
SIZE = re.compile(r"([\d,]+) \w+s, ([\d,]+) events")


@dataclass
class Table:
    """A table: the folds that it stands in, its caption, headings, and rows as (heading above, cells)."""

    folds: tuple[str, ...]
    caption: str
    headings: list[str] = field(default_factory=list)
    rows: list[tuple[str, list[str]]] = field(default_factory=list)

    def parsed(self):
        """Row heading and column heading to a number with its interval; words are left out."""
        found = {}
        for above, (first, *cells) in self.rows:
            for heading, cell in zip(self.headings[1:], cells, strict=True):
                number = quantity(cell)
                if number is not None:
                    found[above, first.split("\n")[0], heading] = number
        return found

    @property
    def size(self):
        """Encounters and events that the caption states."""
        found = SIZE.search(self.caption)
        return None if found is None else tuple(int(text.replace(",", "")) for text in found.groups())


def quantity(text):
    """``0.73 0.67 to 0.79`` as (value, low, high, decimals); None for a word."""
    text = re.sub(r"\s+", " ", text.replace("interval withheld", "")).strip()
    found = RANGE.match(text)
    if found is None:
        return None
    numbers = [None if part is None else numeral(part) for part in found.groups()]
    return (*numbers, len(found[1].partition(".")[2]))


class _Page(HTMLParser):
    """Tables with their captions and folds, paragraphs, and descriptions of pictures."""

    def __init__(self):
        super().__init__()
        self.tables, self.sentences, self.alts = [], [], []
        self.folds, self.text, self.above, self.row = [], None, "", None
        self.in_picture = False

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        if tag == "svg":
            self.alts.append(known.get("aria-label", ""))
            self.in_picture = True
        elif tag == "details":
            self.folds.append("")
        elif tag == "table":
            self.tables.append(Table(tuple(self.folds), ""))
            self.above = ""
        elif tag == "tr":
            self.row = [] if known.get("class") != "group" else None
        elif tag == "span" and known.get("class") == "under" and self.text is not None:
            self.text += "\n"
        if tag in {"caption", "th", "td", "p", "summary"}:
            self.text = ""

    def handle_data(self, data):
        if self.text is not None and not self.in_picture:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "svg":
            self.in_picture = False
        elif tag == "details":
            self.folds.pop()
        elif tag == "tr" and self.row:
            table = self.tables[-1]
            if table.headings:
                table.rows.append((self.above, self.row))
            else:
                table.headings = self.row
        if self.text is None or tag not in {"caption", "th", "td", "p", "summary"}:
            return
        said, self.text = self.text.strip(), None
        if tag == "summary":
            self.folds[-1] = said
        elif tag == "p":
            self.sentences.append(said)
        elif tag == "caption":
            self.tables[-1].caption = said
        elif self.row is None:
            self.above = said
        else:
            self.row.append(said)


@dataclass(frozen=True)
class Edition:
    """What one file says."""

    tables: list[Table]
    sentences: list[str]
    alts: list[str]
    pictures: tuple[str, ...] = ()
    charts: tuple[tuple[str, ...], ...] = ()


def from_html(text):
    """The page."""
    page = _Page()
    page.feed(text)
    return Edition(page.tables, page.sentences, page.alts, tuple(re.findall(r"<svg\b.*?</svg>", text, re.DOTALL)))


class _Lines:
    """Tables with their captions and folds, paragraphs, descriptions and charts of Markdown, line by line."""

    def __init__(self):
        self.tables, self.sentences, self.alts, self.charts = [], [], [], []
        self.folds, self.chart, self.table, self.above = [], None, None, ""

    def take(self, line):
        """One line."""
        if line.startswith("```"):
            self._fence()
        elif self.chart is not None:
            self.chart.append(line)
        elif line.startswith(("<details", "</details", "<summary>")):
            self._fold(line)
        elif line.startswith("!["):
            self.alts.append(_words(line[2 : line.rindex("](")]))
        elif line.startswith("|"):
            self._row(line)
        else:
            self.table = None
            if line.strip():
                self.sentences.append(_words(line))

    def _fence(self):
        if self.chart is not None:
            self.charts.append(tuple(self.chart))
        self.chart = [] if self.chart is None else None

    def _fold(self, line):
        if line.startswith("</"):
            self.folds.pop()
        elif line.startswith("<details"):
            self.folds.append("")
        else:
            self.folds[-1] = _words(line)

    def _row(self, line):
        cells = [_words(cell) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if self.table is None:  # its caption is the sentence before it
            self.table, self.above = Table(tuple(self.folds), self.sentences[-1], cells), ""
            self.tables.append(self.table)
        elif len(cells) > 1 and line.startswith("| **") and not any(cells[1:]):
            self.above = cells[0]
        elif set(line) - set("|-: "):
            self.table.rows.append((self.above, cells))


def from_markdown(text):
    """The report or the comment."""
    lines = _Lines()
    for line in text.split("\n"):
        lines.take(line)
    return Edition(lines.tables, lines.sentences, lines.alts, (), tuple(lines.charts))


def _words(text):
    text = re.sub(r"<br>", "\n", text)
    text = re.sub(r"<[^>]+>|\*\*|(?<!\\)\*|`|\u200b", "", text)
    return html.unescape(re.sub(r"\\([^\w\s])", r"\1", text)).strip()
