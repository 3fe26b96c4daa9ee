"""Reading the files that are imported: attribute tables, GCT 1.2, and expression tables. Its own small reader."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from dataclasses import dataclass

import numpy as np

from tests.doubles.odm_web_world import Metadata

_PLAIN = re.compile(r"[-+]?\d+(\.\d*)?(e[-+]?\d+)?(\t[-+]?\d+(\.\d*)?(e[-+]?\d+)?)*")
_MISSING = {"", "nan", "null", "n/a", "n\\a", "na", "filtered"}


class Broken(Exception):
    """The file breaks a rule."""


@dataclass
class Table:
    """An expression file. values: (features, columns, measurements)."""

    form: str
    names: tuple[str, ...]
    numeric: tuple[bool, ...]
    features: list[tuple[object, ...]]
    columns: list[str]
    measurements: tuple[str, ...]
    values: np.ndarray


def plain(data: bytes) -> str:
    """The text of a file, out of .gz or .zip."""
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read(archive.namelist()[0])
    return data.decode("utf-8-sig")


def rows_of(text: str) -> list[list[str]]:
    return [line.rstrip("\r").split("\t") for line in text.split("\n") if line.rstrip("\r")]


def attributes(text: str) -> list[Metadata]:
    """The records of an attribute table; lists where a cell holds several values."""
    rows = rows_of(text)
    if not rows:
        raise Broken("The file is empty")
    names = [name.strip() for name in rows[0]]
    if "" in names or max(map(len, names)) > 255:
        raise Broken("An attribute has no name, or one that is too long")
    if len(set(names)) != len(names):
        raise Broken(f"Duplicated attributes: {sorted({name for name in names if names.count(name) > 1})}")
    records = []
    for row in rows[1:]:
        if any(cell.strip() for cell in row[len(names) :]):
            raise Broken("A row has more cells than there are attributes")
        cells = {name: value for name, cell in zip(names, row, strict=False) if (value := _value(cell)) is not None}
        records.append(cells)
    return records


def _value(cell: str) -> str | list[str] | None:
    parts = [part.replace("\0", "|").strip() for part in cell.replace("||", "\0").split("|")]
    filled = [part for part in parts if part]
    return None if not filled else filled[0] if len(parts) == 1 else filled


def unique(records: list[Metadata], name: str) -> None:
    """Broken, unless every record has a value of its own."""
    values = [str(one.get(name) or "") for one in records]
    if "" in values or not values:
        raise Broken(f"Attribute '{name}' is missing or empty")
    if len(set(values)) != len(values):
        raise Broken(f"Values of '{name}' are not unique")


def gct(text: str) -> Table:
    """GCT 1.2."""
    lines = [line.rstrip("\r").split("\t") for line in text.split("\n") if line.rstrip("\r")]
    if len(lines) < 3 or lines[0][0] != "#1.2":
        raise Broken("The first line of a GCT file must be #1.2")
    header, body = lines[2], lines[3:]
    if [name.lower() for name in header[:2]] != ["name", "description"]:
        raise Broken("The header must begin with Name and Description")
    columns = header[2:]
    told, real = lines[1][:2], [str(len(body)), str(len(columns))]
    if told != real:
        raise Broken(f"Dimensions are {told} in line 2, but {real} in the matrix")
    features = [row[0] for row in body]
    if "" in features or len(set(features)) != len(features) or len(set(columns)) != len(columns):
        raise Broken("Names of features and columns must be filled and unique")
    values = _numbers([row[2:] for row in body], len(columns))
    return Table("gct", ("feature",), (False,), [(one,) for one in features], columns, ("value",), values[:, :, None])


def measured(text: str, feature_columns: int, separator: str) -> Table:
    """A table with so many feature columns at the left; the headers of the others may name measurements."""
    rows = rows_of(text)
    header, body = rows[0], rows[1:]
    if not 0 < feature_columns < len(header) or "" in header:
        raise Broken("numberOfFeatureAttributes does not fit the columns")
    numbers = _numbers([row[feature_columns:] for row in body], len(header) - feature_columns)
    cuts = [_cut(name, separator) for name in header[feature_columns:]]
    columns, measurements = (list(dict.fromkeys(one[place] for one in cuts)) for place in (0, 1))
    if len(set(cuts)) != len(cuts) or len(cuts) != len(columns) * len(measurements):
        raise Broken("Samples have different measurements, or columns come twice")
    values = np.full((len(body), len(columns), len(measurements)), np.nan)
    for place, (column, measurement) in enumerate(cuts):
        values[:, columns.index(column), measurements.index(measurement)] = numbers[:, place]
    cells = [[_feature(row[place]) for row in body] for place in range(feature_columns)]
    numeric = tuple(all(isinstance(one, (float, type(None))) for one in column) for column in cells)
    texts = [
        column if is_number else [row[place] or None for row in body]
        for place, (column, is_number) in enumerate(zip(cells, numeric, strict=True))
    ]
    names = tuple(header[:feature_columns])
    return Table("tsv", names, numeric, list(zip(*texts, strict=True)), columns, tuple(measurements), values)


def _cut(name: str, separator: str) -> tuple[str, str]:
    if not separator:
        return name, "value"
    column, found, measurement = name.partition(separator)
    if not found:
        raise Broken(f"Column '{name}' has no separator {separator}")
    return column, measurement


def _feature(text: str) -> float | str | None:
    if text.strip().lower() in _MISSING:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _numbers(rows: list[list[str]], width: int) -> np.ndarray:
    made = np.full((len(rows), width), np.nan)
    for place, row in enumerate(rows):
        if len(row) != width:
            raise Broken(f"Row {place + 1} has {len(row)} values, not {width}")
        plain_numbers = "" not in row and _PLAIN.fullmatch("\t".join(row)) is not None
        made[place] = [(float if plain_numbers else _number)(cell) for cell in row]
    return made


def _number(cell: str) -> float:
    text = cell.strip()
    if text.lower() in _MISSING:
        return np.nan
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?Inf", text):
        raise Broken(f"'{text}' is not a number")
    return float(text)
