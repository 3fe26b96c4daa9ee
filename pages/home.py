"""Home: what this is in one screen, examples that work, and the table of sources."""

import pandas as pd
import streamlit as st

from backend import api
from components import inputs, sidebar

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


def _sources() -> None:
    infos = api.sources().value
    capabilities = list(dict.fromkeys(name for info in infos for name in info.capabilities))
    rows = [
        {
            "Source": info.title,
            "Health": info.problem or "ready",
            "Data": f"{info.kind}, {info.version}",
            "Species": ", ".join(info.species),
            **{name: "yes" if name in info.capabilities else "no" for name in capabilities},
            "Home": info.homepage,
        }
        for info in infos
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="sources",
        column_config={"Home": st.column_config.LinkColumn("Home", display_text="open")},
    )
    for info in infos:
        st.caption(f"{info.title} ({info.licence}): {info.citation}")


st.title("Where is my gene expressed, with what, and in which samples?")
st.markdown(
    "Type a gene by any of its names, paste a list, or search samples. Every figure downloads as SVG, PDF and PNG "
    "with its numbers, its legend and methods text, and a link that brings the view back. "
    "The bundled data work without a network: **19,784 genes** over **50 normal tissues** and **33 tumour cohorts**."
)
_examples()
st.subheader("Sources")
_sources()
