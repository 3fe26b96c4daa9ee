"""My sample: counts of the user's against the tissues. Numbers against the file; nothing of it in the URL."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from backend import api
from tests.pages.conftest import (
    AtlasSource,
    Open,
    captions,
    figures,
    link_of,
    messages,
    numbers,
    standing,
    unescaped,
)

EXAMPLE = "own-example"


def values(atlas: AtlasSource, place: int) -> str:
    """A sample of the file as text: Ensembl ids and counts."""
    return "".join(
        f"{gene}\t{count}\n" for gene, count in zip(atlas.raw.ensembl, atlas.raw.counts[:, place], strict=True)
    )


def members(atlas: AtlasSource, tissue: str) -> list[int]:
    """Places of the bulk samples of a tissue."""
    names = api.points(atlas.key, "ALB", tissue).value["sample"]
    return [atlas.raw.samples.index(name) for name in names]


def paste(at, text: str):
    at.text_area[0].set_value(text)
    at.button("own-use").click()
    return at.run()


def pasted(open_page: Open, atlas: AtlasSource, text: str, **options: object):
    return paste(open_page("my_sample", source=atlas.key, **options), text)


def dots(figure) -> pd.Series:
    (points,) = figure["data"]
    return pd.Series(numbers(points["x"]), index=[label.split(" (n")[0].rstrip("*") for label in points["y"]])


def test_a_liver_sample_is_nearest_to_liver(open_page: Open, atlas_source: AtlasSource) -> None:
    liver = members(atlas_source, "Liver")
    at = standing(pasted(open_page, atlas_source, values(atlas_source, liver[0])))
    nearest = dots(figures(at)[0])
    assert nearest.index[0] == "Liver"
    log = np.log2(1 + atlas_source.raw.counts[:, liver] / atlas_source.raw.sizes[liver] * 1e6)
    rho = spearmanr(log[:, 0], log.mean(axis=1)).statistic
    assert nearest["Liver"] == pytest.approx(rho, abs=0.01)
    assert nearest.is_monotonic_decreasing


def test_percentiles_are_shares_of_the_samples_of_a_tissue(open_page: Open, atlas_source: AtlasSource) -> None:
    liver = members(atlas_source, "Liver")
    at = standing(pasted(open_page, atlas_source, values(atlas_source, liver[0]), gene=["ALB", "GFAP"], top="all"))
    for gene, figure in zip(("ALB", "GFAP"), figures(at)[1:], strict=True):
        log = atlas_source.raw.values(gene)
        own, others = log[liver[0]], log[liver]
        low, high = (100 * (others < own - 0.2).mean(), 100 * (others < own + 0.2).mean())
        assert low - 1e-9 <= dots(figure)["Liver"] <= high + 1e-9


def test_the_source_is_marked_and_the_sample_stays_out_of_link_and_address(
    open_page: Open, atlas_source: AtlasSource
) -> None:
    at = standing(pasted(open_page, atlas_source, values(atlas_source, 0), gene=["ALB"]))
    for figure in figures(at):
        assert any("SIMULATED" in note["text"] for note in figure["layout"]["annotations"])
    assert "ENSG" not in str(dict(at.query_params))
    assert set(at.query_params) == {"source", "gene"}
    path, options = link_of(at)
    assert path == "my-sample"
    assert set(options) <= {"source", "species", "gene", "pool", "top", "sort"}
    assert "Nothing leaves this machine" in captions(at)
    again = standing(open_page("my_sample", **options))
    assert not figures(again), "another session holds nothing of the sample"


def test_the_sample_stays_for_the_session_and_can_be_removed(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(pasted(open_page, atlas_source, values(atlas_source, 0)))
    assert figures(at)
    at.selectbox("top").set_value("10")
    standing(at.run())
    assert figures(at)
    at.button("own-remove").click()
    standing(at.run())
    assert not figures(at)


def test_how_many_genes_were_recognised_and_which_not(open_page: Open, atlas_source: AtlasSource) -> None:
    text = values(atlas_source, 0) + "NOSUCH1\t7\nNOSUCH2\t9.5\n"
    at = standing(pasted(open_page, atlas_source, text))
    words = unescaped(" ".join(text.value for text in at.main.markdown))
    assert "2,000 of 2,002 genes recognised" in words
    unknown = next(frame.value for frame in at.main.dataframe if "Name" in frame.value)
    assert list(unknown["Name"]) == ["NOSUCH2", "NOSUCH1"]
    assert list(unknown["Line"]) == [2_002, 2_001]


def test_symbols_with_versions_and_a_header_are_read_from_a_file(open_page: Open, atlas_source: AtlasSource) -> None:
    at = open_page("my_sample", source=atlas_source.key)
    rows = "".join(f"{g}.7,{c}\n" for g, c in zip(atlas_source.raw.ensembl, atlas_source.raw.counts[:, 3], strict=True))
    at.file_uploader[0].set_value(("mine.csv", f"gene_id,count\n{rows}".encode(), "text/csv"))
    standing(at.run())
    assert "Line 1 is read as the header" in captions(at)
    assert "2,000 of 2,000" in unescaped(" ".join(text.value for text in at.main.markdown))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ALB\t1\nINS\tmany\n", "line 2, column 2: “many” is not a count"),
        ("ALB\t1\nINS\t-4\n", "line 2, column 2: -4 is negative"),
        ("ALB\t1\nALB\t4\n", "ALB stands on line 1 and on line 2"),
        ("ALB\t1\nENSG00000163631\t4\n", "line 1 and ENSG00000163631 on line 2 are the same gene"),
        ("", "holds no counts"),
        ("Foo1\t5\n", "None of its genes"),
        ("ALB\t5\n", "Only 1 genes"),
        ("ALB\t0\nINS\t0\n", "no reads"),
    ],
)
def test_what_is_no_sample_is_told(open_page: Open, atlas_source: AtlasSource, text: str, words: str) -> None:
    at = pasted(open_page, atlas_source, text)
    assert not at.exception
    assert not at.error
    assert words in messages(at)


def test_a_bad_file_leaves_the_sample_in_force(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(pasted(open_page, atlas_source, values(atlas_source, 0)))
    before = figures(at)
    at.file_uploader[0].set_value(("mine.tsv.gz", b"\x1f\x8b\x08\x00", "application/gzip"))
    at.run()
    assert "gzip" in messages(at)
    assert figures(at) == before


def test_the_example_is_a_simulated_sample(open_page: Open, atlas_source: AtlasSource) -> None:
    at = open_page("my_sample", source=atlas_source.key)
    at.button(EXAMPLE).click()
    standing(at.run())
    assert dots(figures(at)[0]).index[0] in ("Liver", "Hepatocyte")
    assert api.example_counts("mouse").decode().splitlines()[2].startswith(("A", "T"))


def test_the_file_of_the_example_says_that_it_is_simulated() -> None:
    text = api.example_counts("human").decode()
    assert text.startswith("# SIMULATED")
    counts = pd.read_csv(io.StringIO(text), sep="\t", comment="#")
    assert counts["count"].sum() == pytest.approx(20_000_000, rel=0.01)
    assert counts.set_index("gene")["count"].idxmax() in ("ALB", "APOA2", "SERPINA1", "APOA1", "APOC3", "FGB", "HP")


def test_a_source_without_samples_names_those_that_have_them(open_page: Open, atlas_source: AtlasSource) -> None:
    at = standing(open_page("my_sample"))
    assert "Human Protein Atlas holds no counts of single samples" in messages(at)
    (link,) = at.main.page_link
    assert atlas_source.key in link.proto.query_string
    assert not at.text_area


def test_without_any_such_source_the_page_leads_to_the_datasets(open_page: Open) -> None:
    at = standing(open_page("my_sample"))
    assert [link.proto.page for link in at.main.page_link] == ["datasets"]


def test_an_unknown_gene_is_named_and_the_rest_stands(open_page: Open, atlas_source: AtlasSource) -> None:
    at = pasted(open_page, atlas_source, values(atlas_source, 0), gene=["ALB", "nosuchgene"])
    assert len(figures(standing(at))) == 2
    assert "nosuchgene" in captions(at)
    at = pasted(open_page, atlas_source, values(atlas_source, 0), gene=["nosuchgene"])
    assert len(figures(standing(at))) == 1
    assert "The name is no gene of this source" in messages(at)
