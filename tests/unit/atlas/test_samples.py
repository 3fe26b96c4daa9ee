"""The sample table answers as a scan over the file does: same hits, counts, texts; nothing hostile gets through."""

from __future__ import annotations

import re
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend import sample_match, sample_query
from backend.atlas import sample_table
from backend.atlas.sample_codes import MOST
from backend.atlas.samples import PAGE_COLUMNS, ROW_COLUMNS, SampleTable
from backend.errors import BadInput, ExpronautError, NotFound, TooLarge
from backend.model import SAMPLE_COLUMNS
from tests.unit.atlas import sample_files

REGEX_FIELDS = ("sample", "title", "source", "characteristics")


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    return sample_files.write(tmp_path_factory.mktemp("samples") / "file.h5")


@pytest.fixture(scope="module")
def table(layout, tmp_path_factory) -> SampleTable:
    folder = tmp_path_factory.mktemp("index")
    sample_table.build(layout, folder)
    return SampleTable(folder)


@pytest.fixture(scope="module")
def expected(layout) -> pd.DataFrame:
    return sample_files.shown(layout)


def scanned(expected: pd.DataFrame, query: str) -> np.ndarray:
    node = sample_query.parse(query, tuple(expected.columns))
    return np.flatnonzero(sample_query.search(expected, node))


def series_of(expected: pd.DataFrame, places) -> list[list[str]]:
    return [[name for name in text.split(", ") if name] for text in expected["series"].iloc[places]]


QUERIES = (
    "liver",
    "LIVER",
    "liver*",
    "hepat*",
    '"fetal liver"',
    '"liver fetal"',
    "liver fetal",
    "liver OR kidney",
    "liver NOT fetal",
    "liver -(fetal OR kidney)",
    "(liver, kidney) NOT fetal",
    "T-cell",
    "t cell",
    '"t cel"*',
    "CD4+",
    "naive",
    "Sjogren",
    "delivered",
    "1/2",
    "strasse",
    "fibroblast",
    "肝臓",
    "肝*",
    "istanbul",
    "lipofectamine",
    "unknown",
    "μm",
    '"or"',
    "100",
    "omega end",
    '"line two"',
    "title:liver",
    "source:liver",
    'characteristics:"tissue liver"',
    "sample:gsm1000999",
    "gsm10010* liver",
    "series:GSE1",
    "GSE2",
    "gse7*",
    '"gse4 gse5"',
    "tissue:liver",
    "tissue:unlabelled",
    "origin:kidney -tissue:kidney",
    "pool:bulk liver",
    "pool:single-cell -liver",
    "single cell",
    "year:2020",
    "year:20*",
    "instrument:novaseq",
    'instrument:"illumina hiseq 2000" tissue:liver',
    'library_source:"transcriptomic single"',
    "transcriptomic",
    "GSM1000985 GSM1000990, gsm1001000",
    "GSE1 liver",
    "NA",
    "none OR nan OR null",
    "extraction",
    "kits",
    "a*",
    "nothing",
)


WORDS = (
    *("liver", "fetal", "T-cell", "hep*", '"t cel"*', "title:liver", "source:l*", "series:GSE1", "GSE2"),
    *("year:2020", "pool:bulk", "tissue:liver", "female", "instrument:novaseq", "naïve", "nothing"),
)


