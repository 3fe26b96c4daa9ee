"""Selections opened from a Genestack ODM server, each a source of its own (fetched by backend/odm)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.sources.opened_matrix import OpenedSource


class OdmMatrix(OpenedSource):
    """What one query, or one data group, gave."""

    homepage = "https://genestack.com/products/omics-data-manager"

    def describe(self, about: Mapping[str, Any]) -> None:
        """By its study, its version in a chain, and the server."""
        self.title = f"{about.get('title') or self.found.key} (ODM)"
        self.version = str(about.get("version") or "")
        what = f"study {about['study']}" if about.get("study") else f"data group {about.get('group')}"
        self.citation = f"Genestack ODM at {about.get('base')}, {what}; cite the study."
        self._grouping = self._grouping or str(about.get("grouping") or "")
