"""Signals along chromosomes over RNAget; every route answers 501 while the store holds none."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from starlette.responses import Response

from backend.errors import BadInput, NotFound, TooLarge
from backend.serve import loom, rnaget_accept, served, store, table
from backend.serve.matrix import FILE_TYPES, FileType, Labels, Places
from backend.serve.rnaget_query import Query, the_one
from backend.serve.rnaget_reply import Ask, NotImplementedHere, as_json, file_headers, headless, sent
from backend.serve.store import Continuous

REGION = ("chr", "start", "end", "sampleIDList")


@dataclass(frozen=True)
class Region:
    """What of the signals was asked for."""

    signals: Continuous
    rows: Places
    columns: Places

    @property
    def whole(self) -> bool:
        return len(self.rows) * len(self.columns) == len(self.signals.tracks) * len(self.signals.positions)


def supported() -> dict[str, Continuous]:
    """The signals there are. Raises NotImplementedHere when there are none."""
    found = served.now().continuous
    if not found:
        raise NotImplementedHere("This server has no continuous data.", "Ask for expressions.")
    return found


def formats(ask: Ask) -> Response:
    supported()
    return as_json(ask, list(FILE_TYPES))


def one_ticket(ask: Ask) -> Response:
    return _ticket(ask, _by_id(ask.id), ask.query.form(needed=False))


def one_file(ask: Ask) -> Response:
    return _file(ask, _by_id(ask.id), ask.query.form(needed=False))


def found_ticket(ask: Ask) -> Response:
    supported()
    wanted = ask.query.form(needed=True)
    return _ticket(ask, _searched(ask.query), wanted)


def found_file(ask: Ask) -> Response:
    supported()
    wanted = ask.query.form(needed=True)
    return _file(ask, _searched(ask.query), wanted)


def _by_id(own: str) -> Continuous:
    found = supported().get(own)
    if found is None:
        raise NotFound(f"There are no continuous data “{own[:40]}”.", "/studies lists the studies there are.")
    return found


def _searched(query: Query) -> Continuous:
    return the_one(supported().values(), query, "No continuous data match.")


def region(signals: Continuous, query: Query, most: int) -> Region:
    """The region a query means: start from 0 and included, end left out. Raises NotFound, BadInput, TooLarge."""
    rows = np.arange(len(signals.tracks), dtype=np.int64)
    if names := query.items("sampleIDList"):
        rows = Labels(signals.tracks).find(names)
        if not len(rows):
            raise NotFound("No track of sampleIDList is known.", "Fetch a region without it to see the tracks.")
    columns = _positions(signals, query.text("chr"), query.whole("start"), query.whole("end"))
    if (cells := len(rows) * len(columns)) > most:
        size = f"{len(rows):,} tracks at {len(columns):,} positions are {cells:,} values"
        raise TooLarge(f"{size}; the cap is {most:,}.", "Narrow it with chr, start and end.")
    return Region(signals, rows, columns)


def _positions(signals: Continuous, chromosome: str, start: int | None, end: int | None) -> Places:
    if not chromosome:
        if start is not None or end is not None:
            raise BadInput("start and end need chr.", "Add it, for example chr=chr1.")
        return np.arange(len(signals.positions), dtype=np.int64)
    if start is not None and end is not None and start > end:
        raise NotImplementedHere("start is above end, and no sequence here is a circle.", "Swap them.")
    there = np.asarray(signals.chromosome == chromosome)
    if not there.any():
        known = ", ".join(signals.chromosomes[:10])
        raise NotFound(f"There is no chromosome “{chromosome[:40]}”.", f"There are: {known}.")
    if start is not None and start > signals.offset[there].max():
        raise BadInput(f"{chromosome} has no position from {start:,} on.", "Begin earlier.")
    there &= (signals.offset >= (start or 0)) & ((signals.offset < end) if end is not None else True)
    if not there.any():
        raise NotFound("The region holds no position.", "The position of end is left out.")
    return np.flatnonzero(there).astype(np.int64)


def _ticket(ask: Ask, signals: Continuous, form: FileType | None) -> Response:
    about, file = signals.about, form or signals.about.file_type
    wanted = region(signals, ask.query, ask.most)
    url, headers = ask.link(f"/continuous/{about.id}/bytes", {"format": str(file), **ask.query.carried(REGION)})
    ticket: dict[str, object] = {
        "version": about.version,
        "studyID": about.study,
        "fileType": file,
        "units": signals.unit,
        "url": url,
    }
    if headers:
        ticket["headers"] = headers
    if file == "loom" and wanted.whole and store.loom_suits(signals.seen.path) and (known := store.md5(signals.seen)):
        ticket["md5"] = known
    return as_json(ask, ticket)


def _file(ask: Ask, signals: Continuous, form: FileType | None) -> Response:
    wanted = region(signals, ask.query, ask.most)
    file = rnaget_accept.file_type(ask.accept, form or signals.about.file_type, fixed=form is not None)
    headers = file_headers(ask, signals.about.id, file)
    if ask.head:
        return headless(headers)
    if file == "loom" and wanted.whole and store.loom_suits(signals.seen.path):
        return sent(store.opened(signals.seen), headers)
    tracks = [signals.tracks[row] for row in wanted.rows]
    positions = [signals.positions[column] for column in wanted.columns]
    values = signals.values(wanted.rows, wanted.columns)
    if file == "tsv":
        text = table.head((), ("track",), positions) + "".join(table.pieces((tracks,), values))
        return Response(text.encode(), headers=headers)
    target = io.BytesIO()
    facts = {"id": signals.about.id, "version": signals.about.version, "units": signals.unit}
    facts |= {"study": signals.about.study, "project": signals.about.project}
    facts |= {"CreationDate": "20260101T000000.000000Z"}
    loom.write(target, [({"tracks": tracks}, values)], {"position": positions}, ("tracks",), facts)
    return Response(target.getvalue(), headers=headers)
