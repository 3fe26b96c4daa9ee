"""Samples: counts and hits are those of the records, facets narrow and widen, the basket stays."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from components import basket
from tests.pages.conftest import Atlas, Open, captions, link_of, messages, standing, unescaped

Record = dict[str, str]


@pytest.fixture
def records(atlas: Atlas) -> list[Record]:
    """The 83 records as the data files describe them."""
    tissues = [
        {"title": title, "system": system, "kind": "normal tissue", "unit": "consensus nTPM"}
        for title, system in zip(atlas.tissues, atlas.systems, strict=True)
    ]
    cohorts = [
        {"title": row.name, "system": row.system, "kind": "tumour cohort", "unit": row.unit, "key": row.key}
        for row in atlas.cohorts.itertuples(index=False)
    ]
    return tissues + cohorts


def words(record: Record) -> list[str]:
    return re.findall(r"[a-z0-9]+", " | ".join(record.values()).lower())


def shown(at) -> list[str]:
    """Titles of the hits of this page."""
    return [unescaped(box.label).split("**")[1] for box in at.checkbox]


def counted(at) -> tuple[int, int]:
    """Samples and series that match."""
    line = next(text.value for text in at.main.markdown if "** in **" in text.value)
    samples, series = re.findall(r"\*\*([\d,]+) ", line)
    return int(samples.replace(",", "")), int(series.replace(",", ""))


def search(at, text: str):
    at.text_input("q").set_value(text)
    return standing(at.run())


def press(at, label: str):
    next(button for button in at.button if unescaped(button.label).startswith(label)).click()
    return standing(at.run())


def everything(at) -> list[str]:
    """The hits of every page, by turning the pages."""
    titles = shown(at)
    if len(at.pagination):
        for number in range(2, at.pagination[0].num_pages + 1):
            at.pagination[0].select(number)
            titles += shown(standing(at.run()))
    return titles


def has(*wanted: str) -> Callable[[Record], bool]:
    return lambda record: any(word in words(record) for word in wanted)


QUERIES: dict[str, Callable[[Record], bool]] = {
    "brain": has("brain"),
    "BRAIN": has("brain"),
    "brain eye": lambda r: has("brain")(r) and has("eye")(r),
    "brain OR eye": has("brain", "eye"),
    "brain, eye": has("brain", "eye"),
    "brain NOT tumour": lambda r: has("brain")(r) and not has("tumour")(r),
    "brain -tumour": lambda r: has("brain")(r) and not has("tumour")(r),
    "(kidney OR liver) AND tumour": lambda r: has("kidney", "liver")(r) and has("tumour")(r),
    '"bone marrow"': lambda r: "bone marrow" in " ".join(words(r)),
    '"lymphoid marrow"': lambda r: "lymphoid marrow" in " ".join(words(r)),
    "glio*": lambda r: any(word.startswith("glio") for word in words(r)),
    "title:liver": lambda r: "liver" in r["title"].lower().split(),
    "kind:tumour": lambda r: r["kind"] == "tumour cohort",
    'system:"male tissues"': lambda r: r["system"] == "Male tissues",
    "unit:TPM": lambda r: r["unit"] == "median TPM",
    "HPA:liver, HPA:thyroid_gland, TCGA:GBM": lambda r: (
        r["title"] in ("Liver", "Thyroid gland") or r.get("key") == "GBM"
    ),
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_finds_the_records_it_means(open_page: Open, records: list[Record], query: str) -> None:
    wanted = [record for record in records if QUERIES[query](record)]
    at = standing(open_page("samples", q=query))
    if not wanted:
        assert "No sample matches." in messages(at)
        assert counted(at) == (0, 0)
        return
    # all tissues are one series, each cohort is its own
    series = len({record.get("key", "") for record in wanted})
    assert counted(at) == (len(wanted), series)
    assert sorted(everything(at)) == sorted(record["title"] for record in wanted)


def test_a_first_visit_shows_hits_with_the_matched_words_lit(open_page: Open) -> None:
    at = standing(open_page("samples"))
    assert at.text_input("q").value == "brain"
    assert "Cerebral cortex" in shown(at)
    why = [caption.value for caption in at.main.caption if "matched" in caption.value]
    assert len(why) == len(shown(at))
    assert all("matched system: " in text or "matched title: " in text for text in why)
    assert all(":primary-background[Brain]" in text for text in why)


def test_facets_count_narrow_and_widen(open_page: Open, records: list[Record]) -> None:
    brain = [record for record in records if has("brain")(record)]
    tumours = [record for record in brain if record["kind"] == "tumour cohort"]
    at = standing(open_page("samples", q="brain"))
    labels = {unescaped(button.label) for button in at.button}
    assert f"tumour cohort ({len(tumours)})" in labels
    assert f"Brain ({len(brain)})" in labels
    press(at, "tumour cohort (")
    assert counted(at)[0] == len(tumours)
    assert sorted(shown(at)) == sorted(record["title"] for record in tumours)
    assert at.query_params == {"q": "brain", "only": "kind:tumour cohort"}
    again = standing(open_page("samples", **at.query_params))
    assert shown(again) == shown(at)
    search(again, "liver AND HPA")  # no tumour cohort is there, and the empty list says why
    assert "narrow the search" in messages(again)
    assert {text.value for text in again.markdown} & {"**Kind**", "**System**", "**Unit**"} == {"**Kind**"}
    press(at, "tumour cohort (")
    assert counted(at)[0] == len(brain)
    assert "only" not in at.query_params


def test_facets_of_one_group_add_up_and_of_two_groups_cut(open_page: Open, records: list[Record]) -> None:
    at = standing(open_page("samples", q="tumour", only=["system:Brain", "system:Eye"]))
    wanted = [r for r in records if r["kind"] == "tumour cohort" and r["system"] in ("Brain", "Eye")]
    assert sorted(shown(at)) == sorted(record["title"] for record in wanted)
    at = standing(open_page("samples", q="tumour", only=["system:Brain", "unit:median FPKM"]))
    wanted = [r for r in records if (r["kind"], r["system"], r["unit"]) == ("tumour cohort", "Brain", "median FPKM")]
    assert sorted(shown(at)) == sorted(record["title"] for record in wanted)
    clicked = press(press(standing(open_page("samples", q="tumour")), "Brain ("), "median FPKM (")
    assert clicked.query_params["only"] == ["system:Brain", "unit:median FPKM"]
    assert shown(clicked) == shown(at)
    press(clicked, "Brain (")
    assert clicked.query_params["only"] == "unit:median FPKM"


def test_a_facet_narrows_a_list_too(open_page: Open) -> None:
    at = press(standing(open_page("samples", q="HPA:liver, HPA:kidney, TCGA:GBM")), "normal tissue (2)")
    assert shown(at) == ["Kidney", "Liver"]


@pytest.mark.parametrize("only", ["foo:bar", "kind", "kind:", 'x) OR (title:"kidney', ":"])
def test_a_facet_that_is_not_there_is_left_out_and_told(open_page: Open, only: str) -> None:
    at = standing(open_page("samples", q="liver", only=[only]))
    assert f"The link asks for only = “{only}”, which is not there; it is left out." in messages(at)
    assert shown(at) == shown(open_page("samples", q="liver"))
    assert "only" not in link_of(at)[1]


def test_pages_turn_and_hold_every_hit_once(open_page: Open, records: list[Record]) -> None:
    at = standing(open_page("samples", q="tissue"))
    wanted = sorted(record["title"] for record in records if has("tissue")(record))
    assert len(wanted) > 40
    assert len(shown(at)) == 20
    assert f"1 to 20 of {len(wanted)}" in captions(at)
    assert at.pagination[0].num_pages == -(-len(wanted) // 20)
    at.pagination[0].select(2)
    standing(at.run())
    assert at.query_params["page"] == "2"
    assert f"21 to 40 of {len(wanted)}" in captions(at)
    again = standing(open_page("samples", **at.query_params))
    assert shown(again) == shown(at)
    page, options = link_of(at)
    assert shown(open_page(page, **options)) == shown(at)
    assert sorted(everything(open_page("samples", q="tissue"))) == wanted


def test_a_new_search_starts_on_its_first_page(open_page: Open) -> None:
    at = search(standing(open_page("samples", q="median", page="2")), "liver")
    assert "page" not in at.query_params
    assert "Liver" in shown(at)
    assert captions(at).startswith("1 to ")


@pytest.mark.parametrize("page", ["9", "100000"])
def test_a_page_behind_the_last_is_told_and_the_first_is_shown(open_page: Open, page: str) -> None:
    at = standing(open_page("samples", q="median", page=page))
    assert f"The link asks for page = “{page}”" in messages(at)
    assert shown(at) == shown(open_page("samples", q="median"))


def basket_line(at) -> str:
    return next((link.value for link in at.sidebar.page_link if link.value.startswith("Basket")), "")


def go(at, page: str):
    at.query_params.clear()
    at.switch_page(f"../../pages/{page}.py")
    return standing(at.run())


def test_the_basket_stays_across_searches_and_pages(open_page: Open) -> None:
    at = standing(open_page("samples", q="liver"))
    assert basket_line(at) == ""
    at.checkbox("in-basket-HPA:liver").check()
    standing(at.run())
    assert basket_line(at) == "Basket: 1 sample"
    search(at, "kidney")
    at.checkbox("in-basket-HPA:kidney").check()
    standing(at.run())
    for page in ("gene", "heatmap", "coexpression"):
        assert basket_line(go(at, page)) == "Basket: 2 samples"
    go(at, "samples")
    search(at, "liver")
    assert at.checkbox("in-basket-HPA:liver").value is True
    table = at.expander("basket-card").dataframe[0].value
    assert list(table["sample"]) == ["HPA:liver", "HPA:kidney"]
    assert set(table["data"]) == {"Human Protein Atlas"}
    assert basket.file_name(table, ".csv") == "expronaut_basket.csv"
    at.checkbox("in-basket-HPA:liver").uncheck()
    standing(at.run())
    assert basket_line(at) == "Basket: 1 sample"
    press(at, "Empty the basket")
    assert basket_line(at) == ""
    assert not any(box.value for box in at.checkbox)


def test_a_whole_page_goes_into_the_basket_once(open_page: Open) -> None:
    at = standing(open_page("samples", q="median"))
    press(press(at, "Add this page"), "Add this page")
    assert basket_line(at) == "Basket: 20 samples"
    assert all(box.value for box in at.checkbox)


@pytest.mark.parametrize("only", [[], ["kind:normal tissue"]])
@pytest.mark.parametrize(
    ("query", "column"),
    [
        ("liver AND", 7),
        ("OR liver", 1),
        ('liver "open', 7),
        ("(liver", 1),
        ("liver)", 6),
        ("liver () kidney", 7),
        ("foo:(x", 5),
        ("NOT liver", 1),
        ("li*er", 1),
        ("liver *", 7),
        ('liver ""', 7),
        ('nofield:"x"', 1),
    ],
)
def test_a_query_that_cannot_be_read_names_the_column(
    open_page: Open, query: str, column: int, only: list[str]
) -> None:
    at = standing(open_page("samples", q=query, only=only) if only else open_page("samples", q=query))
    assert f"at column {column} " in messages(at)
    assert len(at.info) == 1
    assert not shown(at)
    assert at.text_input("q").value == query, "the text stays, to be mended"


@pytest.mark.parametrize("query", ["", "   "])
def test_an_empty_query_says_what_to_type(open_page: Open, query: str) -> None:
    at = search(open_page("samples"), query)
    assert "Type what the samples should be about" in messages(at)
    assert not shown(at)


def test_a_query_without_hits_says_what_to_try(open_page: Open) -> None:
    at = standing(open_page("samples", q="xenobiology"))
    assert "No sample matches." in messages(at)
    assert "colon" not in messages(at)
    assert counted(at) == (0, 0)


def test_a_query_by_an_unknown_field_says_what_a_colon_means(open_page: Open) -> None:
    at = standing(open_page("samples", q="organ:liver"))
    assert "A word before a colon is a field only where the help of the search box names it." in messages(at)
    assert "tissue:liver" in at.text_input("q").help


def test_the_query_goes_into_the_address(open_page: Open) -> None:
    at = search(open_page("samples"), "kidney OR bladder")
    assert at.query_params == {"q": "kidney OR bladder"}
    assert shown(open_page("samples", **at.query_params)) == shown(at)
    page, options = link_of(at)
    assert shown(open_page(page, **options)) == shown(at)
