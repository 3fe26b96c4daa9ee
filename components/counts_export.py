"""The counts of a search result as a file: size and caps said first, made in the background, then offered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from backend import api
from backend.model import Species
from backend.recipe import Recipe
from components import cards, downloads, export_jobs, inputs
from components.export_jobs import Job

FORMS = {"tsv": "TSV", "hdf5": "HDF5"}
LIST = "basket"  # what stands for the query of a list of samples in the keys of widgets
MOST_LISTED = 150  # accessions that a search of a local file takes
_GEO = re.compile(r"GSM\d+")
ENDINGS = {"tsv": "counts.tsv", "hdf5": "counts.h5"}
BYTES = {"tsv": 3.0, "hdf5": 0.8}  # of one count: text with its tab; compressed, as in the files of ARCHS4


@dataclass(frozen=True)
class Wanted:
    """The counts of which search, in which form, by which source."""

    source: str
    species: Species
    query: str
    form: str

    @property
    def packed(self) -> bool:
        """Whether a service packs the counts, and tells percent."""
        return _genes(self.source) is None


def _genes(source: str) -> int | None:
    """How many genes a local file has; None for a service, which does not tell."""
    return next((file.n_genes for file in api.local_files().files if file.key == source), None)


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
    with st.popover("Counts", icon=":material/table_view:", key="counts-offer"):
        st.markdown("**Counts of these samples**")
        _choice(source, species, query, total, recipe.file_name, inputs.FORM, "counts-make")


def offer_named(source: str, species: Species, samples: Sequence[str]) -> None:
    """The same for a list of samples, where the source gives counts."""
    named = [name for name in samples if _GEO.fullmatch(name)]
    if not named or not api.has(source, "Count export"):
        return
    with st.popover("Basket counts", icon=":material/table_view:", key=f"counts-{LIST}"):
        st.markdown("**Counts of the samples in the basket**")
        st.caption("Samples that the source in the sidebar lacks are left out. Progress shows at the top of this page.")
        if _genes(source) is not None and len(named) > MOST_LISTED:
            st.caption(f"A list of over {MOST_LISTED} samples is too long for this source: search for them instead.")
            return
        key = f"{inputs.FORM}-{LIST}"
        _choice(source, species, ", ".join(named), len(named), _basket_name, key, f"counts-make-{LIST}")


def _basket_name(ending: str) -> str:
    return f"expronaut_basket.{ending}"


def _choice(
    source: str, species: Species, query: str, total: int, name: Callable[[str], str], key: str, button: str
) -> None:
    """The form of the file, what it will be, and the button. name: the file's, by its ending."""
    form = st.segmented_control(
        "Form", list(FORMS), default="tsv", format_func=FORMS.__getitem__, required=True, key=key
    )
    caps = api.export_caps(source)
    st.caption(_about(source, total, form, caps))
    if total > caps[form]:
        st.caption(f"{total:,} samples are over the cap of {caps[form]:,}: take fewer.")
        return
    wanted = Wanted(source, species, query, form)
    st.button("Make the file", key=button, on_click=_begin, args=(wanted, name(ENDINGS[form])), type="primary")


def _about(source: str, total: int, form: str, caps: Mapping[str, int]) -> str:
    genes = _genes(source)
    if genes is None:
        return (
            f"All genes × {total:,} samples. ARCHS4 packs them when asked, up to {caps[form]:,} samples; that takes "
            "minutes, and you can go on meanwhile."
        )
    return (
        f"{genes:,} genes × {total:,} samples, about {size(genes, total, form)} as {FORMS[form]}. "
        f"At most {caps['tsv']:,} samples as TSV, {caps['hdf5']:,} as HDF5 (the layout of ARCHS4)."
    )


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
    wanted, job = st.session_state.get(inputs.EXPORT, (None, None))
    if job is None:
        return
    if job.ended:
        _ended(wanted, job)
    else:
        _running(wanted, job)


@st.fragment(run_every=1.0)
def _running(wanted: Wanted, job: Job) -> None:
    """Looks again every second, so that the rest of the page can be used meanwhile."""
    if job.ended:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="counts-progress"):
        st.progress(job.done / job.of if job.of else 0.0, text=_words(wanted, job))
        st.button("Cancel", key="counts-cancel", on_click=_drop, type="tertiary", icon=":material/close:")


def _words(wanted: Wanted, job: Job) -> str:
    if job.waiting:
        return "Waiting: another file is being made."
    if wanted.packed:
        return f"ARCHS4 packs the counts: {100 * job.done // job.of if job.of else 0} %"
    left = f", about {max(1, round(job.left)):,} s left" if job.left is not None else ""
    return f"Writing counts: {job.done:,} of {job.of:,} genes{left}" if job.of else "Reading counts"


def _ended(wanted: Wanted, job: Job) -> None:
    if job.problem is not None:
        cards.tell(job.problem, again=False)
        with st.container(horizontal=True, gap="small"):
            st.button("Make it again", key="counts-again", on_click=_begin, args=(wanted, job.name))
            st.button("Dismiss", key="counts-dismiss", on_click=_drop, type="tertiary")
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
