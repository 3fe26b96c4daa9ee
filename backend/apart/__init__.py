"""HDF5 files that a user gave are first read in a process apart, which can be ended: a damaged one can keep the library
busy without end, and while it reads, every other reader of its process waits.

helper      asks for such work, waits for it, and ends it       working     the process that does it
"""

from backend.apart.helper import CAN, USUAL, Helper, Job, Waiting

__all__ = ["CAN", "USUAL", "Helper", "Job", "Waiting"]
