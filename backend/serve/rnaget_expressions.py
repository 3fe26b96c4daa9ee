"""Expression matrices over RNAget: which one, which slice of it, as a ticket or as a file."""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from starlette.responses import Response

from backend.errors import BadInput, NotFound, TooLarge
from backend.serve import loom, rnaget_accept, served, store, table
from backend.serve.matrix import SAMPLE_FIELDS, FileType, Labels, Matrix, Places, Values, folded_unit, unit_of
from backend.serve.rnaget_query import LISTS, Query, the_one
from backend.serve.rnaget_reply import Ask, as_json, file_headers, headless, nameless, sent, streamed
from backend.serve.store import ROWS, StoredMatrix

SMALL = 250_000  # cells of a file that is made in memory
_TURNS = threading.BoundedSemaphore(4)  # large files that are worked on at the same time, or memory grows with clients
SLICE = (*LISTS, *SAMPLE_FIELDS, "feature_min_value", "feature_max_value")


@dataclass(frozen=True)
class Slice:
    """What of a matrix was asked for. low, high: bounds that every value of a row must keep, infinite for none; a
    missing value keeps none, not even 0. whole: all of it.
    """

    matrix: Matrix
    rows: Places
    columns: Places
    unit: str
    low: float
    high: float
    whole: bool

    @property
    def bounded(self) -> bool:
        return not (math.isinf(self.low) and math.isinf(self.high))

    @property
    def small(self) -> bool:
        return len(self.rows) * len(self.columns) <= SMALL

    def blocks(self) -> Iterator[tuple[Places, Values]]:
        """Rows and their values, at least one block; rows outside the bounds are left out, also for a missing value."""
        step = max(1, self.matrix.block // max(1, len(self.columns)))
        step -= step % loom.CHUNK if step > loom.CHUNK else 0  # no piece of a loom file is written twice
        for start in range(0, len(self.rows), step):
            rows = self.rows[start : start + step]
            values = self.matrix.values(rows, self.columns, self.unit)
            if self.bounded:
                inside = ((values >= np.float32(self.low)) & (values <= np.float32(self.high))).all(axis=1)
                rows, values = rows[inside], values[inside]
            yield rows, values


def one_ticket(ask: Ask) -> Response:
    return _ticket(ask, _by_id(ask.id), ask.query.form(needed=False))


def one_file(ask: Ask) -> Response:
    return _file(ask, _by_id(ask.id), ask.query.form(needed=False))


def found_ticket(ask: Ask) -> Response:
    wanted = ask.query.form(needed=True)
    return _ticket(ask, _searched(ask.query), wanted)


def found_file(ask: Ask) -> Response:
    wanted = ask.query.form(needed=True)
    return _file(ask, _searched(ask.query), wanted)


def units(ask: Ask) -> Response:
    return as_json(ask, list(all_units()))


def all_units() -> tuple[str, ...]:
    """The units of all matrices."""
    matrices = served.now().matrices.values()
    return tuple(dict.fromkeys(unit for matrix in matrices for unit in matrix.units))


def _by_id(own: str) -> Matrix:
    found = served.now().matrices.get(own)
    if found is None:
        raise NotFound(f"There is no expression matrix “{own[:40]}”.", "/studies and /expressions/filters name them.")
    return found


def _searched(query: Query) -> Matrix:
    """The one matrix that a search matches. Raises NotFound for none, BadInput for several."""
    return the_one(served.now().matrices.values(), query, "No expression matrix matches.")


def sliced(matrix: Matrix, query: Query, most: int) -> Slice:
    """The slice a query means. Raises NotFound, BadInput, and TooLarge over `most` cells."""
    rows, columns = _rows(matrix, query), _columns(matrix, query)
    unit = _unit(matrix, query.text("units"))
    low, high = query.number("feature_min_value"), query.number("feature_max_value")
    if low is not None and high is not None and low > high:
        raise BadInput("feature_min_value is above feature_max_value.", "Swap them.")
    if len(columns) > matrix.most_samples:
        raise TooLarge(f"{len(columns):,} samples; the cap is {matrix.most_samples:,}.", matrix.too_many)
    if (cells := len(rows) * len(columns)) > most:
        size = f"{len(rows):,} features in {len(columns):,} samples are {cells:,} values"
        raise TooLarge(f"{size}; the cap is {most:,}.", f"Narrow it with {', '.join(LISTS)} or tissue.")
    whole = cells == matrix.n_features * matrix.n_samples
    bounds = -math.inf if low is None else low, math.inf if high is None else high
    return Slice(matrix, rows, columns, unit, *bounds, whole)


def _unit(matrix: Matrix, text: str) -> str:
    if text and folded_unit(text) not in {folded_unit(unit) for unit in all_units()}:
        raise BadInput(f"The unit “{text[:40]}” is not offered.", "/expressions/units lists the units.")
    return unit_of(matrix, text)


def _rows(matrix: Matrix, query: Query) -> Places:
    lists: tuple[tuple[str, Labels], ...] = (("featureIDList", matrix.ids), ("featureNameList", matrix.names))
    found = [_known(name, labels.find(names)) for name, labels in lists if (names := query.items(name))]
    return _common(found, matrix.n_features, "feature")


def _columns(matrix: Matrix, query: Query) -> Places:
    found = []
    if samples := query.items("sampleIDList"):
        found.append(_known("sampleIDList", matrix.find_samples(samples)))
    for field in SAMPLE_FIELDS:
        if value := query.text(field):
            found.append(_known(field, matrix.having(field, (value,))))
    return _common(found, matrix.n_samples, "sample")


def _known(name: str, places: Places) -> Places:
    if not len(places):
        raise NotFound(f"Nothing of {name} is known in this matrix.", "Fetch it without this parameter to see labels.")
    return places


def _common(found: list[Places], length: int, what: str) -> Places:
    """What all lists share, everything without a list."""
    if not found:
        return np.arange(length, dtype=np.int64)
    common = found[0]
    for places in found[1:]:
        common = np.intersect1d(common, places, assume_unique=True)
    if not len(common):
        raise NotFound(f"No {what} is in all of the lists.", "A list narrows what the others leave.")
    return common


def _ticket(ask: Ask, matrix: Matrix, form: FileType | None) -> Response:
    about = matrix.about
    wanted = sliced(matrix, ask.query, ask.most)
    file = form or about.file_type
    parameters = {"format": str(file), **ask.query.carried(SLICE), "units": wanted.unit}
    url, headers = ask.link(f"/expressions/{about.id}/bytes", parameters)
    ticket: dict[str, object] = {
        "version": about.version,
        "studyID": about.study,
        "fileType": file,
        "units": wanted.unit,
        "url": url,
    }
    if headers:
        ticket["headers"] = headers
    known = _copied(wanted, file)
    if known is not None and (digest := store.md5(known.seen)):
        ticket["md5"] = digest
    return as_json(ask, ticket)


def _copied(wanted: Slice, file: FileType) -> StoredMatrix | None:
    """The stored file that is the answer as it is."""
    matrix = wanted.matrix
    if file == "loom" and wanted.whole and not wanted.bounded and isinstance(matrix, StoredMatrix):
        return matrix if matrix.copy() else None
    return None


def _file(ask: Ask, matrix: Matrix, form: FileType | None) -> Response:
    wanted = sliced(matrix, ask.query, ask.most)
    file = rnaget_accept.file_type(ask.accept, form or matrix.about.file_type, fixed=form is not None)
    headers = file_headers(ask, matrix.about.id, file)
    if ask.head:
        return headless(headers)
    if (stored := _copied(wanted, file)) is not None:
        return sent(store.opened(stored.seen), headers)
    return _as_loom(wanted, headers) if file == "loom" else _as_table(wanted, headers)


def _notes(wanted: Slice) -> list[str]:
    about = wanted.matrix.about
    simulated = ["SIMULATED data, not measured"] if about.simulated else []
    said = (f"{about.name}, version {about.version}, study {about.study}", f"units: {wanted.unit}")
    return [*simulated, *said, *about.notes]


def _as_table(wanted: Slice, headers: dict[str, str]) -> Response:
    matrix, columns = wanted.matrix, wanted.matrix.columns(wanted.columns)
    head = table.head(_notes(wanted), ("Gene ID", "Gene Name"), table.sample_headers(columns))

    def pieces() -> Iterator[str]:
        for rows, values in wanted.blocks():
            yield from table.pieces((matrix.ids.at(rows), matrix.names.at(rows)), values)

    if wanted.small:
        return Response((head + "".join(pieces())).encode(), headers=headers)
    made = _in_turn(pieces())
    return streamed(head + next(made), made, headers)


def _in_turn(pieces: Iterator[str]) -> Iterator[str]:
    """The same pieces, each made when there is a turn."""
    while True:
        with _TURNS:
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _as_loom(wanted: Slice, headers: dict[str, str]) -> Response:
    matrix, about, found = wanted.matrix, wanted.matrix.about, wanted.matrix.columns(wanted.columns)
    columns = {"Sample": found.sample, "Condition": found.condition, "Tissue": found.tissue}
    facts = {"id": about.id, "version": about.version, "units": wanted.unit, "study": about.study}
    facts |= {"project": about.project, "name": about.name, "description": about.description, "genome": about.genome}
    facts |= {"CreationDate": "20260101T000000.000000Z", "notes": "\n".join(_notes(wanted))}
    if about.simulated:
        facts["SIMULATED"] = "not measured"
    blocks = (
        (dict(zip(ROWS, (matrix.ids.at(rows), matrix.names.at(rows)), strict=True)), values)
        for rows, values in wanted.blocks()
    )
    if wanted.small:
        content = io.BytesIO()
        loom.write(content, blocks, columns, ROWS, facts)
        return Response(content.getvalue(), headers=headers)
    with ExitStack() as unfinished:
        target = nameless()
        unfinished.callback(target.close)
        with _TURNS:
            loom.write(target, blocks, columns, ROWS, facts)
        unfinished.pop_all()  # whoever sends it closes it
    return sent(target, headers)
