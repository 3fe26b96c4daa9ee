"""One small request to each endpoint of each dialect of ARCHS4, and whether the answer is as we know it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from dataclasses import dataclass

from backend.archs4_live import counts, legacy, sigpy, v1
from backend.archs4_live.service import Served
from backend.errors import ExpronautError

FUNDC1 = ("VBP1", 0.5372708439826965)  # its first partner, as recorded


@dataclass(frozen=True)
class Found:
    """differs: "" when the answer is as promised, else what is not. answers: something came at all."""

    dialect: str
    what: str
    answers: bool
    differs: str


def probe() -> Iterator[Found]:
    """Each endpoint in turn."""
    for dialect, what, ask in PROBES:
        try:
            yield Found(dialect, what, True, ask())
        except ExpronautError as error:
            yield Found(dialect, what, False, str(error))


def table(rows: list[Found]) -> str:
    """As text: one line an endpoint, then one a dialect."""
    lines = [f"{row.dialect:8}{row.what:34}{'answers' if row.answers else '-':9}{row.differs}" for row in rows]
    for dialect in dict.fromkeys(row.dialect for row in rows):
        own = [row for row in rows if row.dialect == dialect]
        lines.append(f"{dialect}: {sum(row.answers for row in own)} of {len(own)} endpoints answer")
    return "\n".join(lines)


def _first_partner() -> str:
    row = legacy.coexpressed("FUNDC1", 1, "fresh").value.iloc[0]
    same = row["gene"] == FUNDC1[0] and abs(row["r"] - FUNDC1[1]) < 1e-6
    return "" if same else f"the first partner of FUNDC1 is {row['gene']} {row['r']:.4f}, not {FUNDC1}"


def _status() -> str:
    sigpy.check_active("fresh")
    return ""


def _listed(genes: tuple[str, ...]) -> str:
    return "" if "TP53" in genes else "TP53 is not in the list"


def _packed() -> str:
    with counts.table(["GSM1000981"], "human", lambda part, done, of: None) as found:
        return "" if found.samples == ("GSM1000981",) else f"it holds {found.samples[:3]}"


def _described() -> str:
    missing = sigpy.descriptions(["GSM1000981"], "human", "fresh").value.attrs["missing"]
    return f"no description of {', '.join(missing)}" if missing else ""


def _some(found: int) -> str:
    return "" if found else "nothing found"


def _answered(kind: Callable[..., Served[Sized]], *asked: object) -> Callable[[], str]:
    """Whether anything at all was found."""
    return lambda: "" if len(kind(*asked, "fresh").value) else "nothing found"


def _with_leaves(known: int, kind: Callable[..., Served[Sized]], *asked: object) -> Callable[[], str]:
    def ask() -> str:
        found = len(kind(*asked, "fresh").value)
        return "" if found == known else f"{found} leaves, not {known}"

    return ask


def _searched(text: str, regex: bool) -> Callable[[], str]:
    return lambda: "" if sigpy.quicksearch(text, "human", regex, "fresh").value[0] else "nothing found"


PROBES: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("sigpy", "status", _status),
    ("sigpy", "atlas, TP53", _with_leaves(72, sigpy.tissue_boxes, "TP53")),
    ("sigpy", "correlation within liver", _answered(sigpy.coexpressed, "ALB", "human", 1, "liver")),
    ("sigpy", "gene list, mouse", _answered(sigpy.genes, "mouse")),
    ("sigpy", "quicksearch", _searched("GSE29282", False)),
    ("sigpy", "quicksearch, expression", _searched("OCI.LY1", True)),
    ("sigpy", "samplemeta", _described),
    ("sigpy", "counts of one sample", _packed),
    ("legacy", "tissues, TP53", _with_leaves(72, legacy.tissue_boxes, "TP53", "human")),
    ("legacy", "tissues, TRP53 of mouse", _with_leaves(58, legacy.tissue_boxes, "TRP53", "mouse")),
    ("legacy", "cell lines, TP53", _answered(legacy.cell_lines, "TP53")),
    ("legacy", "samples of a series", lambda: _some(len(legacy.samples("GSE29282", "human", "fresh").value[0]))),
    ("legacy", "coltop, FUNDC1", _first_partner),
    ("legacy", "colid", lambda: _listed(legacy.genes("fresh").value)),
    ("v1", "zscore, TP53", _answered(v1.zscores, "TP53", "human")),
    ("v1", "correlations, PCNA", _answered(v1.coexpressed, "PCNA", "human", 1)),
    ("v1", "gene, GAPDH", _answered(v1.gene, "GAPDH", "human")),
    ("v1", "samples", _answered(v1.samples, "GSE29282", "human")),
)
