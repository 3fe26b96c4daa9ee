"""What every source must keep, as classes that its own test inherits.

A test of a source names a few things it knows (a gene, a query ...) and inherits the suites of the
capabilities it has; see test_hpa.py.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from backend import api
from backend.errors import BadInput, ExpronautError, NotFound
from backend.model import (
    COEXPRESSION_COLUMNS,
    PROFILE_COLUMNS,
    SAMPLE_COLUMNS,
    SPECIES,
    Provenance,
    Species,
)
from backend.sources import get, names


class SourceContract:
    """name, gene (one it has), partner (co-expressed with it), query (one that matches samples).

    organism: whose. both_signs, tells_n: of partners. describes: samples come with their series and texts.
    """

    organism: ClassVar[Species] = "human"
    both_signs: ClassVar[bool] = True
    tells_n: ClassVar[bool] = True
    describes: ClassVar[bool] = True
    name: ClassVar[str]
    gene: ClassVar[str]
    other_gene: ClassVar[str]
    partner: ClassVar[str]
    query: ClassVar[str]

    def check(self, provenance: Provenance) -> None:
        """Provenance says source, version, licence and what to cite, and holds no secret."""
        assert provenance.source == self.name
        assert provenance.title
        assert provenance.version
        assert provenance.licence
        assert provenance.citations
        assert all(word not in repr(provenance).casefold() for word in ("token=", "api_key", "bearer "))

    def test_is_registered_and_says_what_it_is(self) -> None:
        source = get(self.name)
        assert self.name in names()
        assert source.homepage.startswith("https://")
        assert set(source.species) <= set(SPECIES)
        assert source.configured() is None

    def test_species_it_lacks_is_not_found(self) -> None:
        for species in set(SPECIES) - set(get(self.name).species):
            with pytest.raises(NotFound):
                api.tissue_profile(self.name, self.gene, species)


class TissueProfileContract(SourceContract):
    def test_profile_has_the_columns_sorted_and_named_units(self) -> None:
        answer = api.tissue_profile(self.name, self.gene, self.organism)
        table = answer.value
        assert set(PROFILE_COLUMNS) <= set(table.columns)
        assert table["tissue"].is_unique
        assert table["median"].dropna().is_monotonic_decreasing
        assert table["z"].dtype == np.float64
        assert answer.provenance.unit
        assert answer.provenance.z_reference
        self.check(answer.provenance)

    def test_unknown_gene_is_not_found_with_a_next_step(self) -> None:
        with pytest.raises(NotFound) as caught:
            api.tissue_profile(self.name, "NOSUCHGENE1", self.organism)
        assert caught.value.hint

    @pytest.mark.parametrize("name", ["", "   "])
    def test_empty_gene_is_bad_input(self, name: str) -> None:
        with pytest.raises(BadInput):
            api.tissue_profile(self.name, name, self.organism)

    def test_many_profiles_keep_the_entered_order_and_name_what_is_missing(self) -> None:
        seen: list[tuple[int, int]] = []
        names = [self.other_gene, "NOSUCHGENE1", self.gene]
        answer = api.tissue_profiles(self.name, names, self.organism, lambda done, of: seen.append((done, of)))
        assert list(dict.fromkeys(answer.value["gene"])) == [self.other_gene, self.gene]
        assert any("NOSUCHGENE1" in note for note in answer.provenance.notes)
        assert seen[-1] == (2, 2)

    def test_many_profiles_equal_single_ones(self) -> None:
        many = api.tissue_profiles(self.name, [self.gene], self.organism).value.set_index("tissue")["z"]
        one = api.tissue_profile(self.name, self.gene, self.organism).value.set_index("tissue")["z"]
        np.testing.assert_array_equal(many.sort_index(), one.sort_index())

    def test_an_answer_is_a_copy(self) -> None:
        table = api.tissue_profile(self.name, self.gene, self.organism).value
        table["z"] = 0.0
        assert api.tissue_profile(self.name, self.gene, self.organism).value["z"].abs().max() > 0


class CoexpressionContract(SourceContract):
    def test_partners_have_the_columns_both_signs_and_no_self(self) -> None:
        answer = api.coexpressed(self.name, self.gene, self.organism, limit=50)
        table = answer.value
        assert tuple(table.columns[: len(COEXPRESSION_COLUMNS)]) == COEXPRESSION_COLUMNS
        assert self.partner in set(table["gene"])
        assert self.gene not in set(table["gene"])
        assert table["r"].abs().is_monotonic_decreasing
        assert (table["r"] > 0).sum() == 50
        assert (table["r"] < 0).sum() == (50 if self.both_signs else 0)
        assert bool(answer.provenance.n) == self.tells_n == bool(table["n"].notna().all())
        self.check(answer.provenance)

    @pytest.mark.parametrize("limit", [1, 7])
    def test_limit_is_honoured(self, limit: int) -> None:
        table = api.coexpressed(self.name, self.gene, self.organism, limit=limit).value
        assert (table["r"] > 0).sum() == limit

    @pytest.mark.parametrize("limit", [0, -1, 100_000])
    def test_limit_out_of_range_is_bad_input(self, limit: int) -> None:
        with pytest.raises(BadInput):
            api.coexpressed(self.name, self.gene, self.organism, limit=limit)


class GeneLookupContract(SourceContract):
    def test_a_gene_is_found_in_any_case(self) -> None:
        answer = api.gene(self.name, self.gene.lower(), self.organism)
        assert answer.value.symbol == self.gene
        self.check(answer.provenance)

    @pytest.mark.parametrize("name", ["😀", "'; DROP TABLE genes; --", "<script>alert(1)</script>", "a" * 500, "\0"])
    def test_hostile_names_raise_only_our_errors(self, name: str) -> None:
        with pytest.raises(ExpronautError):
            api.gene(self.name, name, self.organism)


class SampleSearchContract(SourceContract):
    def test_hits_say_why_and_totals_hold(self) -> None:
        answer = api.search_samples(self.name, self.query, self.organism)
        page = answer.value
        assert set(SAMPLE_COLUMNS) <= set(page.rows.columns)
        assert 0 < len(page.rows) <= page.total
        joined = page.rows["all_series" if "all_series" in page.rows else "series"]  # a sample may belong to several
        series = {name for names in joined for name in names.split(", ") if name}
        assert page.total_series == len(series) or page.total > len(page.rows) or not self.describes
        assert page.total_series > 0
        assert page.rows["matched_field"].astype(bool).all()
        for snippet, spans in zip(page.rows["snippet"], page.rows["spans"], strict=True):
            assert all(snippet[start:end].casefold().startswith(self.query.casefold()[:3]) for start, end in spans)
        self.check(answer.provenance)

    def test_pages_add_up_without_repeats(self) -> None:
        total = api.search_samples(self.name, self.query, self.organism, limit=1).value.total
        seen = [
            sample
            for offset in range(0, total, 3)
            for sample in api.search_samples(self.name, self.query, self.organism, offset, 3).value.rows["sample"]
        ]
        assert len(seen) == len(set(seen)) == total

    def test_facets_add_up(self) -> None:
        page = api.search_samples(self.name, self.query, self.organism).value
        assert all(sum(counts.values()) == page.total for counts in page.facets.values())

    def test_no_hit_is_an_empty_page_and_a_bad_query_an_error(self) -> None:
        assert api.search_samples(self.name, "zzzznothing", self.organism).value.total == 0
        for query in ("", '"open', "brain AND", "(brain"):
            with pytest.raises(BadInput):
                api.search_samples(self.name, query, self.organism)

    @pytest.mark.parametrize(("offset", "limit"), [(-1, 10), (0, 0), (0, 100_000)])
    def test_page_out_of_range_is_bad_input(self, offset: int, limit: int) -> None:
        with pytest.raises(BadInput):
            api.search_samples(self.name, self.query, self.organism, offset, limit)
