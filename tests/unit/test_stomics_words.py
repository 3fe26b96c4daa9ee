"""What is told of data sets and files of STOmics: unknown sizes stay unknown, links lead to web pages only."""

from __future__ import annotations

import pytest

from backend.model import StomicsDataset, StomicsFile
from components.stomics import words


def file(size: int | None) -> StomicsFile:
    return StomicsFile("1", "a.h5ad", "image", size)


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ([2_000_000, 3_000_000], "2 files, 5 MB in all."),
        ([2_000_000, None, None], "3 files, 2 MB in all; the size of 2 is unknown and not counted."),
        ([None], "1 file; the size of 1 is unknown."),
        ([0], "1 file, 0 kB in all."),
    ],
)
def test_an_unknown_size_is_not_0(sizes: list[int | None], told: str) -> None:
    assert words.total([file(size) for size in sizes]) == told
    assert words.size(file(None)) == "unknown"


@pytest.mark.parametrize(
    ("field", "value", "address"),
    [
        ("pmid", "12345", "https://pubmed.ncbi.nlm.nih.gov/12345/"),
        ("pmid", "12345/../x", ""),
        ("doi", "doi:10.1038/s41586-020-1", "https://doi.org/10.1038/s41586-020-1"),
        ("doi", "10.1/a)[b](x", "https://doi.org/10.1/a%29%5Bb%5D%28x"),
        ("doi", "javascript:alert(1)", ""),
        ("url", "https://a.org/x(y)?q=1 2", "https://a.org/x%28y%29?q=1%202"),
        ("url", "javascript:alert(1)", ""),
        ("url", "//a.org", ""),
        ("url", "http://[", ""),
        ("journal", "https://a.org", ""),
    ],
)
def test_only_addresses_of_web_pages_become_links(field: str, value: str, address: str) -> None:
    assert words.address(field, value) == address


def test_only_what_is_told_is_shown() -> None:
    bare = StomicsDataset("STD0001", "A section")
    assert words.facts(bare) == ""
    assert words.table(bare) == []
    told = StomicsDataset("STD0001", "A section", 0, ((None, "Visium"), (3, "MERFISH")), n_spots=0)
    assert words.facts(told) == "Visium, MERFISH · 0 spots · 0 downloads"
    assert ("Technology", "Visium, MERFISH (id 3)") in words.table(told)
