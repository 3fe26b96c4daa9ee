"""Getting files that services publish: tens of gigabytes, over lines that break.

versions, archs4   which files ARCHS4 publishes, from the list of its site
stomics, signed    those of STOmics (stomics.io), whose addresses hold for an hour
wanted             a file to fetch, whoever publishes it
names, register    the names files are written under, where a service gives them
partial            a file that is not whole yet, and what is known of it
transfer           bytes from the host into it: goes on after a cut, notices a file that changed
checking           size, checksum, form
download           all of it together: one file from the list to its place
background         the same in the background of the dashboard; running, stomics_running: for each of the two
"""

from __future__ import annotations

from backend.downloading.archs4 import download
from backend.downloading.checking import Doubtful
from backend.downloading.download import Downloaded, fetch
from backend.downloading.versions import chosen, listed, version_text

__all__ = ["Doubtful", "Downloaded", "chosen", "download", "fetch", "listed", "version_text"]
