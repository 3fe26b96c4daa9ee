"""Files of ARCHS4 on Datasets: those of this machine, their indexes, and how to get one."""

from __future__ import annotations

import streamlit as st

from backend import api
from backend.model import LocalFile, LocalFiles
from components import cards, deleting, file_downloads, index_progress, inputs, sidebar, watching

DOWNLOADS = "https://archs4.org/download"
STATES = {
    "ready": ("index ready", "green", "check"),
    "building": ("index being built", "blue", "hourglass_top"),
    "partial": ("index begun", "orange", "pause"),
    "outdated": ("index outdated", "orange", "update"),
    "none": ("no index", "gray", "remove"),
}
LEFT_OUT = (
    "The small index leaves out the store of all samples: percentiles, study-balanced profiles and edges by tissue do "
    "not work then, and co-expression is taken from samples drawn at random."
)


def draw(found: LocalFiles) -> None:
    """Every file, or what to do when there is none."""
    real = [file for file in found.files if file.key != api.DEMO_SOURCE]
    for file in found.files:
        with st.container(border=True, gap="small", key=f"file-{file.key}"), cards.guard():
            _card(file)
    if not real:
        st.info(
            "No ARCHS4 file was found on this machine yet. How to get one is told below.", icon=":material/search_off:"
        )
    if found.ignored:
        with st.expander(f"Not used: {len(found.ignored)}", icon=":material/rule:", key="ignored"):
            st.markdown("\n".join(f"- {cards.plain(path)}: {cards.plain(why)}" for path, why in found.ignored.items()))
    file_downloads.under_way()
    file_downloads.offer(opened=not real)
    _how(found.folders, opened=not real)


def _card(file: LocalFile) -> None:
    building = watching.under_way(file.progress)
    words, colour, icon = STATES["building" if building else file.index]
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.markdown(f"**{cards.plain(file.title)}**", width="content")
        if file.kind == "simulated":
            st.badge("simulated data", color="orange")
        if file.problem is None:
            st.badge(words, color=colour, icon=f":material/{icon}:")
    if file.problem is None:
        st.caption(cards.plain(_facts(file)))
    else:
        _problem(file)
    if building:
        _watch(file.key)
    else:
        _outcome(file)
        _actions(file)
        if file.ours:
            _deletion(file)


def _deletion(file: LocalFile) -> None:
    index = f" Its index of {index_progress.size(file.index_size)} goes too." if file.index_size else ""
    also = f"It can be downloaded again.{index}"

    def delete() -> list[str]:
        api.delete_local_file(file.key)
        return [file.key]

    deleting.offer(file.file, file.size, also, file.key, delete)


def _facts(file: LocalFile) -> str:
    """One line: species, version, what is in it, size, where."""
    counts = f"{file.n_samples:,} samples" + (f" × {file.n_genes:,} {_rows(file)}" if file.n_genes else "")
    size = index_progress.size(file.size)
    return f"{file.species} · version {file.version} · {counts} · {size} · layout {file.layout} · in {file.folder}"


def _rows(file: LocalFile) -> str:
    return "transcripts" if file.layout.endswith("transcripts × samples") else "genes"


def _problem(file: LocalFile) -> None:
    """Why it cannot be used; the demo cohort that is not made yet is no failure."""
    if file.key != api.DEMO_SOURCE:
        st.warning(cards.plain(f"{file.problem} It is in {file.folder}."), icon=":material/error:")
    elif not index_progress.is_under_way(file.progress):
        st.caption("Simulated samples to try every page with. It is not made yet; that takes about a minute.")


@st.fragment(run_every=1.0)
def _watch(key: str) -> None:
    """Looks again every second while it is made."""
    progress = watching.still(api.index_progress(key))
    st.progress(index_progress.share(progress), text=cards.plain(index_progress.words(progress)))
    st.button("Cancel", key=f"cancel-{key}", on_click=api.cancel_index, args=(key,), icon=":material/close:")


@st.fragment(run_every=5.0)
def _watch_elsewhere(key: str) -> None:
    """Another process builds it; looks again until it has ended."""
    if all(file.index != "building" for file in api.local_files().files if file.key == key):
        st.rerun()
    st.caption("Another process is building the index. This page notices when it has finished.")


def _outcome(file: LocalFile) -> None:
    """How the last making ended, and what is there now."""
    progress = file.progress
    if progress is not None and progress.state == "failed":
        st.warning(cards.plain(f"{progress.message} {progress.hint}"), icon=":material/error:")
    elif progress is not None and progress.state == "cancelled":
        st.info(cards.plain(f"{progress.message} {progress.hint}"), icon=":material/pause:")
    if file.index == "ready":
        kind = "Small index" if file.small else "Index"
        parts = [f"{kind} of {index_progress.size(file.index_size)}", file.built]
        st.caption(cards.plain(f"{', '.join(part for part in parts if part)}. {file.engine}".strip()))
    elif file.note and file.index in ("partial", "outdated"):
        st.caption(cards.plain(file.note))


def _actions(file: LocalFile) -> None:
    """Open what is ready; build, go on with, or make what is not."""
    if file.problem is not None:
        if file.key == api.DEMO_SOURCE:
            _build(file, "Make the demo cohort", small=False, first=True)
        return
    if file.index == "building":
        _watch_elsewhere(file.key)
        return
    if file.index == "ready":
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            page = "samples" if not file.n_genes else "gene"
            target = {inputs.SOURCE: file.key, inputs.SPECIES: file.species}
            st.page_link(sidebar.file(page), label="Open", icon=":material/arrow_forward:", query_params=target)
            _build(file, "Build the full index" if file.small else "Build it again", small=False, first=False)
        return
    _offer(file)


def _offer(file: LocalFile) -> None:
    """The two kinds of index, with what each takes."""
    plan = api.index_plan(file.key)
    size = index_progress.size
    has_counts = bool(file.n_genes)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _build(file, "Go on building" if file.index == "partial" else "Build index", small=False, first=True)
        if has_counts:
            _build(file, "Small index", small=True, first=False)
    st.caption(
        f"Roughly {index_progress.duration(plan.seconds)} on two cores. Takes up to {size(plan.building)} of disk space"
        + (f" ({size(plan.small)} in the end for the small one)" if plan.small < 0.8 * plan.full else "")
        + f"; {size(plan.free)} are free. The file itself is never changed."
    )
    if has_counts:
        st.caption(LEFT_OUT)


def _build(file: LocalFile, label: str, small: bool, first: bool) -> None:
    """A button that starts the making in the background; errors of the start are told on the card."""
    pressed = st.button(
        label,
        key=f"{'small' if small else 'build'}-{file.key}",
        type="primary" if first else "tertiary",
        icon=":material/build:" if first else None,
    )
    if pressed:
        api.start_index(file.key, small)
        st.rerun()


def _how(folders: tuple[str, ...], opened: bool) -> None:
    """Where files are looked for, and how to get one."""
    places = ", ".join(cards.plain(folder) for folder in folders) or "no folder"
    with st.expander("How to add a file", icon=":material/add:", expanded=opened, key="how"):
        st.markdown(
            "1. Get a gene file as above, by `python -m backend download archs4 --version 2.5`, or from "
            f"[archs4.org]({DOWNLOADS}). Human v2.5 is about 48 GB. {file_downloads.TERMS}\n"
            f"2. Put it into a folder that is looked through: {places}. Or tell where it is: "
            "`python -m backend add PATH`, or set `EXPRONAUT_DATA` to files and folders before the start.\n"
            "3. It appears here within seconds. Build its index once; the command line does the same: "
            "`python -m backend index FILE`."
        )
