"""Requests as people can send them elsewhere: address, curl, Python. The token is read from an environment variable."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from backend.model_odm import OdmRequest, OmicsQuery, OmicsWhat
from backend.odm import omics
from backend.odm.server import Server

VARIABLE = "ODM_TOKEN"
_TITLES: dict[OmicsWhat, str] = {"samples": "Samples", "expression": "Expression", "groups": "Data groups"}


def of_query(server: Server, query: OmicsQuery, what: OmicsWhat) -> tuple[OdmRequest, ...]:
    """The first page of each request of a query; the Python goes on by the cursor to the end."""
    asked = list(omics.requests(query, what))
    many = len(asked) > 1
    return tuple(
        _request(server, f"{_TITLES[what]}{f' ({place} of {len(asked)})' if many else ''}", omics.ROUTES[what], params)
        for place, params in enumerate(asked, start=1)
    )


def of_stream(server: Server, query: OmicsQuery, group: str) -> OdmRequest:
    """The data of a group as CSV."""
    return _request(server, "Streamed data", omics.STREAMED, omics.streamed_params(query, group), _SAVE)


def _request(server: Server, title: str, route: str, params: Mapping[str, str | int], reading: str = "") -> OdmRequest:
    url = server.address(route, params)
    name, before = ("Authorization", "Bearer ") if server.odm.bearer else ("Genestack-API-Token", "")
    curl = f'curl --fail-with-body -H "{name}: {before}${VARIABLE}" {shlex.quote(url)}'
    listed = "".join(f"    {key!r}: {value!r},\n" for key, value in params.items())
    value = f'os.environ["{VARIABLE}"]'
    python = (
        "import os\n\nimport requests\n\n"
        f"url = {server.address(route)!r}\n"
        f"params = {{\n{listed}}}\n"
        f"headers = {{{name!r}: {repr(before) + ' + ' if before else ''}{value}}}\n"
        f"{reading or _LOOP}"
    )
    return OdmRequest(title, "GET", url, curl, python)


_LOOP = """\
found, cursors = [], set()
while True:
    answer = requests.get(url, params=params, headers=headers, timeout=120)
    answer.raise_for_status()
    page = answer.json()
    found += page["data"]
    cursor = page.get("cursor")
    if page.get("resultsExhausted") or not page["data"] or not cursor or cursor in cursors:
        break
    cursors.add(cursor)
    params["cursor"] = cursor
print(len(found), "objects")
"""
_SAVE = """\
with requests.get(url, params=params, headers=headers, timeout=120, stream=True) as answer:
    answer.raise_for_status()
    with open("expression.csv", "wb") as file:
        for piece in answer.iter_content(65536):
            file.write(piece)
with open("expression.csv", "rb") as file:
    last = file.readlines()[-1]
if last.startswith(b"#"):
    raise SystemExit("The server broke off: " + last.decode())
"""
