"""The counts of a search result as a file: size and caps said first, made in the background, then offered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from backend import api
from backend.model import Species
from backend.recipe import Recipe
from components import cards, downloads, export_jobs, inputs
from components.export_jobs import Job

FORMS = {"tsv": "TSV", "hdf5": "HDF5"}
ENDINGS = {"tsv": "counts.tsv", "hdf5": "counts.h5"}
BYTES = {"tsv": 3.0, "hdf5": 0.8}  # of one count: text with its tab; compressed, as in the files of ARCHS4


@dataclass(frozen=True)
class Wanted:
    """The counts of which search, of how many samples, in which form."""

    source: str
    species: Species
    query: str
    form: str


def size(genes: int, samples: int, form: str) -> str:
    """About how large the file will be, in words."""
    size = genes * samples * BYTES[form]
    for unit in ("kB", "MB"):
        size /= 1_000
        if size < 999.5:
            return f"{max(1, size):,.0f} {unit}"
    return f"{size / 1_000:.1f} GB"


def offer(source: str, species: Species, query: str, total: int, recipe: Recipe) -> None:
    """What the counts of these hits would be, and the button that makes them."""
    genes = next((file.n_genes for file in api.local_files().files if file.key == source), 0)
    with st.popover("Counts", icon=":material/table_view:", key="counts-offer"):
        st.markdown("**Counts of these samples**")
        form = st.segmented_control(
            "Form", list(FORMS), default="tsv", format_func=FORMS.__getitem__, required=True, key=inputs.FORM
        )
        caps = api.export_caps()
        st.caption(
            f"{genes:,} genes × {total:,} samples, about {size(genes, total, form)} as {FORMS[form]}. "
            f"At most {caps['tsv']:,} samples as TSV, {caps['hdf5']:,} as HDF5 (the layout of ARCHS4)."
        )
        if total > caps[form]:
            st.caption(f"{total:,} samples are over the cap of {caps[form]:,}: narrow the search.")
            return
        wanted = Wanted(source, species, query, form)
        name = recipe.file_name(ENDINGS[form])
        st.button("Make the file", key="counts-make", on_click=_begin, args=(wanted, name), type="primary")


def _begin(wanted: Wanted, name: str) -> None:
    _drop()

    def work(path: Path, tell: export_jobs.Tell) -> None:
        api.export_counts(wanted.source, wanted.query, path, wanted.species, wanted.form, tell)

    st.session_state[inputs.EXPORT] = (wanted, Job(name, work))


def _drop() -> None:
    """Cancel the job of this session, if any, and delete its file."""
    _, job = st.session_state.pop(inputs.EXPORT, (None, None))
    if job is not None:
        job.cancel()
        if job.ended:
            export_jobs.forget(job.token)


def progress() -> None:
    """The job of this session: how far it is, or its file."""
    _, job = st.session_state.get(inputs.EXPORT, (None, None))
    if job is None:
        return
    if job.ended:
        _ended(job)
    else:
        _running(job)


@st.fragment(run_every=1.0)
def _running(job: Job) -> None:
    """Looks again every second, so that the rest of the page can be used meanwhile."""
    if job.ended:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="counts-progress"):
        st.progress(job.done / job.of if job.of else 0.0, text=_words(job))
        st.button("Cancel", key="counts-cancel", on_click=_drop, type="tertiary", icon=":material/close:")


def _words(job: Job) -> str:
    if job.waiting:
        return "Waiting: another file is being made."
    left = f", about {max(1, round(job.left)):,} s left" if job.left is not None else ""
    return f"Writing counts: {job.done:,} of {job.of:,} genes{left}" if job.of else "Reading counts"


def _ended(job: Job) -> None:
    if job.problem is not None:
        cards.tell(job.problem)
    elif job.file is None or not job.file.is_file():
        st.info("The file of counts is gone. Make it again.", icon=":material/info:")
    else:
        megabytes = job.file.stat().st_size / 1e6
        with st.container(horizontal=True, vertical_alignment="center", key="counts-ready"):
            st.link_button(
                f"Download counts ({megabytes:,.1f} MB)",
                downloads.base_url() + export_jobs.address(job),
                icon=":material/download:",
                type="primary",
            )
            st.button("Delete", key="counts-delete", on_click=_drop, type="tertiary", icon=":material/delete:")
        st.caption(f"{cards.plain(job.file.name)}, kept for an hour.")
