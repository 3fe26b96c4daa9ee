"""sample_query.py against SQLite's full-text index, plain Python and the words of its own contract."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend import sample_query as limits
from backend.errors import BadInput, ExpronautError, TooLarge
from backend.sample_query import And, Match, Node, Not, Or, Term, first_match, parse, search, terms

FIELDS = ("sample", "series", "title", "source")
RECORDS = pd.DataFrame(
    [
        ("GSM101", "GSE1", "Normal liver, adult", "T-cell depleted biopsy"),
        ("GSM102", "GSE1", "Fetal Liver rep2", "week 12"),
        ("GSM103", "GSE2", "HepG2 hepatocellular carcinoma", "cell line; CD8+ T cells added"),
        ("GSM104", "GSE2", "Kidney cortex", "liver donor"),
        ("GSM105", "GSE3", "livers and kidneys", None),
        ("GSM106", "GSE3", "naïve CD4+ T cell", "délivered by Sjögren clinic"),
    ],
    columns=FIELDS,
)


def found(query: str, records: pd.DataFrame = RECORDS) -> list[str]:
    return list(records["sample"][search(records, parse(query, FIELDS))].str[-1])


def t(*words: str, prefix: bool = False, field: str | None = None) -> Term:
    return Term(words, prefix, field)


class TestMeaning:
    @pytest.mark.parametrize(
        ("query", "samples"),
        [
            ("liver", "124"),  # not livers, not délivered
            ("LIVER", "124"),
            ("liver*", "1245"),
            ("hepat*", "3"),
            ('"fetal liver"', "2"),
            ('"liver fetal"', ""),
            ('"adult t"', ""),  # title ends with adult, source begins with T
            ("liver fetal", "2"),
            ("liver AND fetal", "2"),
            ("liver OR kidney", "124"),
            ("liver NOT fetal", "14"),
            ("liver AND NOT fetal", "14"),
            ("liver -fetal", "14"),
            ('liver -"fetal liver"', "14"),
            ("liver -(fetal OR kidney)", "1"),
            ("liver -source:liver", "12"),
            ("-fetal liver", "14"),
            ("kidney OR liver fetal", "24"),  # AND binds before OR
            ("(kidney OR liver) fetal", "2"),
            ("title:liver", "12"),
            ("TITLE:Liver", "12"),
            ('title:"normal liver"', "1"),
            ("title:hep*", "3"),
            ("T-cell", "16"),
            ("t cell", "136"),  # no phrase: cell line, T cells
            ("cell-T", ""),
            ('"T"-cell', "136"),
            ('"t cel*"', "136"),
            ('"t cel"*', "136"),
            ("CD8+", "3"),
            ("CD8", "3"),
            ("naive", "6"),
            ("NAÏVE", "6"),
            ("Sjogren", "6"),
            ("GSM101 GSM104", "14"),
            ("gsm101, GSM104", "14"),
            ("GSM101;GSE2\r\nGSM106", "1346"),
            ("GSE1 liver", "12"),
            ("GSE1 fetal", "2"),
            ("kidney, fetal", "24"),
            ("kidney, fetal liver,", "24"),  # within an item all words
            ("liver, -fetal", "14"),  # an operator: the comma is no more than a blank
            ("liver or kidney", ""),  # lower case is a word
            ('liver "OR"', ""),
            ("“fetal liver”", "2"),
            ("（liver） NOT ＂fetal＂", "14"),
            ("liver & fetal", "2"),
            ("liver – fetal", "2"),
            ("nothing", ""),
        ],
    )
    def test_finds(self, query: str, samples: str) -> None:
        assert "".join(found(query)) == samples

    def test_comma_between_digits_belongs_to_the_name(self) -> None:
        assert parse("1,25-dihydroxyvitamin D3") == And((t("1", "25", "dihydroxyvitamin"), t("d3")))

    def test_signs_inside_a_name_separate_its_words(self) -> None:
        assert parse('"HLA-A*02:01"') == t("hla", "a", "02", "01")
        assert parse("tissue:liver", FIELDS) == t("tissue", "liver")  # no such field

    def test_different_forms_of_a_letter_are_the_same(self) -> None:
        assert parse(unicodedata.normalize("NFD", "Sjögren")) == parse("SJÖGREN") == t("sjogren")
        assert parse("ＬＩＶＥＲ ﬁbroblast Straße") == parse("liver fibroblast STRASSE")

    def test_fraction_sign_is_its_digits(self) -> None:
        records = pd.DataFrame({"sample": ["GSM1"], "title": ["½ dose"]})
        assert found("1/2", records) == ["1"]

    def test_trademark_does_not_join_the_word(self) -> None:
        records = pd.DataFrame({"sample": ["GSM1"], "title": ["Lipofectamine™ 2000"]})
        assert found("lipofectamine", records) == ["1"]

    def test_missing_and_numbers_are_searched_as_text(self) -> None:
        records = pd.DataFrame({"sample": ["GSM1", "GSM2"], "age": [np.nan, 63], "sex": [None, pd.NA]})
        assert found("nan OR none OR na", records) == []
        assert found("63*", records) == ["2"]

    def test_no_rows_and_repeated_column_names(self) -> None:
        assert search(RECORDS.iloc[:0], parse("liver")).shape == (0,)
        twice = pd.DataFrame([["GSM1", "liver"], ["kidney", "GSM2"]], columns=["title", "title"])
        np.testing.assert_array_equal(search(twice, parse("title:liver", FIELDS)), [True, False])

    def test_field_that_the_records_lack_is_said_not_empty(self) -> None:
        with pytest.raises(BadInput, match="no field tissue"):
            search(RECORDS, parse("tissue:liver", ("tissue",)))


class TestTree:
    def test_flat_and_without_repeats(self) -> None:
        assert parse("a (b c) a") == And((t("a"), t("b"), t("c")))
        assert parse("a OR (b OR a) OR c") == Or((t("a"), t("b"), t("c")))
        assert parse("a (NOT b -c)") == And((t("a"), Not(t("b")), Not(t("c"))))

    def test_double_not_cancels(self) -> None:
        assert parse("NOT NOT a") == t("a")
        assert parse("NOT (-a -b)") == Or((t("a"), t("b")))

    def test_lists_of_terms_or_of_accessions_are_or(self) -> None:
        assert parse("liver, kidney;heart\nlung") == Or((t("liver"), t("kidney"), t("heart"), t("lung")))
        assert parse("E-MTAB-62 ENCSR000AAA") == Or((t("e", "mtab", "62"), t("encsr000aaa")))

    def test_positive_terms_are_those_a_match_can_rest_on(self) -> None:
        node = parse('liver OR (title:"fetal liver" liver -brain -(heart lung))', FIELDS)
        assert terms(node) == (t("liver"), t("fetal", "liver", field="title"))


class TestRefusals:
    @pytest.mark.parametrize(
        ("query", "column", "says"),
        [
            ('liver "fetal', 7, "never closed"),
            ("liver (fetal", 7, "never closed"),
            ("(a AND (b)", 1, "never closed"),
            ("liver)", 6, "closes nothing"),
            (") liver", 1, "closes nothing"),
            ("liver ()", 7, "no word"),
            ('liver ""', 7, "no word"),
            ("liver AND", 7, "AND at column 7 has nothing after"),
            ("OR liver", 1, "OR at column 1 has nothing before"),
            ("liver AND OR fetal", 7, "AND at column 7 has nothing after"),
            ("(OR liver)", 2, "nothing before"),
            ("(liver OR )", 8, "nothing after"),
            ("liver NOT", 7, "NOT at column 7 has nothing after"),
            ("NOT liver", 1, "nothing to take away from"),
            ("-liver -fetal", 1, "nothing to take away from"),
            ("((NOT liver))", 3, "nothing to take away from"),
            ("liver OR NOT brain", 10, "nothing to take away from"),
            ("liver (kidney OR (-brain))", 19, "nothing to take away from"),
            ("liver -fetal OR -brain", 17, "nothing to take away from"),
            ("liver title: fetal", 7, "title: at column 7 has no word after"),
            ('liver tisue:"fetal"', 7, "“tisue” at column 7 is not a field"),
            ("li*er", 1, "not at its end"),
            ("liver *", 7, "no word before"),
        ],
    )
    def test_names_the_place_and_a_way_out(self, query: str, column: int, says: str) -> None:
        with pytest.raises(BadInput) as refused:
            parse(query, FIELDS)
        assert says in refused.value.message
        assert f"column {column}" in refused.value.message
        assert refused.value.column == str(column)
        assert refused.value.hint

    @pytest.mark.parametrize("query", ["", "   ", "\n,;", "+ &", "()"])
    def test_no_word(self, query: str) -> None:
        with pytest.raises(BadInput, match="no word"):
            parse(query)

    def test_limits_are_inclusive(self) -> None:
        parse("x" * 2000)
        parse(" ".join(f"w{i}" for i in range(limits.MAX_TERMS)))
        parse("(" * limits.MAX_NESTING + "x" + ")" * limits.MAX_NESTING)
        parse("(x) " * (limits.MAX_NESTING + 1))  # side by side is not nested

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ("x" * 2001, "2,001 characters"),
            (" ".join(f"w{i}" for i in range(limits.MAX_TERMS + 1)), "201 terms"),
            ("(" * 51 + "x" + ")" * 51, "50 deep"),
            ("(" * 900 + "x", "50 deep"),
        ],
    )
    def test_too_large(self, query: str, says: str) -> None:
        with pytest.raises(TooLarge, match=says):
            parse(query)

    def test_a_long_row_of_not_is_no_nesting(self) -> None:
        assert parse("x " + "NOT " * 401 + "y") == And((t("x"), Not(t("y"))))


def check_shape(node: Node) -> None:
    """What a translation to an index relies on: no NOT without something to take away from."""
    if isinstance(node, Term):
        assert node.words
        assert all(word == word.casefold() and word.strip() for word in node.words)
    elif isinstance(node, Not):
        assert not isinstance(node.part, Not)
        check_shape(node.part)
    else:
        assert len(node.parts) >= 2
        assert not any(isinstance(part, type(node)) for part in node.parts)
        positive = [part for part in node.parts if not isinstance(part, Not)]
        assert positive if isinstance(node, And) else len(positive) == len(node.parts)
        for part in node.parts:
            check_shape(part)


pieces = st.sampled_from(
    ["liver", "T-cell", '"', '"fetal liver"', "(", ")", "AND", "OR", "NOT", "-", "*", "title:", ",", "\n", " ", "ß½™"]
)


@given(st.text(max_size=80) | st.lists(pieces, max_size=30).map("".join) | st.lists(pieces, max_size=30).map(" ".join))
@example("\ud800")
@example("\x00liver\x00")
@example("½ OR ŉ İ ǰ ΐ")
def test_any_text_gives_a_sound_tree_or_one_of_our_errors(text: str) -> None:
    try:
        node = parse(text, FIELDS)
    except ExpronautError as error:
        assert error.hint
        return
    check_shape(node)
    assert terms(node)
    assert search(RECORDS, node).shape == (len(RECORDS),)


@given(st.text(max_size=40))
def test_a_quoted_text_finds_itself_and_shows_where(text: str) -> None:
    quoted = '"' + re.sub('[“”„‟＂"*＊]', " ", text) + '"'
    try:
        node = parse(quoted)
    except BadInput as error:
        assert "no word" in error.message
        return
    assert search(pd.DataFrame({"title": [text]}), node).all()
    match = first_match({"title": text}, node)
    assert match.field == "title"
    assert match.spans


WORDS = ("liver", "fetal", "t", "cell")
Meaning = Callable[[set[str]], bool]
Said = tuple[str, Meaning]


def _combined(inner: st.SearchStrategy[Said]) -> st.SearchStrategy[Said]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda p: (f"({p[0][0]}) OR ({p[1][0]})", lambda s: p[0][1](s) or p[1][1](s))),
        pair.map(lambda p: (f"({p[0][0]}) AND ({p[1][0]})", lambda s: p[0][1](s) and p[1][1](s))),
        pair.map(lambda p: (f"({p[0][0]}) ({p[1][0]})", lambda s: p[0][1](s) and p[1][1](s))),
        pair.map(lambda p: (f"({p[0][0]}) -({p[1][0]})", lambda s: p[0][1](s) and not p[1][1](s))),
        pair.map(lambda p: (f"NOT ({p[1][0]}) {WORDS[0]}", lambda s: WORDS[0] in s and not p[1][1](s))),
    )


said = st.recursive(st.sampled_from(WORDS).map(lambda w: (w, lambda s: w in s)), _combined, max_leaves=8)


@given(said)
def test_any_query_means_what_logic_says(query: Said) -> None:
    text, meaning = query
    subsets = [[w for i, w in enumerate(WORDS) if bits >> i & 1] for bits in range(16)]
    records = pd.DataFrame({"title": [" ".join(subset) for subset in subsets]})
    np.testing.assert_array_equal(search(records, parse(text)), [meaning(set(subset)) for subset in subsets])


def fts5(node: Node) -> str:
    """The tree in the language of SQLite's full-text index."""
    if isinstance(node, Term):
        quoted = f'"{" ".join(node.words)}"' + ("*" if node.prefix else "")
        return f"{node.field} : {quoted}" if node.field else quoted
    if isinstance(node, Or):
        return "(" + " OR ".join(map(fts5, node.parts)) + ")"
    assert isinstance(node, And)
    wanted = " AND ".join(fts5(part) for part in node.parts if not isinstance(part, Not))
    without = [fts5(part.part) for part in node.parts if isinstance(part, Not)]
    return "(" + " NOT ".join([f"({wanted})", *without]) + ")"


