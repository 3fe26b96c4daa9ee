"""An omics query as the address holds it: compact JSON, squeezed when long."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, fields
from typing import Any, cast, get_args

from backend.model import OmicsWhat
from components import view
from components.odm.draft import (
    KINDS,
    LONGEST,
    MOST_GENES,
    MOST_ROWS,
    MOST_VALUES,
    OPERATORS,
    PAGES,
    Draft,
    Of,
    Operator,
    Row,
)


def written(draft: Draft) -> str:
    """As text for the address; "" for an empty one."""
    usual = asdict(Draft())
    told = {name: value for name, value in asdict(draft).items() if value != usual[name]}
    if "rows" in told:
        told["rows"] = [[row.of, row.attribute, row.operator, list(row.values)] for row in draft.rows]
    return view.squeezed(json.dumps(told, ensure_ascii=False, separators=(",", ":"))) if told else ""


def read(text: str) -> Draft:
    """The draft of the address. Raises ValueError or BadInput for what is none."""
    if not text:
        return Draft()
    told = json.loads(view.unsqueezed(text, "query"))
    if not isinstance(told, dict) or not set(told) <= {field.name for field in fields(Draft)}:
        raise ValueError(text[:40])
    parts: dict[str, Any] = {}
    for name, value in told.items():
        parts[name] = _READ[name](value)
    return Draft(**parts)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise ValueError(value)
    return value


def _texts(value: Any, most: int) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(value)
    return tuple(_text(one) for one in value)


def _of(value: Any) -> Of:
    if value not in KINDS:
        raise ValueError(value)
    return cast("Of", value)


def _row(value: Any) -> Row:
    of, attribute, operator, values = value
    if operator not in OPERATORS:
        raise ValueError(operator)
    return Row(_of(of), _text(attribute), cast("Operator", operator), _texts(values, MOST_VALUES))


def _rows(value: Any) -> tuple[Row, ...]:
    if not isinstance(value, list) or len(value) > MOST_ROWS:
        raise ValueError(value)
    return tuple(_row(one) for one in value)


def _pairs(value: Any) -> tuple[tuple[Of, str], ...]:
    return tuple((_of(of), _text(text)) for of, text in value)


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _page(value: Any) -> int:
    if value not in PAGES:
        raise ValueError(value)
    return int(value)


def _what(value: Any) -> OmicsWhat:
    if value not in get_args(OmicsWhat):
        raise ValueError(value)
    return cast("OmicsWhat", value)


_READ: dict[str, Any] = {
    "what": _what,
    "rows": _rows,
    "filters": _pairs,
    "texts": _pairs,
    "genes": lambda value: _texts(value, MOST_GENES),
    "threshold": _number,
    "ex_query": _text,
    "versions": _text,
    "measurement": _text,
    "narrower": bool,
    "page": _page,
}
