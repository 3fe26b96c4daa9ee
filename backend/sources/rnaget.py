"""Matrices opened from GA4GH RNAget servers, each a source of its own (fetched by backend/rnaget)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.sources.opened_matrix import OpenedSource

CITATION = "RNAget: Upchurch S et al. Bioinformatics 2023;39:btad126. doi:10.1093/bioinformatics/btad126"


class RnagetMatrix(OpenedSource):
    """One matrix of one server."""

    homepage = "https://ga4gh-rnaseq.github.io/schema/docs/index.html"

    def describe(self, about: Mapping[str, Any]) -> None:
        """By its server and the version that speaks."""
        self.title = f"{about.get('title') or self.found.key} (RNAget, {about.get('server')})"
        self.version = ", ".join(filter(None, (f"RNAget {about.get('spoken')}", str(about.get("version") or ""))))
        self.citation = (
            f"RNAget server {about.get('server')} ({about.get('base')}), matrix {about.get('matrix')}; cite its study. "
            f"{CITATION}"
        )