simple = st.sampled_from(["liver", "liver*", "T-cell", "CD8+", '"t cel"*', "title:liver", 'source:"t cell"', "c*"])
joined = st.recursive(
    simple,
    lambda q: st.tuples(q, st.sampled_from(["AND", "OR", "NOT", ""]), q).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
    max_leaves=6,
)
prose = st.lists(st.sampled_from(["Liver", "livers", "T-cell", "cell", "t", "CD8+", "(", "naïve"]), max_size=6)


@given(joined, st.lists(st.tuples(prose.map(" ".join), prose.map("_".join)), min_size=1, max_size=5))
def test_agrees_with_a_full_text_index(query: str, rows: list[tuple[str, str]]) -> None:
    node = parse(query, FIELDS)
    records = pd.DataFrame(rows, columns=["title", "source"])
    with sqlite3.connect(":memory:") as index:
        index.execute("CREATE VIRTUAL TABLE samples USING fts5(title, source)")
        index.executemany("INSERT INTO samples VALUES (?, ?)", rows)
        hits = index.execute("SELECT rowid FROM samples WHERE samples MATCH ? ORDER BY rowid", [fts5(node)])
        expected = [row - 1 for (row,) in hits]
    index.close()
    np.testing.assert_array_equal(np.flatnonzero(search(records, node)), expected)


