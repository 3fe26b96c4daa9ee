"""THE COUNTER: the only door to the backend for pages, and the calls that others may rely on.

Calls return Answer(value, provenance) and raise an ExpronautError (backend.errors), which says what happened and
what to do. Small typed answers are kept in memory; matrices never are.

names         genes, lists of genes, sources        profiles   one and several genes over tissues, own samples
coexpression  partners, networks, single edges      samples    search, values of samples, export of counts
files         ARCHS4 files of this machine, their indexes     rnaget     servers, and matrices opened from them
downloads     ARCHS4 files that can be fetched, and fetching them
"""

from __future__ import annotations

from backend.api.coexpression import batch_coexpressed, coexpressed, edge, network
from backend.api.downloads import (
    cancel_download,
    discard_download,
    download_progress,
    download_room,
    downloads,
    forget_download,
    start_download,
    versions,
)
from backend.api.files import cancel_index, ensure_demo, index_plan, index_progress, local_files, start_index
from backend.api.names import (
    DEFAULT_SOURCE,
    DEMO_SOURCE,
    gene,
    genes,
    has,
    public_url,
    sources,
    stamp,
    suggest,
    triage,
)
from backend.api.numbers import cluster, correlation, tau
from backend.api.profiles import (
    MAX_GENES,
    cell_lines,
    cohort_profile,
    example_counts,
    nearest_tissues,
    percentiles,
    points,
    recognised,
    tissue_profile,
    tissue_profiles,
)
from backend.api.rnaget import RESERVED as RNAGET_RESERVED
from backend.api.rnaget import (
    forget_matrix,
    group_matrix,
    open_matrix,
    opened_matrices,
    rnaget_about,
    rnaget_changes,
    rnaget_entries,
    rnaget_files,
    rnaget_filters,
    rnaget_servers,
    rnaget_signal,
    rnaget_versions,
)
from backend.api.samples import MAX_ROWS, all_samples, export_caps, export_counts, expression, search_samples
from backend.count_vector import read_counts
from backend.gene_list import read_gene_file, split_names
from backend.network import Sign, graphml, sif
from backend.sources.base import Method

__all__ = [
    "DEFAULT_SOURCE",
    "DEMO_SOURCE",
    "MAX_GENES",
    "MAX_ROWS",
    "RNAGET_RESERVED",
    "Method",
    "Sign",
    "all_samples",
    "batch_coexpressed",
    "cancel_download",
    "cancel_index",
    "cell_lines",
    "cluster",
    "coexpressed",
    "cohort_profile",
    "correlation",
    "discard_download",
    "download_progress",
    "download_room",
    "downloads",
    "edge",
    "ensure_demo",
    "example_counts",
    "export_caps",
    "export_counts",
    "expression",
    "forget_download",
    "forget_matrix",
    "gene",
    "genes",
    "graphml",
    "group_matrix",
    "has",
    "index_plan",
    "index_progress",
    "local_files",
    "nearest_tissues",
    "network",
    "open_matrix",
    "opened_matrices",
    "percentiles",
    "points",
    "public_url",
    "read_counts",
    "read_gene_file",
    "recognised",
    "rnaget_about",
    "rnaget_changes",
    "rnaget_entries",
    "rnaget_files",
    "rnaget_filters",
    "rnaget_servers",
    "rnaget_signal",
    "rnaget_versions",
    "search_samples",
    "sif",
    "sources",
    "split_names",
    "stamp",
    "start_download",
    "start_index",
    "suggest",
    "tau",
    "tissue_profile",
    "tissue_profiles",
    "triage",
    "versions",
]
