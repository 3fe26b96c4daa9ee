"""Home: what this is in one screen, examples that work, and the table of sources."""

from collections.abc import Sequence

import streamlit as st

from backend import api
from backend.model import SourceInfo
from components import cards, demo_note, inputs, sidebar, source_table

EXAMPLES = (
    (
        "gene",
        "Gene",
        "Where is my gene expressed?",
        (
            ("Albumin, a liver gene", {inputs.GENE: ["ALB"]}),
            ("PD-L1 by its alias", {inputs.GENE: ["PD-L1"]}),
            ("Three hormones side by side", {inputs.GENE: ["INS", "GCG", "TG"], inputs.TOP: "10"}),
        ),
    ),
    (
        "heatmap",
        "Heatmap",
        "How do many genes compare?",
        (
            (
                "Marker genes of 12 organs",
                {inputs.GENES: "ALB,INS,TG,PRM1,UMOD,SFTPC,MYH6,GFAP,KRT5,LIPF,CD3E,CD19"},
            ),
            (
                "Interferon response",
                {inputs.GENES: "IFIT1,IFIT2,IFIT3,ISG15,MX1,MX2,OAS1,OAS2,OAS3,STAT1,STAT2,IRF7,IRF9"},
            ),
            (
                "Cell cycle genes",
                {inputs.GENES: "MKI67,CCNA2,CCNB1,CCNE1,CDK1,CDK2,PCNA,TOP2A,BUB1,AURKA,MCM2,MCM6"},
            ),
        ),
    ),
    (
        "coexpression",
        "Co-expression",
        "With what is it expressed?",
        (
            ("Partners of CD3E", {inputs.SEED: ["CD3E"]}),
            ("Two hops around PCNA", {inputs.SEED: ["PCNA"], inputs.HOPS: "2", inputs.PARTNERS: "10"}),
            ("INS and ALB together", {inputs.SEED: ["INS", "ALB"]}),
        ),
    ),
    (
        "samples",
        "Samples",
        "In which samples?",
        (
            ("Brain, not tumour", {inputs.SEARCH: "brain NOT tumour"}),
            ("Kidney or bladder", {inputs.SEARCH: "kidney OR bladder"}),
            ("Melanoma and glioma", {inputs.SEARCH: "melanoma OR glio*"}),
        ),
    ),
)


def _examples() -> None:
    for column, (path, title, question, links) in zip(st.columns(4, gap="medium"), EXAMPLES, strict=True):
        with column, st.container(border=True, height="stretch", gap="small"):
            st.markdown(f"**{title}**")
            st.caption(question)
            for label, params in links:
                st.page_link(sidebar.file(path), label=label, icon=":material/arrow_forward:", query_params=params)


def _million() -> None:
    """Where the local files are, for those who have none yet."""
    with st.container(border=True, gap="small", key="million", height="stretch"):
        st.markdown("**A million samples**")
        st.caption(
            "Have a file of ARCHS4, such as human\\_gene\\_v2.5.h5 with about a million RNA-seq samples? Index it "
            "once: then all pages work on every one of its samples, on this machine."
        )
        st.page_link(
            sidebar.file("datasets"),
            label="See your files",
            icon=":material/arrow_forward:",
            query_params={inputs.PART: "files"},
        )


LIVE = {inputs.SOURCE: "archs4"}
LIVE_EXAMPLES = (
    ("gene", "ALB over human tissues", LIVE | {inputs.GENE: "ALB"}),
    ("coexpression", "Partners of Trp53 in mouse", LIVE | {inputs.SPECIES: "mouse", inputs.SEED: "Trp53"}),
    ("samples", "Human liver samples, not cancer", LIVE | {inputs.SEARCH: "liver NOT cancer"}),
)


def _live() -> None:
    """How the live ARCHS4 is used, and its terms."""
    with st.container(border=True, gap="small", key="live", height="stretch"):
        st.markdown("**ARCHS4, live**")
        st.caption(
            "Human and mouse tissues, co-expression and samples from the services of ARCHS4. This needs the network. "
            "CC BY-NC-SA 4.0: non-commercial use, with citation."
        )
        for path, label, params in LIVE_EXAMPLES:
            st.page_link(sidebar.file(path), label=label, icon=":material/arrow_forward:", query_params=params)


DEMO_SECTION = "spatial-demo"
SPATIAL_EXAMPLES = (
    ("Mbp in the white matter", {inputs.GENE: ["Mbp"]}),
    ("Cux2 and Foxp2, two layers", {inputs.GENE: ["Cux2", "Foxp2"]}),
    ("The layers themselves", {inputs.GENE: ["Mbp"], inputs.COLOUR: "groups"}),
)


def _spatial() -> None:
    """Genes over a section: of the demo where it is there, else where to begin."""
    with st.container(border=True, gap="small", key="spatial-examples", height="stretch"):
        st.markdown("**Spatial**")
        file, icon = sidebar.file("spatial"), ":material/arrow_forward:"
        st.caption("Where in the section is my gene expressed? h5ad, GEM and GEF files, and data sets of STOmics.")
        if all(one.key != DEMO_SECTION for one in api.sections()):
            st.page_link(file, label="Open a spatial file", icon=icon)
            return
        st.caption("To try it, a SIMULATED mouse cortex:")
        for label, params in SPATIAL_EXAMPLES:
            st.page_link(file, label=label, icon=icon, query_params={inputs.SECTION: DEMO_SECTION} | params)


def _sources() -> tuple[SourceInfo, ...]:
    """The table of sources."""
    infos = api.sources().value
    indexes = {found.key: found.index for found in api.local_files().files}
    source_table.draw(infos, indexes, (api.DEMO_SOURCE,) if demo_note.is_made() else ())
    return infos


def _citations(infos: Sequence[SourceInfo]) -> None:
    """Licence and citation of each source, once for sources that share them."""
    cited: dict[tuple[str, str], list[str]] = {}
    for info in infos:
        cited.setdefault((info.licence, info.citation), []).append(info.title)
    for (licence, citation), titles in cited.items():
        st.caption(cards.plain(f"{', '.join(titles)} ({licence}): {citation}"))


st.title("Where is my gene expressed, with what, and in which samples?")
st.markdown(
    "Type a gene by any of its names, paste a list, or search samples. Every figure downloads as SVG, PDF and PNG "
    "with its numbers, its legend and methods text, and a link that brings the view back. "
    "The bundled data work without a network: **19,784 genes** over **50 normal tissues** and **33 tumour cohorts**."
)
_examples()
st.subheader("Sources")
with cards.guard():
    infos = _sources()
    for column, card in zip(st.columns(3, gap="medium"), (_spatial, _live, _million), strict=True):
        with column:
            card()
    _citations(infos)