def marked(match: Match) -> list[str]:
    return [match.snippet[start:end] for start, end in match.spans]


class TestFirstMatch:
    RECORD = {"sample": "GSM1", "title": "Fetal liver, T-cell free", "source": "liver; another LIVER"}  # noqa: RUF012

    def match(self, query: str) -> Match:
        return first_match(self.RECORD, parse(query, FIELDS))

    def test_first_field_in_the_records_order(self) -> None:
        found_here = self.match("liver")
        assert (found_here.field, found_here.snippet) == ("title", self.RECORD["title"])
        assert marked(found_here) == ["liver"]

    def test_named_field_only(self) -> None:
        found_here = self.match("source:liver")
        assert found_here.field == "source"
        assert marked(found_here) == ["liver", "LIVER"]

    def test_every_word_of_every_positive_term(self) -> None:
        assert marked(self.match("liver OR t-cell OR fre* OR nothing")) == ["liver", "T", "cell", "free"]

    def test_words_under_not_are_not_marked(self) -> None:
        assert marked(self.match("liver NOT (fetal kidney)")) == ["liver"]

    def test_phrase_marks_its_words_only_where_they_stand_together(self) -> None:
        record = {"title": "cell free, T cell"}
        assert first_match(record, parse('"t cell"')) == Match("title", "cell free, T cell", ((11, 12), (13, 17)))

    def test_no_match_here_is_an_empty_match(self) -> None:
        assert self.match("kidney") == Match("", "", ())
        assert first_match({"title": None, "age": float("nan")}, parse("nan")) == Match("", "", ())

    def test_long_text_is_cut_between_words_around_the_match(self) -> None:
        words = [f"w{i}x" for i in range(60)]
        text = " ".join([*words, "normal liver tissue", *words])
        match = first_match({"title": text}, parse("liver"))
        assert len(match.snippet) <= limits.SNIPPET
        assert match.snippet[0] == match.snippet[-1] == "…"
        assert set(match.snippet[1:-1].replace("normal liver tissue", "").split()) < set(words)
        assert len(match.snippet) > limits.SNIPPET / 2
        assert marked(match) == ["liver"]

    @pytest.mark.parametrize("text", ["liver " + "omega " * 60, "alpha " * 60 + "liver"])
    def test_match_at_an_end_is_shown_without_a_false_ellipsis(self, text: str) -> None:
        match = first_match({"title": text}, parse("liver"))
        assert marked(match) == ["liver"]
        assert match.snippet.startswith("liver") or match.snippet.endswith("liver")
        assert len(match.snippet) > limits.SNIPPET - 10

    def test_lines_become_one_line(self) -> None:
        match = first_match({"title": "tissue: liver\nsex:\tmale"}, parse("male"))
        assert match == Match("title", "tissue: liver sex: male", ((19, 23),))

    @given(st.text(max_size=300), st.sampled_from(["liver", "LIVER", "lïver"]), st.text(max_size=300))
    def test_any_text_gives_a_short_snippet_with_the_word_marked(self, before: str, word: str, after: str) -> None:
        match = first_match({"title": f"{before} {word} {after}"}, parse("liver"))
        assert len(match.snippet) <= limits.SNIPPET
        assert word in marked(match) or {m.lower() for m in marked(match)} & {"liver", "lïver"}
        assert list(match.spans) == sorted(match.spans)

    def test_a_word_longer_than_the_snippet_is_cut(self) -> None:
        match = first_match({"title": "x" * 5000}, parse("x*"))
        assert len(match.snippet) <= limits.SNIPPET
        assert set("".join(marked(match))) == {"x"}
