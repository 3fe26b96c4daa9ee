"""Streamed data: one expression group as a wide CSV."""

from __future__ import annotations

import csv
import io
import math

from tests.doubles.http_exchange import Answer
from tests.doubles.odm_web_exquery import expression_query
from tests.doubles.odm_web_items import items_of, number_told
from tests.doubles.odm_web_omics import Omics
from tests.doubles.odm_web_paths import Asked, Routes, Wrong
from tests.doubles.odm_web_templates import SAMPLE
from tests.doubles.odm_web_world import Matrix, Run

KNOWN = (
    *(f"{kind}{how}" for kind in ("sample", "library", "preparation") for how in ("Filter", "Query")),
    *("searchSpecificTerms", "exQuery", "featureList", "groupAccession", "roundDigits"),
)
_CONDITIONS = ("sampleFilter", "sampleQuery", "libraryFilter", "libraryQuery", "preparationFilter", "preparationQuery")


class Stream:
    def __init__(self, omics: Omics, routes: Routes) -> None:
        self.omics = omics
        self.world = omics.world
        self.switches = omics.switches
        routes.add("GET", "{role}/omics/expression/streamed-data", self.stream, KNOWN)

    def stream(self, asked: Asked) -> Answer:
        group = asked.query.get("groupAccession", "")
        if not group:
            raise Wrong(400, "groupAccession must be supplied")
        matrix = self.world.matrices.get(group)
        if matrix is None:
            raise Wrong(404, f"Group '{group}' could not be found")
        digits = asked.number("roundDigits", 4)
        columns = self._columns(asked, matrix)
        order = [0, *sorted(range(1, len(matrix.names)), key=lambda place: matrix.names[place])]
        names = ["NAME"] if matrix.form == "gct" else [matrix.names[place] for place in order]
        lines = [[*names, *(label for _, _, label in columns)]]
        for row in self._rows(asked, group, matrix):
            values = matrix.values[row].tolist()
            numbers = [_cell(values[column][place], digits) for column, place, _ in columns]
            lines.append([*(_text(matrix.features[row][place]) for place in order), *numbers])
        return Answer.text(self._text(lines), "text/csv")

    def _text(self, lines: list[list[str]]) -> str:
        tail = self.switches.stream_tail
        made = io.StringIO()
        csv.writer(made, lineterminator="\n").writerows(lines[: 1 + len(lines) // 2] if tail else lines)
        return made.getvalue() + (f"#{tail}\n" if tail else "")

    def _columns(self, asked: Asked, matrix: Matrix) -> list[tuple[int, int, str]]:
        """column, measurement, header. Conditions leave only runs that were linked by Sample Source ID."""
        query = {name: asked.query[name] for name in (*_CONDITIONS, "searchSpecificTerms") if name in asked.query}
        samples = self.omics.found(query).samples
        runs = [
            (column, run)
            for column, run in enumerate(matrix.runs)
            if samples is None or (_by_source_id(run) and samples.intersection(self.world.run_samples(run)))
        ]
        several = matrix.measurements != ("value",)
        return [
            (column, place, f"{run.source}.{measurement}" if several else run.source)
            for column, run in runs
            for place, measurement in enumerate(matrix.measurements)
        ]

    def _rows(self, asked: Asked, group: str, matrix: Matrix) -> list[int]:
        """The rows in which exQuery finds anything."""
        features = asked.several("featureList")
        rows = [row for row, one in enumerate(matrix.features) if not features or one[0] in features]
        if not asked.query.get("exQuery"):
            return rows
        condition = expression_query(asked.query["exQuery"])
        found = {item.row for item in items_of(self.world, self.world.things[group], condition, None)}
        return [row for row in rows if row in found]


def _by_source_id(run: Run) -> bool:
    return run.target is not None and (run.target[0] != SAMPLE or run.by == "Sample Source ID")


def _text(value: object) -> str:
    return "" if value is None else str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _cell(value: float, digits: int) -> str:
    return "" if math.isnan(value) else str(number_told(round(value, digits)))
