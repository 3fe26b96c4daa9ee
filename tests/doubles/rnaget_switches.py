"""What can be wrong with an RNAget server beyond the faults of any HTTP server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Switches:
    """Each is off by default."""

    token: str = ""  # asked of every request but /service-info
    wrong_md5: bool = False
    elsewhere: bool = False  # tickets lead to another port
    echo_token: bool = False  # tickets carry the token of the request
    whole: bool = False  # all samples come for samples that are unknown
    no_match: bool = False  # `[]` where a ticket is due
    drop: str = ""  # a gene that is left out in silence
    unasked: bool = False  # everything comes, whatever was asked for
    turned: bool = False  # matrices of v0.1.0 have samples in rows
    tell_token: bool = False  # a 404 repeats the token of the request
