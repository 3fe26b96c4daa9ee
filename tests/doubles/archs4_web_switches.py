"""What can be wrong with the ARCHS4 services beyond the faults of any HTTP server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Switches:
    """Each is off by default, but for the two oddities of mouse that the real service has."""

    color: bool = True  # the legacy CSV has its last column
    duplicate_skin: bool = True  # mouse SKIN comes twice
    hypothalamus_is_thalamus: bool = True  # in mouse
    updating: bool = False  # sigpy: data calls are off
    slow_task: bool = False  # PENDING, PROCESSING twice, then SUCCESS
    endless_task: bool = False  # stays at PROCESSING
    failing_task: bool = False
    archive: str = "one"  # of a task: one, two (members), parent, absolute (member names), broken, empty
    drop_metadata: int = 0  # samplemeta leaves out every n-th sample asked for
    drifting: bool = False  # sigpy correlation draws other samples at every call
    wrapped_atlas: bool = True  # the sigpy atlas lies in "data"
    empty_leaves: tuple[str, ...] = ()  # sigpy atlas: ids whose sample_count is 0
    sigpy_unknown: str = "error"  # gene unknown to sigpy: error (200), status (404) or empty (200)
    coltop_limit: bool = False  # 500 for a count above the number of genes
    v1_missing: bool = False  # an HTML 404 for all of v1
    v1_null: bool = False  # every second z that is not there is null; the documented clients bear it left out only
    v1_unknown_empty: bool = False  # gene unknown to v1: 200 and no values
    legacy_405: bool = False  # as the legacy paths answer at archs4.org
    ranges: bool = True  # the download host sends parts of files
    wrong_checksum: bool = False  # in the list of versions
    wrong_size: bool = False
