"""ARCHS4 over the internet: every question it answers, whichever of its services works (backend/archs4_live)."""

from __future__ import annotations

from backend.sources.archs4_live_counts import LiveCounts
from backend.sources.archs4_live_partners import LivePartners
from backend.sources.archs4_live_profiles import LiveProfiles


class Archs4(LiveProfiles, LivePartners, LiveCounts):
    """Tissues and cell lines, co-expression, samples and their counts."""
