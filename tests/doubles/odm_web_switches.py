"""What can be different with an ODM server beyond the faults of any HTTP server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Switches:
    """The defaults are what the newest recorded answers show. A name that is none is an AttributeError."""

    dialects: tuple[str, ...] = ("modern", "legacy")  # paths of the others give an HTML 404
    error_form: str = "genestack"  # of error bodies: genestack, rpc, scim, problem or text
    short_page: int = 0  # lists hold at most so many records, whatever the limit; 0: as many as asked for
    end: str = "cursor"  # last page of an omics query: cursor, null, unsaid (one empty page follows) or repeated
    generation: int = 3  # of expression items: 3, 2 or 1
    runs_by_cursor: bool = False  # runs of a group are paged by cursor, else by offset
    need_exquery: bool = True  # expression data without exQuery and without exFilter is a 400
    job_steps: tuple[str, ...] = ("STARTING", "RUNNING")  # what the first polls of a job say; STARTED, UNKNOWN …
    job_fails: str = ""  # the message every job fails with
    job_end: str = ""  # how jobs end instead: STOPPED, ABANDONED; UNKNOWN: for ever
    time_form: str = "dmy"  # of createTime: dmy, ymd or iso
    study_result: str = "accession"  # key of the result of a study import; or groupAccession
    output_status: bool = True  # /output tells the status
    link_lost: bool = False  # linking libraries or preparations says 204 and does nothing
    stream_tail: str = ""  # streamed data stops half-way and ends with this line, put after a `#`
    patch_form: str = "flat"  # of the answer to PATCH: flat or data
    task_steps: tuple[str, ...] = ("CREATED", "RUNNING")  # what the first polls of a task say
    task_end: str = "DONE"
    absent: str = "VALUE_NOT_SET"  # what a required attribute is that no sample has; or MISSING_ATTRIBUTE
    validation_value: str = "plain"  # of invalid values: plain or object
