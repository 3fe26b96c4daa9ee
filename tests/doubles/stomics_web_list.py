"""The list of data sets as STOmics gives it, and errors in each form a server may write them in."""

from __future__ import annotations

from typing import Any

from tests.doubles.http_double import Answer
from tests.doubles.stomics_web_switches import Switches


class Wrong(Exception):
    """An error. detail: a sentence, or the list that tells of parameters (ASSUMED SHAPE)."""

    def __init__(self, status: int, detail: str | list[dict]) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


def problem(wrong: Wrong, form: str) -> Answer:
    """form: one of those of Switches.error_form, each an ASSUMED SHAPE."""
    told = wrong.detail if isinstance(wrong.detail, str) else "; ".join(one["msg"] for one in wrong.detail)
    if form == "text":
        return Answer.text(told, status=wrong.status)
    if form == "html":
        return Answer.html(wrong.status, f"<p>{told}</p>")
    body = {"detail": {"detail": wrong.detail}, "error": {"error": told}, "object": {"error": {"message": told}}}
    return Answer.json(body.get(form, {"message": told}), wrong.status)


def listed(query: dict[str, str], shown: list[dict], switches: Switches) -> dict:
    """A page. ASSUMED SHAPE: `page` and `per_page` are repeated."""
    page, per_page = _whole(query, "page", 1), _whole(query, "per_page", 20)
    if switches.most_per_page and per_page > switches.most_per_page:
        raise _odd("per_page", f"Input should be less than or equal to {switches.most_per_page}")
    found = _sorted(query, _filtered(query, shown), switches)
    moved = int(switches.shift and page > 1)
    items = found[(page - 1) * per_page - moved : page * per_page - moved]
    return {"items": items, "total": len(found) + switches.extra, "page": page, "per_page": per_page}


def _filtered(query: dict[str, str], shown: list[dict]) -> list[dict]:
    text = query.get("q", "").casefold()
    found = [one for one in shown if text in f"{one['title']} {one['accession']}".casefold()]
    if ids := query.get("technology_ids", ""):
        try:
            wanted = {int(one) for one in ids.split(",")}
        except ValueError:
            raise _odd("technology_ids", "Input should be numbers separated by commas") from None
        found = [one for one in found if (int(one["accession"][3:]) - 1) % 3 + 1 in wanted]
    return found


def _sorted(query: dict[str, str], found: list[dict], switches: Switches) -> list[dict]:
    by, order = query.get("sort_by", ""), query.get("sort_order", "asc")
    if not switches.ignores_odd and by not in ("", "download_count"):
        raise _odd("sort_by", "Input should be 'download_count'")
    if not switches.ignores_odd and order not in ("asc", "desc"):
        raise _odd("sort_order", "Input should be 'asc' or 'desc'")
    return sorted(found, key=lambda one: one["download_count"], reverse=order == "desc") if by else found


def _whole(query: dict[str, str], name: str, usual: int) -> int:
    text: Any = query.get(name, usual)
    try:
        value = int(text)
    except ValueError:
        raise _odd(name, "Input should be a valid integer, unable to parse string as an integer") from None
    if value < 1:
        raise _odd(name, "Input should be greater than or equal to 1")
    return value


def _odd(name: str, message: str) -> Wrong:
    return Wrong(422, [{"loc": ["query", name], "msg": message, "type": "value_error"}])
