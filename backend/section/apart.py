"""Spatial files are first read in a process apart (backend/apart), which can be ended; apart_work.py is its program."""

from __future__ import annotations

from backend.apart import CAN, Helper, Waiting

__all__ = ["BUILD", "CAN", "CHECK", "run"]
CHECK, BUILD = Waiting(60.0), Waiting(900.0)

run = Helper("backend.section.apart_work").run