class TestWords:
    @pytest.mark.parametrize("query", QUERIES)
    def test_hits_are_those_of_a_scan(self, table, expected, query: str) -> None:
        np.testing.assert_array_equal(table.places(query), scanned(expected, query))

    def test_the_queries_are_not_idle(self, expected) -> None:
        counts = [len(scanned(expected, query)) for query in QUERIES]
        assert sum(0 < count < len(expected) for count in counts) > len(QUERIES) * 3 / 4

    @given(
        st.recursive(
            st.sampled_from(WORDS),
            lambda q: st.tuples(q, st.sampled_from(["AND", "OR", "NOT", ""]), q).map(
                lambda p: f"({p[0]}) {p[1]} ({p[2]})"
            ),
            max_leaves=12,
        )
    )
    def test_any_combination_is_that_of_a_scan(self, table, expected, query: str) -> None:
        np.testing.assert_array_equal(table.places(query), scanned(expected, query))

    def test_as_deep_as_a_query_may_be(self, table, expected) -> None:
        query = "fetal"
        for i in range(49):
            query = f"liver OR (cell ({query}))" if i % 3 else f"20* NOT (omega NOT ({query}))"
            if query.count("(") <= sample_query.MAX_NESTING:
                np.testing.assert_array_equal(table.places(query), scanned(expected, query))

    def test_as_many_terms_as_a_query_may_have(self, table, expected) -> None:
        names = [f"GSM{1000981 + i}" for i in range(0, 300, 2)]
        others = [f"w{i}" for i in range(sample_query.MAX_TERMS)]
        taken_away = "liver " + " ".join(f"-{name}" for name in names)
        for query in (" ".join(names), taken_away, " OR ".join(["liver", *others[1:]]), "-".join("a" * 1000)):
            np.testing.assert_array_equal(table.places(query), scanned(expected, query))

    def test_every_letter_is_told_apart_as_in_a_scan(self, tmp_path) -> None:
        """The index must not fold letters in its own way, nor take some for signs."""
        letters = [chr(code) for code in range(128, sys.maxunicode, 7) if unicodedata.category(chr(code))[0] in "LNMS"]
        n = 250
        titles = tuple(" ".join(letters[i::n]) for i in range(n))
        layout = sample_files.write(tmp_path / "file.h5", n, titles=titles)
        sample_table.build(layout, tmp_path)
        table, expected = SampleTable(tmp_path), sample_files.shown(layout)
        words = [set(sample_match.folded_words(title)) for title in expected["title"]]
        for letter in letters[:: len(letters) // 400]:
            if len(folded := sample_match.folded_words(letter)) == 1:
                wanted = [place for place, own in enumerate(words) if folded[0] in own]
                assert table.places(f'title:"{letter}"').tolist() == wanted


class TestPages:
    def test_pages_add_up_in_the_order_of_the_file(self, table, expected) -> None:
        total = table.search("liver", 0, 1).total
        seen = [name for at in range(0, total + 7, 7) for name in table.search("liver", at, 7).rows["sample"]]
        assert seen == expected["sample"].iloc[scanned(expected, "liver")].tolist()
        assert len(seen) == total
        assert table.search("liver", total, 7).rows.empty

    def test_rows_show_the_texts_and_never_what_is_missing(self, table, expected) -> None:
        page = table.search("GSM*", 0, 300)
        assert tuple(page.rows.columns) == PAGE_COLUMNS
        assert set(SAMPLE_COLUMNS) | {"spans", "tissue", "pool", "instrument", "year"} <= set(PAGE_COLUMNS)
        for name in set(expected.columns) - {"series"}:
            assert page.rows[name].tolist() == expected[name].tolist()
        assert page.rows["all_series"].tolist() == expected["series"].tolist()
        assert page.rows["series"].tolist() == [text.split(", ")[0] for text in expected["series"]]
        texts = page.rows.drop(columns="spans")
        assert texts.map(lambda value: isinstance(value, str) and value not in ("None", "nan", "<NA>")).all(axis=None)
        assert (texts[["title", "source", "instrument", "year", "series"]] == "").any().all()

    def test_a_search_without_hits_has_the_columns(self, table) -> None:
        page = table.search("nothing", 0, 10)
        assert (page.total, page.total_series, tuple(page.rows.columns)) == (0, 0, PAGE_COLUMNS)
        assert all(counts == {} for counts in page.facets.values())

    @pytest.mark.parametrize("query", ["liver", "GSE2", "fetal OR kidney", "year:2020", "nothing"])
    def test_series_of_every_hit_count(self, table, expected, query: str) -> None:
        every = {name for names in series_of(expected, scanned(expected, query)) for name in names}
        assert table.search(query, 0, 1).total_series == len(every)

    @pytest.mark.parametrize("query", ["GSM*", "liver", "pool:bulk", "nothing"])
    def test_facets_count_each_hit_once(self, table, expected, query: str) -> None:
        page, hits = table.search(query, 0, 1), expected.iloc[scanned(expected, query)]
        assert list(page.facets) == ["series", "tissue", "instrument", "pool", "year"]
        for name, counts in page.facets.items():
            values = hits[name].str.split(", ").str[0].replace("", "(unknown)")
            assert counts == values.value_counts().to_dict()
            known = [count for value, count in counts.items() if value != "(unknown)"]
            assert known == sorted(known, reverse=True)

    def test_a_facet_with_many_values_loses_no_sample(self, tmp_path) -> None:
        made = sample_files.archs4_files.write(tmp_path / "file.h5", "metadata", samples=200)  # a series each
        sample_table.build(sample_files.detect(made.path), tmp_path)
        page = SampleTable(tmp_path).search("GSM*", 0, 1)
        assert len(page.facets["series"]) == MOST + 2
        assert sum(page.facets["series"].values()) == page.total == 200
        assert list(page.facets["series"])[-2:] == ["(other)", "(unknown)"]

    @pytest.mark.parametrize("facet", ["series", "instrument", "year"])
    def test_what_is_missing_can_be_chosen(self, table, expected, facet: str) -> None:
        page = table.search(f'(liver) AND ({facet}:"(unknown)")', 0, 300)
        wanted = [place for place in scanned(expected, "liver") if not expected[facet][place]]
        assert page.rows["sample"].tolist() == expected["sample"].iloc[wanted].tolist()
        assert page.total == table.search("liver", 0, 1).facets[facet]["(unknown)"] > 0
        assert table.search(f"{facet}:unknown", 0, 1).rows["matched_field"].tolist() == [facet]

    @pytest.mark.parametrize(("offset", "limit"), [(-1, 10), (0, -1)])
    def test_a_page_before_the_first_is_refused(self, table, offset: int, limit: int) -> None:
        with pytest.raises(BadInput):
            table.search("liver", offset, limit)


class TestMatches:
    def test_every_hit_shows_a_word_searched_for(self, table) -> None:
        rows = table.search("liver OR hepat* OR GSE2", 0, 300).rows
        marked = [row.snippet[a:b].casefold() for row in rows.itertuples() for a, b in row.spans]
        assert rows["matched_field"].astype(bool).all()
        assert rows["spans"].map(len).all()
        assert {unicodedata.normalize("NFKC", word)[:3] for word in marked} == {"liv", "hep", "gse"}

    def test_the_users_words_are_shown_before_the_facet(self, table) -> None:
        rows = table.search('(fetal) AND (tissue:"Liver") AND (series:"GSE1")', 0, 300).rows
        assert len(rows)
        assert set(rows["matched_field"]) <= {"title", "characteristics"}
        for row in rows.itertuples():
            assert "fetal" in [row.snippet[a:b].lower() for a, b in row.spans]

    def test_a_word_for_any_field_is_shown_before_one_for_a_field(self, table) -> None:
        assert set(table.search("bulk title:liver", 0, 20).rows["matched_field"]) == {"pool"}

    def test_a_query_of_fields_alone_shows_the_field(self, table) -> None:
        assert set(table.search("pool:bulk", 0, 20).rows["matched_field"]) == {"pool"}


PATTERNS = (
    "liver|kidney",
    "^liver$",
    "rep1?2$",
    r"cd4\+",
    "T.cell",
    "^gse2$",
    "gse1",
    "GSM10010[0-4]",
    r"\bage: 1\d weeks",
    "omega end$",
    "肝",
    "μm",
    "x*",
    "^$",
    "(?s:cortex.line)",
    "nothing",
)


class TestRegularExpressions:
    @pytest.mark.parametrize("pattern", PATTERNS)
    def test_hits_are_those_of_a_scan_with_re(self, table, expected, pattern: str) -> None:
        found = re.compile(pattern, re.IGNORECASE).search
        texts = zip(*(expected[name] for name in REGEX_FIELDS), series_of(expected, slice(None)), strict=True)
        wanted = [i for i, (*own, names) in enumerate(texts) if any(text and found(text) for text in own + names)]
        page = table.search(pattern, 0, 300, regex=True)
        assert table.places(pattern, regex=True).tolist() == wanted
        assert page.rows["sample"].tolist() == expected["sample"].iloc[wanted].tolist()
        assert page.total == len(wanted)
        for row in page.rows.itertuples():
            assert row.matched_field in (*REGEX_FIELDS, "series")
            assert all(found(row.snippet[a:b]) or pattern[0] in "^\\" or pattern[-1] == "$" for a, b in row.spans)

    def test_the_match_is_marked(self, table) -> None:
        rows = table.search("OMEGA end", 0, 5, regex=True).rows
        assert {(row.snippet[a:b], row.matched_field) for row in rows.itertuples() for a, b in row.spans} == {
            ("omega end", "characteristics")
        }
        assert rows["snippet"].str.len().max() <= sample_query.SNIPPET
        assert table.search("^GSE5$", 0, 1, regex=True).rows["snippet"].tolist() == ["GSE5"]

    @pytest.mark.parametrize(("pattern", "column"), [("liver(", "6"), ("a**", "3"), ("[z-a]", "2"), ("(?P<a", "5")])
    def test_a_bad_pattern_names_the_place(self, table, pattern: str, column: str) -> None:
        with pytest.raises(BadInput, match=f"column {column}") as refused:
            table.search(pattern, 0, 1, regex=True)
        assert refused.value.column == column

    @pytest.mark.parametrize("pattern", ["", "  "])
    def test_nothing_to_search_for(self, table, pattern: str) -> None:
        with pytest.raises(BadInput):
            table.places(pattern, regex=True)

    def test_too_long(self, table) -> None:
        table.places("x" * 200, regex=True)
        with pytest.raises(TooLarge):
            table.places("x" * 201, regex=True)

    def test_a_pattern_that_takes_for_ever_is_stopped(self, layout, table, tmp_path) -> None:
        sample_table.build(layout, tmp_path)
        with pytest.raises(TooLarge, match="seconds"):
            SampleTable(tmp_path, patience=0.3).search(r"((\w|\s)+)+#", 0, 1, regex=True)
        assert table.search("liver", 0, 1, regex=True).total


class TestLists:
    def test_places_of_accessions(self, table) -> None:
        places, missing = table.places_of(["gsm1000990", "GSM1", " GSM1000981 ", "GSM1000990", "", "GSM2"])
        assert places.tolist() == [9, 0]
        assert missing == ("GSM1", "", "GSM2")
        assert table.places_of([])[0].dtype == np.int64

    def test_five_thousand_accessions(self, table) -> None:
        places, missing = table.places_of([f"GSM{1000981 + i}" for i in range(5_000)])
        assert places.tolist() == list(range(300))
        assert len(missing) == 4_700

    def test_rows_come_in_the_order_asked(self, table, expected) -> None:
        rows = table.rows([7, 3, 3, 299])
        assert tuple(rows.columns) == ROW_COLUMNS
        assert rows["sample"].tolist() == expected["sample"].iloc[[7, 3, 3, 299]].tolist()
        assert tuple(table.rows([]).columns) == ROW_COLUMNS

    @pytest.mark.parametrize("places", [[-1], [0, 300]])
    def test_a_place_outside_the_file_is_refused(self, table, places) -> None:
        with pytest.raises(BadInput):
            table.rows(places)

    def test_a_series_has_all_its_samples(self, table, expected) -> None:
        every = series_of(expected, slice(None))
        for name in {name for names in every for name in names}:
            assert table.series_places(name.lower()).tolist() == [i for i, names in enumerate(every) if name in names]
        assert table.n_series == len({name for names in every for name in names})

    @pytest.mark.parametrize("name", ["GSE999", "", "GSE", "\ud800", "\0", "' OR 1=1 --"])
    def test_an_unknown_series_is_not_found(self, table, name: str) -> None:
        with pytest.raises(NotFound):
            table.series_places(name)


class TestHostile:
    @given(
        st.text(max_size=60)
        | st.lists(st.sampled_from(['"', "(", "*", ":", "title:", "NEAR", "^a", "a", "-", "'"])).map("".join)
    )
    @example("\ud800")
    @example("\0liver\0")
    @example('a" OR words MATCH "b')
    @example("rowid:1 rank:2 words:3")
    @example("NEAR(a b) + c ^d {title source}:e")
    def test_any_query_answers_as_a_scan_or_with_our_error(self, table, expected, query: str) -> None:
        try:
            wanted = scanned(expected, query)
        except ExpronautError as error:
            with pytest.raises(type(error)):
                table.search(query, 0, 5)
            return
        assert table.search(query, 0, 5).total == len(wanted)

    @pytest.mark.parametrize(
        "pattern",
        ["\ud800", "\0", "[[a]", "(?i:a)", "a(?i)", "(" * 99 + ")" * 99, "a{99999999999}", "(?P=x)", r"\N{x}"],
    )
    def test_any_pattern_answers_or_fails_with_our_error(self, table, pattern: str) -> None:
        try:
            assert table.search(pattern, 0, 5, regex=True).total >= 0
        except ExpronautError as error:
            assert error.hint

    @pytest.mark.parametrize("names", [["\ud800"], ["\0"], ["GSM%", "GSM_"], ["'; DROP TABLE samples; --"]])
    def test_any_name_is_merely_missing(self, table, names: list[str]) -> None:
        assert table.places_of(names)[1] == tuple(names)


def test_many_threads_ask_at_once(table, expected) -> None:
    queries = [
        f"{word} {rest}" for word in ("liver", "cell", "fetal") for rest in ("20*", "-GSE1", "OR kidney", "pool:bulk")
    ]
    with ThreadPoolExecutor(8) as pool:
        totals = list(pool.map(lambda query: table.search(query, 0, 3).total, queries * 4))
    assert totals == [len(scanned(expected, query)) for query in queries] * 4
