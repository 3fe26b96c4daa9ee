"""What an expression file holds, without its numbers, and how the user says it is to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from backend.model_study import Finding
from backend.study_files.tables import AttributeTable

Form = Literal["gct", "tsv", "table", "h5ad", "loom"]
NO_NAME = ("", "na", "null", "nan", "n/a", "-")
_NAMES = ("genesymbol", "genesymbols", "symbol", "hgncsymbol", "genename", "genenames", "gene", "featurename", "name")
SEPARATORS = (".", ",", ":", ";", "_", "-", "/", "\\", "|")


@dataclass(frozen=True)
class ExpressionOptions:
    """How a file is to be read; what is left out is found by looking. GCT needs nothing.

    form: "" for what the content and the name say. n_features: columns of features at the left of a table.
    separator: between sample and measurement in the header of a table, "" for none. layer: of h5ad and loom, "" for
    the main matrix. samples_in_rows: a table with a sample a row, to be turned.
    """

    form: Form | Literal[""] = ""
    n_features: int | None = None
    separator: str = ""
    layer: str = ""
    samples_in_rows: bool = False


@dataclass(frozen=True)
class ExpressionOutline:
    """An expression file that was read once and checked.

    feature_names: titles of the feature columns as the file spells them, the id first. feature_columns: one tuple of
    texts for each of them, a text a feature. numeric_features: those of the titles that hold numbers only.
    columns: what the data columns belong to (samples, libraries, preparations), without the measurement.
    measurements: of each column, ("",) when the header names none. layers: other matrices that the file offers.
    unit: where the file says it, else "". n_missing: cells without a number, of the matrix that `blocks` gives first.
    lowest: NaN when there is no number. samples: what h5ad and loom tell of their columns, which stand first in it, as
    `Sample Source ID`; None for text. stamp: size and time of an h5ad or loom file when it was read.
    """

    file: str
    form: Form
    feature_names: tuple[str, ...]
    feature_columns: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]
    measurements: tuple[str, ...] = ("",)
    options: ExpressionOptions = ExpressionOptions()
    findings: tuple[Finding, ...] = ()
    numeric_features: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    unit: str = ""
    n_missing: int = 0
    lowest: float = float("nan")
    samples: AttributeTable | None = None
    stamp: tuple[int, ...] = ()

    @property
    def feature_ids(self) -> tuple[str, ...]:
        """The first feature column."""
        return self.feature_columns[0] if self.feature_columns else ()

    @property
    def names(self) -> tuple[str, ...]:
        """What each feature is called beside its id, "" where the file does not say."""
        found = self._column_of_names()
        plain = ("" if name.strip().casefold() in NO_NAME else name.strip() for name in found or ())
        return tuple(plain) if found else ("",) * len(self.feature_ids)

    def _column_of_names(self) -> tuple[str, ...] | None:
        """The column that is titled like names, else the only one beside the id; none of sentences or numbers."""
        more = dict(zip(self.feature_names[1:], self.feature_columns[1:], strict=True))
        titles = {_plain(title): column for title, column in more.items() if title not in self.numeric_features}
        titled = next((titles[title] for title in _NAMES if title in titles), None)
        only = next(iter(titles.values())) if len(more) == len(titles) == 1 else None
        column = titled or only
        return column if column and 2 * sum(" " in name for name in column) <= len(column) else None

    @property
    def separator(self) -> str:
        """Between column and measurement in the header, "" for none."""
        return self.options.separator

    @property
    def ok(self) -> bool:
        """Whether `blocks` may be asked: no finding is an error."""
        return not any(one.level == "error" for one in self.findings)


def _plain(title: str) -> str:
    return "".join(sign for sign in title.casefold() if sign.isalnum())
