"""Add files: what is wanted, what each is taken for, what is wrong with them, then the import."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import streamlit as st

from backend import api
from backend.model import ImportOptions, StudyCheck
from components import cards, inputs, view
from components.own import draft, import_jobs, report, taken
from components.own.draft import NEW, Draft

MOST_MB = 1_000
WANTED = """
| File | What it holds |
|---|---|
| **Expression** | GCT 1.2, a table of genes × samples, ODM's TSV, h5ad or loom. This one is enough to begin. |
| **Samples** | A table with tabs: `Sample Source ID` names the columns of the expression, then any attributes. |
| **Study** | One row: `Study Title`, and what else you want to tell. |
| **Libraries, preparations** | `Library ID` or `Preparation ID`; its samples in `Sample Source ID`, as `S1\\|S2`. |
| **Expression metadata** | Named as its file, `a.gct.tsv` for `a.gct`: `Normalization Method`, `Genome Version`. |
"""


def draw(goal: str) -> None:
    """goal: NEW, the accession of a study that files join, or of a matrix whose next version they are."""
    now = draft.current()
    now.goal = goal
    options = _options(now.options, goal)
    names = draft.names(now)
    _title(options)
    if names:
        with st.expander("Add further files", icon=":material/add:", key="own-further"):
            _field(now, "Further files")
            st.caption(f"A file that is not in the table was cut on its way, or has more than {MOST_MB:,} MB.")
    else:
        _field(now, "Drop the files of one study here, or a ZIP of them")
        st.caption("Everything is checked and shown before anything is stored. It stays on this machine.")
    for problem in now.problems:
        st.warning(cards.plain(problem), icon=":material/error:")
    if names:
        with cards.guard():
            _checked(now, options, names)
        return
    if goal == NEW:
        _example(now)
    if not options.version_of:
        st.markdown(WANTED)


def _options(options: ImportOptions, goal: str) -> ImportOptions:
    """The options with what the address says. Raises nothing: an unknown accession is told by the check."""
    if goal == NEW:
        return options
    is_study = any(one.accession == goal for one in api.own_studies())
    return replace(options, into=goal) if is_study else replace(options, version_of=goal)


def _title(options: ImportOptions) -> None:
    if options.into:
        st.markdown(f"### Add files to {cards.plain(options.into)}")
        st.caption("Further matrices with their metadata; samples, libraries or preparations that are not there yet.")
    elif options.version_of:
        st.markdown(f"### Add the next version of {cards.plain(options.version_of)}")
        st.caption("One expression file, and its metadata if you have them. The version before stays readable.")
    else:
        st.markdown("### Add a study")


def _field(now: Draft, label: str) -> None:
    """The field for files; what is dropped goes aside at once, and the field is empty again."""
    files = st.file_uploader(
        label,
        accept_multiple_files=True,
        key=f"own-files-{now.turn}",
        max_upload_size=MOST_MB,
        help="Packed files (.gz, .zip) are fine. Larger ones: `python -m backend import FOLDER`.",
    )
    if files:
        with st.spinner("Keeping the files aside", show_time=True):
            draft.stage(now, [(one.name, one) for one in files])
        st.rerun()


def _example(now: Draft) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if st.button("Try with the example", icon=":material/play_arrow:", key="own-example"):
            draft.stage(now, api.example_study().items())
            st.rerun()
        st.download_button(
            "Download the example",
            lambda: zipped(api.example_study()),
            "expronaut_example_study.zip",
            "application/zip",
            key="own-example-files",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
    st.caption("Four samples and two genes, one file of each kind: made to try this page, too small to conclude from.")


def zipped(files: dict[str, bytes]) -> bytes:
    """Files in one ZIP."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # the same bytes at any time
    return body.getvalue()


def _checked(now: Draft, options: ImportOptions, names: tuple[str, ...]) -> None:
    with st.spinner("Reading and checking the files", show_time=True):
        found = api.check_study(now.upload, options)
    taken.draw(now, found, names)
    report.draw(now, found)
    _import(now, options, found)


def _import(now: Draft, options: ImportOptions, found: StudyCheck) -> None:
    """The button, as soon as nothing keeps the files out."""
    ready = found.passes and (not found.duplicates or options.allow_duplicates)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        pressed = st.button("Import", key="own-import", type="primary", icon=":material/download:", disabled=not ready)
        st.button("Discard the files", key="own-discard", type="tertiary", on_click=draft.clear)
    if not found.passes:
        st.caption("Nothing is stored until the errors above are mended or accepted.")
    elif not ready:
        st.caption("These files are here already: use what is stored, or tick to store them again.")
    if pressed:
        import_jobs.begin(now, options, found.title)
        view.write_all({inputs.OWN_ADD: []})
        st.rerun()
