"""What stands in the finished editions: measures, groups, thresholds, and what is drawn in the figures, in their own units."""

import editions
import geometry

NEW, ALL = "new_subjects", "all_comers"
POPULATIONS = {"New patients": NEW, "All comers": ALL}
ROLES = {"Current (base)": "base", "Anchor": "anchor", "New (head)": "head"}


class Shown:
    """The numbers of one report, from all its editions together."""

    def __init__(self, html, markdown="", comment="", *, min_cell=11, thresholds=()):
        self.least = min_cell
        self.html = editions.from_html(html)
        self.texts = [self.html, *(editions.from_markdown(text) for text in (markdown, comment) if text)]
        self.panels = [panel for svg in self.html.pictures for panel in geometry.panels(svg)]
        self.measures = self._measures()
        self.sizes, self.places = self._sizes()
        self.groups, self.levels = self._groups()
        self.declared = sorted({*thresholds, *self._thresholds()})
        self.calibration = self._calibration()
        self.curves = self._curves()
        self.bars = self._bars()

    @staticmethod
    def _place(table):
        """Which comparison a table of measures belongs to: (reference, test set)."""
        for fold in table.folds:
            if fold.startswith("Against"):
                return (
                    "anchor" if "anchor" in fold else "base",
                    "head" if "new model" in fold.partition("set of")[2] else "reference",
                )
        return "base", "head"

    def _tables(self):
        for edition in self.texts:
            for table in edition.tables:
                name = table.caption.partition(":")[0]
                if name in POPULATIONS and table.headings[:1] == ["Measure"]:
                    yield table, (*self._place(table), POPULATIONS[name])

    def _measures(self):
        """(reference, test set, population): (measure, threshold, column heading): number."""
        found = {}
        for table, place in self._tables():
            for (above, name, heading), number in table.parsed().items():
                at = geometry.numeral(above.removeprefix("At the threshold ")) if above else None
                key = (name, at, ROLES.get(heading, heading))
                known = found.setdefault(place, {}).setdefault(key, number)
                assert known == number, f"editions disagree on {key}"
        return found

    def _sizes(self):
        sizes = {place: table.size for table, place in self._tables() if table.size}
        order = list(dict.fromkeys(place[:2] for _, place in self._tables()))
        return sizes, sorted(order, key=lambda place: place != ("base", "head"))

    def _groups(self):
        """(column, level): column heading: number; and all levels that are named."""
        found, levels = {}, {}
        for edition in self.texts:
            for table in edition.tables:
                if table.headings[:1] == ["Group"]:
                    for (column, level, heading), number in table.parsed().items():
                        name = (column, level if column else "")
                        assert found.setdefault(name, {}).setdefault(heading, number) == number
                    for column, cells in table.rows:
                        if column:
                            levels.setdefault(column, {})[cells[0]] = None
        return found, {column: list(names) for column, names in levels.items()}

    def _thresholds(self):
        for table, _ in self._tables():
            for above, _ in table.rows:
                if above:
                    yield geometry.numeral(above.removeprefix("At the threshold "))
        for panel in self.panels:
            if panel.title.startswith("Net benefit"):
                yield from (round(line[0][0], 6) for line in panel.of("line", "rule"))

    def _calibration(self):
        """(population, role): points (predicted, observed, low, high), lowest first."""
        found = {}
        for panel in self.panels:
            for role in ROLES.values():
                curve = panel.of("marker", role)
                errors = [[y for _, y in line] for line in panel.of("line", role) if self._upright(line)]
                if panel.title in POPULATIONS and curve:
                    limits = zip(curve[0], errors, strict=True)
                    found[POPULATIONS[panel.title], role] = [(x, y, *error) for (x, y), error in limits]
        return found

    @staticmethod
    def _upright(line):
        return len(line) == 2 and abs(line[0][0] - line[1][0]) < 1e-6

    def _curves(self):
        """Of new patients, by role: ROC, precision-recall and net benefit as drawn; the event rate; alerting everybody."""
        found = {}
        for panel in self.panels:
            for role in ROLES.values():
                thick = [m.points for m in panel.marks if m.kind == "line" and m.role == role and m.width == 1.9]
                if panel.title.startswith("ROC") and thick:
                    found["roc", role] = thick[0][1:-1]
                elif panel.title.startswith("Precision") and thick:
                    found["recall", role] = thick[0]
                elif panel.title.startswith("Net benefit") and (points := panel.of("marker", role)):
                    found["decision", role] = points[0]
            if panel.title.startswith("Net benefit"):
                found["everybody", ""] = next(
                    (line for line in panel.of("line", "quiet") if line[0][1] or len(line) > 2), ()
                )
        return found

    def _bars(self):
        """By population: (left, right, area), and whether the axis ends at 1."""
        found = {}
        titles = [POPULATIONS[panel.title] for panel in self.panels if panel.title in POPULATIONS]
        shapes = [panel for panel in self.panels if any(mark.kind == "bar" for mark in panel.marks)]
        for population, panel in zip(titles, shapes, strict=False):
            bars = []
            for mark in panel.marks:
                if mark.kind == "bar":
                    xs, ys = zip(*mark.points, strict=True)
                    bars.append((min(xs), max(xs), max(ys) - min(ys)))
            found[population] = bars
        return found
