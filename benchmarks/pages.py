"""Server time of each page, cold and warm, and the size of the figures it sends.

    python benchmarks/pages.py [repeats]

Cold: the counter's cache is empty (the bundled files stay in memory, as in a running server); warm: the
same page again. Each figure is the median over `repeats`. The run's own yardstick is a plain numpy
z-score of the whole bundled matrix, so that runs on different machines can be compared by the ratio.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["EXPRONAUT_DEMO"] = "0"  # it would be made meanwhile
logging.disable(logging.WARNING)  # what Streamlit says of running without a browser

import numpy as np  # noqa: E402
import streamlit as st  # noqa: E402
from streamlit.testing.v1 import AppTest  # noqa: E402

from backend import api  # noqa: E402
from backend.sources.hpa_atlas import atlas  # noqa: E402
from components import drawn, heatmap_chart, view  # noqa: E402

VIEWS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("home", "home", {}),
    ("gene, one gene", "gene", {"gene": ["ALB"]}),
    ("gene, six genes, all tissues", "gene", {"gene": ["ALB", "INS", "TG", "PRM1", "UMOD", "MYH6"], "top": "all"}),
    ("heatmap, 20 genes", "heatmap", {}),
    ("heatmap, 500 genes", "heatmap", {"genes": view.packed(list(api.genes("hpa")[:500]))}),
    ("co-expression, one hop", "coexpression", {"seed": ["CD3E"]}),
    ("co-expression, two hops", "coexpression", {"seed": ["PCNA"], "hops": "2"}),
    ("samples", "samples", {"q": "brain"}),
)


def timed(run: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


def opened(page: str, params: dict[str, object]) -> AppTest:
    """A page in a new session, not yet run."""
    at = AppTest.from_file(str(ROOT / "components/frame/main.py"), default_timeout=120)
    for key, value in params.items():
        at.query_params[key] = value
    if page != "home":
        at.switch_page(f"../../pages/{page}.py")
    return at


def measured(page: str, params: dict[str, object], repeats: int) -> tuple[float, float, float]:
    """Cold ms, warm ms, MB of figures."""
    opened(page, params).run()  # imports and files
    cold, warm = [], []
    for _ in range(repeats):
        st.cache_data.clear()
        at = opened(page, params)
        cold.append(timed(at.run))
        warm.append(timed(at.run))
    if at.exception:
        raise SystemExit(f"{page}: {at.exception[0].message}")
    size = sum(len(chart.proto.spec) for chart in at.get("plotly_chart"))
    return median(cold), median(warm), size / 1e6


def heatmap_500() -> float:
    """Milliseconds to fetch, cluster and draw 500 genes, without the page around it."""
    genes = api.genes("hpa")[:500]
    st.cache_data.clear()

    def run() -> None:
        table = api.tissue_profiles("hpa", genes).value
        heatmap_chart.heatmap(drawn.heatmap(table, "log2(nTPM+1)", drawn.HeatmapOptions()), False).to_json()

    return timed(run)


def yardstick() -> float:
    """Milliseconds numpy needs for z over the whole matrix (19,784 x 50)."""
    values = atlas().log_tissue

    def run() -> None:
        (values - np.nanmean(values, axis=1, keepdims=True)) / (np.nanstd(values, axis=1, keepdims=True) + 1e-12)

    return timed(run)


def main() -> None:
    """Print the table."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    unit = median(yardstick() for _ in range(5))
    print(f"yardstick: numpy z over 19,784 x 50 in {unit:.0f} ms; each figure the median of {repeats} runs\n")
    print(f"{'view':32}{'cold ms':>9}{'warm ms':>9}{'warm / yardstick':>18}{'figures MB':>12}")
    for name, page, params in VIEWS:
        cold, warm, size = measured(page, params, repeats)
        print(f"{name:32}{cold:9.0f}{warm:9.0f}{warm / unit:18.2f}{size:12.2f}")
    times = [heatmap_500() for _ in range(repeats)]
    print(f"\n500 genes x 50 tissues fetched, clustered and drawn: {median(times):.0f} ms")


if __name__ == "__main__":
    main()
