"""What can be different with STOmics beyond the faults of any HTTP server."""

from __future__ import annotations

from dataclasses import dataclass, field

SHAPES = (
    "records",  # 1, under `items`
    "bare records",  # 1, a list, other names of the fields
    "columns",  # 2
    "no positions",  # 2, without coordinates
    "mapping",  # 3
    "genes",  # 4, around 2
    "gene",  # 4, a list of wrappers around 1
    "summary",  # 5
    "expressing",  # 1, only spots that express the gene; n_spots tells how many there are
    "nulls",  # 1, the second value is null
    "strings",  # 3, but one value is a text
    "booleans",  # 3, but one value is a truth value
    "unequal",  # 2, one value short
    "empty",  # `{"items": []}`
    "unknown",  # none of them
)


@dataclass(slots=True)
class Switches:
    """A name that is none is an AttributeError. Names of times are in seconds."""

    denied: int = 401  # or 403: the status without a key, or with a wrong one
    limit: int | None = None  # calls of a key before 429
    refusals: int | None = None  # so many 429, then the calls are counted anew; None: for ever
    retry_after: str = "seconds"  # of a 429: seconds, date, odd (a word), or "" for no header
    wait: int = 1  # that Retry-After tells
    sibling: int = 0  # status of a redirect from the name localhost to 127.0.0.1: 301, 302, 307, 308; 0: none
    foreign: int = 0  # status of a redirect to the storage host; 0: none
    most_per_page: int = 100  # above it 422; 0: no limit
    ignores_odd: bool = False  # an unknown sort_by or sort_order is ignored, else 422
    shift: bool = False  # pages after the first are one data set back, as if a new one stood first by now
    extra: int = 0  # that total is too large by
    certain: bool = False  # data sets have only accession, title and download_count
    error_form: str = "detail"  # of error bodies: detail, error, object, message, text, html
    id_name: str = "id"  # of the id in the list of files: id, file_id, or "" for none
    filename: str | None = None  # what file 42 is called instead
    size: int | None = None  # what file 42 is said to have instead, -1: null
    digest: str = ""  # md5 that file 42 is said to have
    shape: str = "columns"  # of expression, one of SHAPES
    unknown_gene: str = "404"  # or empty
    any_case: bool = False  # genes are found however they are written
    openapi: str = "usual"  # contradicting, poor (paths without schemas), missing (404), html
    lifetime: int = 3_600  # of a signature
    uses: int | None = None  # requests that one signature serves; 403 then
    etag: bool = True  # storage tells ETags
    ranges: bool = True  # storage knows Range, else 200 with all of it
    wrong_range: str = ""  # 206 that tells other bytes than it sends: start, total, or none for no Content-Range
    cuts: list[int] = field(default_factory=list)  # bytes of the file after which each next answer of storage ends
    told_length: bool = True  # storage tells Content-Length
    grown: bool = False  # the file in storage is another one now, and one byte longer
