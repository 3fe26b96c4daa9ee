"""Paper figures as files: bytes, fonts, metadata, on small and extreme tables."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from backend.errors import BadInput
from components.publication import to_bytes
from tests.unit.paper_material import (
    ABOUT,
    CASES,
    MAGIC,
    MARK,
    MARKED,
    ROOT,
    every_case,
    every_smaller_case,
    figure,
    file,
    words,
)


class TestFiles:
    @every_case
    def test_svg_is_xml_with_text_on_white(self, name: str) -> None:
        svg = file(name, "svg")
        assert svg.startswith(MAGIC["svg"])
        assert plt.get_fignums() == []
        found = words(svg)
        for word in CASES[name][1]:
            assert word in found
        assert (MARK in found) == (name in MARKED)
        page = re.search(rb'<g id="patch_1">\s*<path [^>]*style="fill: (#\w+)', svg)
        assert page is not None
        assert page[1] == b"#ffffff"

    @every_smaller_case
    def test_pdf_is_one_page_of_truetype(self, name: str) -> None:
        pdf = file(name, "pdf")
        assert pdf.startswith(MAGIC["pdf"])
        assert plt.get_fignums() == []
        assert len(re.findall(rb"/Type /Page\b(?!s)", pdf)) == 1
        assert b"/CIDFontType2" in pdf or b"/TrueType" in pdf
        assert b"/Type3" not in pdf
        assert b"CreationDate" not in pdf

    @every_case
    def test_png_is_300_dpi_with_a_clear_margin(self, name: str) -> None:
        assert file(name, "png").startswith(MAGIC["png"])
        assert plt.get_fignums() == []
        with Image.open(io.BytesIO(file(name, "png"))) as image:
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
            pixels = np.asarray(image.convert("RGB"))
        for edge in (pixels[:12], pixels[-12:], pixels[:, :12], pixels[:, -12:]):
            assert (edge == 255).all()

    @pytest.mark.parametrize("name", ["bars long names", "network 60 / 150"])
    @pytest.mark.parametrize("fmt", ["svg", "pdf", "png"])
    def test_same_input_same_bytes(self, name: str, fmt: str) -> None:
        """The figure of file() has been saved in other formats too; this one is new. Heatmaps and pairs: see below."""
        file(name, "svg" if fmt == "pdf" else "pdf")
        assert to_bytes(CASES[name][0](), fmt, ABOUT) == file(name, fmt)

    def test_a_figure_saved_again_is_the_same(self) -> None:
        first = [file("pair 50", fmt) for fmt in ("svg", "pdf", "png")]
        assert [to_bytes(figure("pair 50"), fmt, ABOUT) for fmt in ("svg", "pdf", "png")] == first

    def test_same_bytes_in_another_process(self) -> None:
        code = (
            "import hashlib\nfrom tests.unit import paper_material as t\n"
            "for fmt in ('svg', 'pdf', 'png'): print(hashlib.sha256(t.file('heatmap 24 x 50', fmt)).hexdigest())"
        )
        environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment)
        assert found.returncode == 0, found.stderr
        mine = [hashlib.sha256(file("heatmap 24 x 50", fmt)).hexdigest() for fmt in ("svg", "pdf", "png")]
        assert found.stdout.split() == mine

    def test_threads_do_not_disturb_each_other(self) -> None:
        names = ["bars 1 x 1", "cohorts", "network no edges", "pair 6"] * 2
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda name: to_bytes(CASES[name][0](), "svg", ABOUT), names))
        assert found == [file(name, "svg") for name in names]

    def test_settings_are_left_as_they_were(self) -> None:
        before = dict(mpl.rcParams)
        with mpl.rc_context({"figure.facecolor": "black", "text.color": "white", "svg.fonttype": "path"}):
            dark = to_bytes(CASES["bars 1 x 1"][0](), "svg", ABOUT)
        assert dark == file("bars 1 x 1", "svg")
        assert dict(mpl.rcParams) == before

    def test_unknown_format(self) -> None:
        with pytest.raises(BadInput, match="gif"):
            to_bytes(figure("bars 1 x 1"), "gif", {})


class TestMetadata:
    def test_svg(self) -> None:
        found = file("bars 1 x 1", "svg").decode()
        assert "<dc:title>A figure</dc:title>" in found
        assert "<dc:identifier>https://e.org/?a=1&amp;b=2</dc:identifier>" in found
        assert "<dc:date>" not in found

    def test_pdf(self) -> None:
        found = file("bars 1 x 1", "pdf")
        assert b"/Title (A figure)" in found
        assert b"/Creator (Expronaut)" in found
        assert b"https://e.org/?a=1&b=2" in found

    def test_png(self) -> None:
        with Image.open(io.BytesIO(file("bars 1 x 1", "png"))) as image:
            assert image.text["Source"] == ABOUT["link"]
            assert image.text["Description"] == "What it shows"

    @pytest.mark.parametrize("fmt", ["svg", "pdf", "png"])
    def test_anything_goes_in(self, fmt: str) -> None:
        odd = {
            "URL": "https://e.org",
            "link": "second",
            "note\n": "né\x00 中文 <&> \ud800",
            "empty": "",
            "none": None,
            "n": 3,
        }
        found = to_bytes(figure("bars 1 x 1"), fmt, odd)
        if fmt == "svg":
            about = ElementTree.fromstring(found).find(".//{http://purl.org/dc/elements/1.1/}description")
            assert about is not None
            assert "中文 <&>" in (about.text or "")
            assert "link: second" in (about.text or "")
        if fmt == "png":
            with Image.open(io.BytesIO(found)) as image:
                assert "中文" in image.text["Description"]

    def test_none_at_all(self) -> None:
        assert to_bytes(figure("bars 1 x 1"), "pdf", {}).startswith(b"%PDF")
