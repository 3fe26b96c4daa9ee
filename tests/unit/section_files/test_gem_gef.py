"""GEM text and GEF files against the truth they were made from; what is wrong in a GEM is named with its line."""

from __future__ import annotations

import codecs
import gzip
import tempfile
from collections import defaultdict
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from backend import section_files
from backend.errors import BadInput, ExpronautError, NotFound, Stopped, TooLarge
from backend.section import building
from backend.section.store import SectionStore
from backend.section_files import SectionOptions
from tests.doubles import section_files as double


@pytest.fixture(scope="module")
def truth() -> double.Truth:
    return double.made(spots=120, genes=15)


def _same(path: Path, due: double.Truth, options: SectionOptions, folder: Path) -> section_files.SectionOutline:
    """Outline, copy and some single genes are the truth."""
    known = section_files.outline(path, options)
    store = SectionStore(building.write(path, folder / "copy.h5", options, most=200))
    seen = np.flatnonzero(due.values.sum(axis=0) > 0).tolist()
    told = due.ids if known.ids[0].startswith("ENS") else due.names
    assert sorted(known.ids) == sorted(told[place] for place in seen)
    assert list(known.spots["spot"]) == due.spots
    np.testing.assert_allclose(known.positions, due.xy)
    places = [known.ids.index(told[place]) for place in seen]
    np.testing.assert_array_equal(store.rows(places), due.values[:, seen].T)
    np.testing.assert_array_equal(section_files.gene(path, known, places[0]), due.values[:, seen[0]])
    return known


@pytest.mark.parametrize(
    ("name", "version", "count", "exon", "width"),
    [
        ("a.gem", "0.1", "MIDCount", False, 1),
        ("a.gem.gz", "0.2", "MIDCounts", True, 50),
        ("a.txt", "0.2", "UMICount", False, 7),
    ],
)
def test_gem(tmp_path: Path, truth: double.Truth, name: str, version: str, count: str, exon: bool, width: int) -> None:
    path = double.gem(tmp_path / name, truth, version, count, exon)
    known = _same(path, truth.binned(width), SectionOptions(bin=width), tmp_path)
    assert (known.form, known.bin, known.direct) == ("gem", width, False)
    symbols = dict(zip(truth.ids, truth.names, strict=True)) if version == "0.2" else {}
    assert known.names == tuple(symbols.get(one, "") for one in known.ids)


def test_a_mark_before_the_text_is_no_part_of_it(tmp_path: Path, truth: double.Truth) -> None:
    """As editors of Windows put it."""
    path = double.gem(tmp_path / "a.gem", truth, "0.2")
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    _same(path, truth.binned(50), SectionOptions(bin=50), tmp_path)


@pytest.mark.parametrize("heading", ["CellID", "label"])
def test_gem_with_cells(tmp_path: Path, truth: double.Truth, heading: str) -> None:
    path = double.gem(tmp_path / "a.gem.gz", truth, cells=heading)
    known = _same(path, truth.by_cell(), SectionOptions(), tmp_path)
    outside = truth.values[truth.cells == 0].sum()
    assert f"Counts outside of cells are left out: {outside:,.0f}." in known.notes
    assert known.bins[0] == known.bin == 0
    _same(path, truth.binned(50), SectionOptions(bin=50), tmp_path)


