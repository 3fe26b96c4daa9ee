"""Data of a study: its expression matrices with their versions, links, how to open, compare and download them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from backend import api
from backend.model import DataVersion, OdmChain, OdmStudy, OmicsQuery
from components import cards, inputs, opened_matrices, view
from components.odm import comparing, data_links, jobs

FACTS = ("Normalization Method", "Genome Version", "Data Class")
HIDDEN = ("genestack:chain", "genestack:versionInChain", "genestack:activeInChain", *FACTS)
PART = "data"


def draw(study: OdmStudy) -> None:
    """The matrices as a table, then the chosen one."""
    if not study.data:
        st.info("The study has no expression data yet, or none that you may see.", icon=":material/info:")
        return
    with st.spinner("Asking for versions", show_time=True):
        chains = api.odm_chains(study.accession).value
    _mixed(chains)
    accessions = [version.accession for chain in chains for version in chain.versions]
    chain, version = _chosen(chains, accessions)
    _version(study, chain, version)
    jobs.here(PART)
    comparing.draw(study, chain, version, called)
    if len(chains) > 1:
        with st.expander(f"All {len(chains)} data groups of the study", icon=":material/table:", key="odm-groups"):
            st.dataframe(table(chains), hide_index=True, key="odm-data")


def fact(version: DataVersion, name: str) -> str:
    """A fact, in words where the server does not tell it."""
    return dict(version.facts).get(name) or "not told"


def label(chain: OdmChain) -> str:
    """What a matrix is called in a list."""
    newest = active(chain)
    pieces = [fact(newest, "Normalization Method"), fact(newest, "Genome Version"), newest.accession]
    if len(chain.versions) > 1:
        pieces.append(f"{len(chain.versions)} versions")
    return " · ".join(pieces)


def active(chain: OdmChain) -> DataVersion:
    """The version that is in force."""
    return next((version for version in chain.versions if version.active), chain.versions[0])


def called(study: OdmStudy, version: DataVersion) -> str:
    """What a version is called as a source; "" for what the counter calls a file without versions."""
    unit = dict(version.facts).get(FACTS[0], "")
    return f"{study.title}, {unit or version.accession} v{version.number}" if version.chain else ""


def table(chains: tuple[OdmChain, ...]) -> pd.DataFrame:
    """One row a version."""
    rows = [
        (
            version.accession,
            *(fact(version, name) for name in FACTS),
            chain.accession or "none",
            version_name(version),
            "yes" if version.key else "no",
        )
        for chain in chains
        for version in chain.versions
    ]
    return pd.DataFrame(rows, columns=["Data group", *FACTS, "Chain", "Version", "Opened here"])


def version_name(version: DataVersion) -> str:
    """ "v3 ACTIVE"; v0 is a file outside of any chain."""
    return f"v{version.number}{' ACTIVE' if version.active else ''}"


def _mixed(chains: tuple[OdmChain, ...]) -> None:
    """A warning before anyone puts unlike numbers together."""
    unlike = []
    for name in FACTS[:2]:
        values = sorted({fact(active(chain), name) for chain in chains})
        if len(values) > 1:
            unlike.append(f"{name} ({', '.join(values)})")
    if unlike:
        words = f"The data groups differ in {' and '.join(unlike)}: their numbers cannot be put together as they are."
        st.warning(cards.plain(words), icon=":material/warning:")


def _chosen(chains: tuple[OdmChain, ...], accessions: list[str]) -> tuple[OdmChain, DataVersion]:
    """The matrix and version of the address; the first active one by default."""
    usual = active(chains[0]).accession

    def parse(text: str) -> str:
        if text not in accessions:
            raise ValueError(text)
        return text

    chosen = view.one(inputs.MATRIX, usual, parse)
    chain = next(chain for chain in chains if any(one.accession == chosen for one in chain.versions))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if len(chains) > 1:
            st.session_state["odm-chain"] = chains.index(chain)
            st.selectbox(
                "Data group",
                range(len(chains)),
                format_func=lambda place: label(chains[place]),
                key="odm-chain",
                on_change=_choose_chain,
                args=(chains,),
            )
        names = {one.accession: version_name(one) for one in chain.versions}
        if chain.accession:
            _versions(names, chosen)
    return chain, next(one for one in chain.versions if one.accession == chosen)


def _versions(names: dict[str, str], chosen: str) -> None:
    st.session_state["odm-version"] = chosen
    st.segmented_control(
        "Version",
        list(names),
        format_func=lambda accession: names.get(accession, accession),
        key="odm-version",
        required=True,
        on_change=_choose_version,
    )


def _choose_chain(chains: tuple[OdmChain, ...]) -> None:
    view.write_all({inputs.MATRIX: [active(chains[st.session_state["odm-chain"]]).accession], inputs.AGAINST: []})


def _choose_version() -> None:
    view.write_all({inputs.MATRIX: [str(st.session_state["odm-version"])], inputs.AGAINST: []})


def _version(study: OdmStudy, chain: OdmChain, version: DataVersion) -> None:
    """Facts, links, and what can be done with it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.code(version.accession, language=None, width="content")
        for name in FACTS:
            told = dict(version.facts).get(name)
            words = f"{name}: {told or 'not told'}"
            st.badge(cards.plain(words), color="gray" if told else "orange")
        if chain.accession:
            st.badge(cards.plain(f"chain {chain.accession}"), color="gray")
    if further := [f"{name}: {value}" for name, value in version.facts if name not in HIDDEN]:
        st.caption(cards.plain(" · ".join(further)))
    if chain.accession and not version.active:
        st.info("This is not the active version. Queries take it only when you name it.", icon=":material/history:")
    data_links.draw(version.accession)
    _actions(study, version)


def _actions(study: OdmStudy, version: DataVersion) -> None:
    title = f"{version_name(version)} {version.accession}" if version.chain else version.accession
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="odm-actions"):
        one = next((one for one in api.opened_selections() if one.key == version.key), None)
        again = one is not None
        if st.button(
            "Open again" if again else "Open as data",
            key="odm-open",
            type="secondary" if again else "primary",
            icon=":material/refresh:" if again else ":material/dataset:",
            help="Fetch the whole matrix; every page then has it as a source",
        ):
            jobs.open_data(OmicsQuery(study=study.accession), version.accession, title, PART, called(study, version))
            st.rerun()
        if st.button(
            "Fetch as CSV", key="odm-csv", icon=":material/download:", help="Streamed, as the server gives it"
        ):
            jobs.fetch_file(version.accession, None, f"CSV of {title}", PART)
            st.rerun()
    if one is not None and not jobs.tells_of(one.key):
        st.caption(cards.plain(f"Opened here: {opened_matrices.facts(one)}"))
        opened_matrices.links(one)
