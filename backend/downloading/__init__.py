"""Getting the HDF5 files that ARCHS4 publishes: tens of gigabytes, over lines that break.

versions   which files there are, from the list of the site
partial    a file that is not whole yet, and what is known of it
transfer   bytes from the host into it: goes on after a cut, notices a file that changed
checking   size and sha1
download   all of it together: one file from the list to its place
running    the same in the background of the dashboard
"""

from __future__ import annotations

from backend.downloading.checking import Doubtful
from backend.downloading.download import Downloaded, download
from backend.downloading.versions import chosen, listed, version_text

__all__ = ["Doubtful", "Downloaded", "chosen", "download", "listed", "version_text"]