def test_the_usual_bin_gives_at_most_200_000_spots(tmp_path: Path) -> None:
    path = tmp_path / "a.gem"
    x, y = np.divmod(np.arange(200_001), 500)
    pd.DataFrame({"geneID": "Sox2", "x": x, "y": y, "MIDCount": 1}).to_csv(path, sep="\t", index=False)
    known = section_files.outline(path)
    assert known.bin == 2
    assert len(known.spots) == len(set(zip((x // 2).tolist(), (y // 2).tolist(), strict=True)))
    assert any("squares of 2" in note for note in known.notes)


def test_cells_numbered_with_a_point(tmp_path: Path) -> None:
    """As pandas writes them where some lines have none."""
    path = tmp_path / "a.gem"
    lines = ("Sox2\t1\t1\t2\t3.0", "Sox2\t9\t9\t5\t0.0", "Gapdh\t3\t1\t2\t3.0", "Sox2\t9\t9\t4\t")
    path.write_text("\n".join(["geneID\tx\ty\tMIDCount\tlabel", *lines]))
    known = section_files.outline(path)
    assert list(known.spots["spot"]) == ["3"]
    np.testing.assert_array_equal(known.positions, [[2.0, 1.0]])
    assert [float(section_files.gene(path, known, place)[0]) for place in (0, 1)] == [2.0, 2.0]


def test_positions_do_not_hide_the_offset_of_the_file(tmp_path: Path, truth: double.Truth) -> None:
    known = section_files.outline(double.gem(tmp_path / "a.gem", truth, offset=(30, 0)))
    assert any("OffsetX=30" in note for note in known.notes)


HEAD = "geneID\tx\ty\tMIDCount\n"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("#FileFormat=GEMv0.1\n" + HEAD + "Sox2\t1\t2\t3\nSox2\t1\tB\t3\n", 4, "y is no number: “B”"),
        (HEAD + "Sox2\t1\t2\n", 2, "3 cells, the header has 4"),
        (HEAD + "Sox2\t1\t2\t3\n\nSox2\t1\t2\t-3\n", 4, "MIDCount is out of range"),
        (HEAD + "Sox2\t1\t2\t3\nSox2\t1\t2\t\n", 3, "MIDCount is no number: “”"),
        (HEAD + "Sox2\t1\t99999999999\t3\n", 2, "y is out of range"),
        (HEAD + "\t1\t2\t3\n", 2, "names no gene"),
        (HEAD + "Sox2\t1\tnan\t3\n", 2, "y is no number"),
        ("geneID\tx\tMIDCount\nSox2\t1\t1\n", 1, "no column y"),
        ("geneID\tx\ty\tx\tMIDCount\nSox2\t1\t1\t1\t1\n", 1, "two columns of one name"),
    ],
)
def test_the_line_of_a_fault_is_told(tmp_path: Path, text: str, line: int, what: str) -> None:
    path = tmp_path / "a.gem"
    path.write_text(text)
    with pytest.raises(BadInput, match=what) as raised:
        section_files.outline(path)
    assert raised.value.line == line
    with pytest.raises(BadInput):
        building.write(path, tmp_path / "out" / "copy.h5", SectionOptions())
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize(("sign", "what"), [(",", "commas"), (";", "semicolons"), (" ", "blanks")])
def test_a_gem_without_tabs_is_told(tmp_path: Path, sign: str, what: str) -> None:
    path = tmp_path / "a.gem"
    path.write_text(("#FileFormat=GEMv0.1\n" + HEAD + "Sox2\t1\t2\t3\n").replace("\t", sign))
    with pytest.raises(BadInput, match=f"a.gem are separated by {what}, as in line 2"):
        section_files.form(path)


def test_a_fault_after_many_lines_has_its_line(tmp_path: Path) -> None:
    """In a later block of text."""
    path = tmp_path / "a.gem.gz"
    text = HEAD + "Sox2\t10000\t20000\t1\n" * 500_000 + "Sox2 1 2 3\n"
    path.write_bytes(gzip.compress(text.encode(), 1))
    with pytest.raises(BadInput, match="Line 500002 of"):
        section_files.outline(path)


def test_a_gem_that_is_cut_or_empty(tmp_path: Path, truth: double.Truth) -> None:
    path = double.gem(tmp_path / "a.gem.gz", truth)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadInput, match="cannot be unpacked"):
        section_files.outline(path)
    (tmp_path / "b.gem").write_text(HEAD)
    with pytest.raises(BadInput, match="no counts"):
        section_files.outline(tmp_path / "b.gem")


def test_too_many_spots_ask_for_a_wider_bin(tmp_path: Path) -> None:
    path = tmp_path / "a.gem"
    path.write_text(HEAD + "Sox2\t0\t0\t1\nSox2\t2000000000\t2000000000\t1\n")
    assert section_files.outline(path).shape == (1, 2)  # far apart, but few


_NAMES = st.sampled_from(["Sox2", "Gapdh", "mt-Co1", "Gène “1”", "#5", '"q"', "NA", "nan", "1e5"])
_PLACES = st.integers(-300, 5_000)
_LINES = st.lists(st.tuples(_NAMES, _PLACES, _PLACES, st.integers(0, 9)), min_size=1, max_size=60)


@limits(max_examples=30, deadline=None)
@given(_LINES, st.sampled_from([1, 5, 50]), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_any_lines_are_summed(lines: list[tuple[str, int, int, int]], width: int, end: str, last: bool) -> None:
    due: dict[tuple[str, int, int], int] = defaultdict(int)
    for name, x, y, count in lines:
        due[name, x // width * width, y // width * width] += count
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.gem")
        rows = ["geneID\tx\ty\tMIDCount", *("\t".join(map(str, line)) for line in lines)]
        path.write_bytes((end.join(rows) + (end if last else "")).encode())
        if not sum(due.values()):
            with pytest.raises(BadInput, match="no counts"):
                section_files.outline(path, SectionOptions(bin=width))
            return
        with section_files.opened(path, SectionOptions(bin=width), Path(folder)) as reading:
            known = reading.outline
            values = [reading.gene(place) for place in range(len(known.ids))]
    told = {
        (name, int(x), int(y)): value
        for name, row in zip(known.ids, values, strict=True)
        for (x, y), value in zip(known.positions, row, strict=True)
        if value
    }
    assert told == {key: count for key, count in due.items() if count}


@limits(max_examples=30, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_are_more_than_an_error_of_ours(raw: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.gem")
        path.write_bytes(HEAD.encode() + raw)
        try:
            assert section_files.outline(path).stored
        except ExpronautError as error:
            assert error.message


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("width", [1, 50])
def test_gef(tmp_path: Path, truth: double.Truth, new: bool, width: int) -> None:
    path = double.gef(tmp_path / "a.gef", truth, bins=(1, 50), new=new, exon=new)
    known = _same(path, truth.binned(width), SectionOptions(bin=width), tmp_path)
    assert (known.form, known.bin, known.bins, known.direct) == ("gef", width, (1, 50), True)
    assert section_files.outline(path).bin == 1
    with pytest.raises(NotFound, match="no bin 20"):
        section_files.outline(path, SectionOptions(bin=20))


def test_gef_with_genes_in_another_order_and_odd_coordinates(tmp_path: Path, truth: double.Truth) -> None:
    path = double.gef(tmp_path / "a.gef", truth, bins=(50,))
    with h5py.File(path, "r+") as changed:
        place = changed["geneExp/bin50"]
        place["gene"][...] = place["gene"][:][::-1]
        rows = place["expression"][:]
        rows["x"] += 3
        place["expression"][...] = rows
    due = truth.binned(50)
    moved = double.Truth(
        due.values, due.names, due.ids, [f"{x + 3:.0f}_{y:.0f}" for x, y in due.xy], due.xy + np.array([3, 0])
    )
    _same(path, moved, SectionOptions(), tmp_path)
    with section_files.opened(path, SectionOptions(), tmp_path) as reading:
        assert not reading.by_gene  # it has to be sorted


def test_gef_reads_one_gene_only(tmp_path: Path, truth: double.Truth) -> None:
    """Rows of another gene may point anywhere."""
    path = double.gef(tmp_path / "a.gef", truth, bins=(1,))
    known = section_files.outline(path)
    with h5py.File(path, "r+") as changed:
        rows = changed["geneExp/bin1/expression"]
        last = rows[-1]
        last["x"] = 999_999
        rows[-1] = last
    np.testing.assert_array_equal(section_files.gene(path, known, 0), truth.binned(1).of(known.ids[0]))
    with pytest.raises(BadInput, match="changed"):
        section_files.gene(path, known, len(known.ids) - 1)


def test_gef_that_is_not_sound(tmp_path: Path, truth: double.Truth) -> None:
    path = double.gef(tmp_path / "a.gef", truth, bins=(1,))
    with h5py.File(path, "r+") as changed:
        genes = changed["geneExp/bin1/gene"][:]
        genes["offset"][-1] += 1
        changed["geneExp/bin1/gene"][...] = genes
    with pytest.raises(BadInput, match=r"bin1 of .* not sound"):
        section_files.outline(path)
    with h5py.File(path, "w") as changed:
        changed.create_group("cellBin/cell")
    with pytest.raises(BadInput, match="GEF of cells"):
        section_files.form(path)


def test_reading_a_gem_can_be_stopped(tmp_path: Path, truth: double.Truth) -> None:
    path = double.gem(tmp_path / "a.gem", truth)

    def tell(part: str, done: int, of: int, unit: str, seconds: float) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        building.write(path, tmp_path / "out" / "copy.h5", SectionOptions(), tell)
    assert not list((tmp_path / "out").glob("*"))


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.gem.gz"
    path.write_bytes(gzip.compress(HEAD.encode() + b"A" * (20 << 20), 1))
    with pytest.raises(TooLarge, match="line"):
        section_files.outline(path)
