"""A matrix, and signals, in the forms that RNAget servers send, written here without the reader of the app."""

from __future__ import annotations

import io
from collections.abc import Sequence

import h5py
import numpy as np

from tests.doubles.rnaget_world import POSITIONS, TRACKS, World, signal

_TEXT = h5py.string_dtype()


def tsv(part: World, title: Sequence[str], headers: Sequence[str], missing: str = "NaN", comment: str = "") -> bytes:
    """title: of one or two label columns."""
    lines = [comment] if comment else []
    lines.append("\t".join([*title, *headers]))
    for own, name, row in zip(part.ids, part.names, part.values, strict=True):
        lines.append("\t".join([own, name][: len(title)] + [number(value, missing) for value in row]))
    return ("\n".join(lines) + "\n").encode()


def number(value: np.float32, missing: str = "NaN") -> str:
    """The shortest text of a float32."""
    return missing if np.isnan(value) else str(value)


def described(part: World) -> list[str]:
    """Headers of the compliance form: sample, condition, tissue."""
    return [", ".join(one) for one in zip(part.samples, part.conditions, part.tissues, strict=True)]


def loom(part: World) -> bytes:
    rows = {"GeneID": part.ids, "GeneName": part.names}
    columns = {"Sample": part.samples, "Condition": part.conditions, "Tissue": part.tissues}
    return _loom(part.values, rows, columns)


def _loom(values: np.ndarray, rows: dict[str, Sequence[str]], columns: dict[str, Sequence[str]]) -> bytes:
    kept = io.BytesIO()
    with h5py.File(kept, "w") as file:
        file.create_dataset("matrix", data=values, compression="gzip")
        for group, given in (("row_attrs", rows), ("col_attrs", columns)):
            for name, texts in given.items():
                file.create_dataset(f"{group}/{name}", data=list(texts), dtype=_TEXT)
        file.create_dataset("attrs/LOOM_SPEC_VERSION", data="3.0.0", dtype=_TEXT)
        for name in ("layers", "row_graphs", "col_graphs"):
            file.create_group(name)
    return kept.getvalue()


def candig_h5(part: World) -> bytes:
    """Samples x features, float64, names of 20 bytes."""
    kept = io.BytesIO()
    with h5py.File(kept, "w") as file:
        file["expression"] = part.values.T.astype("f8")
        file["axis/features"] = np.array([own.encode() for own in part.ids], dtype="S20")
        file["axis/samples"] = np.array([name.encode() for name in part.samples], dtype="S20")
    return kept.getvalue()


def rows_of(part: World) -> list[list[float | None]]:
    """The numbers as JSON has them."""
    return [[None if np.isnan(value) else float(str(value)) for value in row] for row in part.values]


def places(query: dict[str, str]) -> list[int]:
    """Columns of the signals in a region."""
    chromosome, start, end = query.get("chr"), int(query.get("start", 0)), int(query.get("end", 10**9))
    return [place for place, (name, at) in enumerate(POSITIONS) if chromosome in (None, name) and start <= at < end]


def signal_tsv(chosen: Sequence[int]) -> bytes:
    """The form of the compliance suite."""
    lines = ["\t".join(["track", *(f"{POSITIONS[place][0]}:{POSITIONS[place][1]}" for place in chosen)])]
    lines += ["\t".join([name, *map(number, row[list(chosen)])]) for name, row in zip(TRACKS, signal(), strict=True)]
    return ("\n".join(lines) + "\n").encode()


def signal_spec(chosen: Sequence[int]) -> bytes:
    """The form of the specification: a range instead of a header. The places follow each other."""
    (chromosome, first), (_, last) = POSITIONS[chosen[0]], POSITIONS[chosen[-1]]
    lines = ["#labels\tsampleID\tsampleName", f"#range\t{chromosome}:{first}-{last + 1}", "# more"]
    for name, row in zip(TRACKS, signal(), strict=True):
        lines.append("\t".join([name, f"{name}-name", *map(number, row[list(chosen)])]))
    return "\n".join(lines).encode()


def signal_loom(chosen: Sequence[int]) -> bytes:
    names = [f"{POSITIONS[place][0]}:{POSITIONS[place][1]}" for place in chosen]
    return _loom(signal()[:, list(chosen)], {"tracks": TRACKS}, {"position": names})
