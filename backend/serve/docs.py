"""/docs: what the HTTP API offers, to read; made of the OpenAPI document, in one page without scripts."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from backend import settings
from backend.serve import openapi

Node = dict[str, Any]
_HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]{1,255}")
STYLE = """
:root{color-scheme:light dark;--back:#fff;--soft:#f3f6f8;--ink:#1b2733;--dim:#56646f;--line:#d9e1e7;--accent:#0b6e7e}
@media(prefers-color-scheme:dark){:root{--back:#11181f;--soft:#1a242d;--ink:#e6edf2;--dim:#9fb0bd;--line:#2c3944;
--accent:#5cc8d7}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:15px/1.55 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.75rem;margin:0 0 .5rem}h2{font-size:1.25rem;margin:2.5rem 0 .25rem}
h3{font-size:1rem;margin:0}p{margin:.4rem 0}a{color:var(--accent)}
code,pre{font:13px/1.5 ui-monospace,monospace}
pre{background:var(--soft);padding:.6rem .8rem;border-radius:4px;overflow-x:auto;margin:.6rem 0 0}
details{border-bottom:1px solid var(--line);padding:.7rem 0}summary{cursor:pointer;overflow-wrap:anywhere}
summary code{color:var(--accent);margin-right:.75rem}.dim{color:var(--dim)}
table{border-collapse:collapse;width:100%;margin:.6rem 0 0}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-top:1px solid var(--line)}
th{font-weight:600}.wide{overflow-x:auto}
"""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


async def page(request: Request) -> Response:
    """The page, with examples under the address it was asked at."""
    return HTMLResponse("".join(_page(openapi.document(), _address(request))), headers=HEADERS)


def _address(request: Request) -> str:
    host = request.headers.get("host", "")
    seen = f"{request.url.scheme}://{host}" if _HOST.fullmatch(host) else "http://localhost"
    return settings.current().public_url or seen


def _page(document: Node, address: str) -> Iterator[str]:
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield f"<title>Expronaut: HTTP API</title><style>{STYLE}</style></head><body><main><h1>HTTP API</h1>"
    yield f"<p>{escape(document['info']['description'])}</p>"
    yield '<p class="dim">For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1). '
    yield f"{escape(_terms())}</p>"
    for tag in document["tags"]:
        yield f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p>"
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if isinstance(operation, dict) and tag["name"] in operation.get("tags", ()):
                    yield from _operation(document, address, path, method, operation)
    yield "</main></body></html>"


def _terms() -> str:
    chosen = settings.current().serve
    rate = f"Each client may ask {chosen.rate:g} times a second." if chosen.rate else "There is no limit of requests."
    return (
        f"{rate} A token is asked: send it as Authorization: Bearer." if chosen.token else f"{rate} No token is asked."
    )


def _operation(document: Node, address: str, path: str, method: str, operation: Node) -> Iterator[str]:
    title = escape(operation.get("summary", ""))
    yield f"<details><summary><code>{method.upper()} {escape(path)}</code>{title}</summary>"
    yield f"<p>{escape(operation.get('description', ''))}</p>"
    parameters = [resolved(document, one) for one in operation.get("parameters", ())]
    if parameters:
        yield '<div class="wide"><table><tr><th>parameter</th><th>in</th><th>values</th><th></th></tr>'
        yield "".join(_row(document, one) for one in parameters)
        yield "</table></div>"
    if method == "get":
        asked = _example(document, path, parameters)
        url = escape(f"{address}{asked}")
        secret = " -H 'Authorization: Bearer YOUR-TOKEN'" if operation.get("security") else ""
        yield f'<pre>curl{secret} "{url}"</pre>'
        yield "" if "{" in asked else f'<p><a href="{url}">Open it</a></p>'
    answers = ", ".join(f"{number} {one.get('description', '')}" for number, one in operation["responses"].items())
    yield f'<p class="dim">{escape(answers)}</p></details>'


def _row(document: Node, one: Node) -> str:
    schema = resolved(document, one.get("schema", {}))
    cells = (one["name"], one["in"], _values(schema, one.get("required", False)), one.get("description", ""))
    return f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>"


def _values(schema: Node, required: bool) -> str:
    """What a parameter may be, in words."""
    low, high = schema.get("minimum"), schema.get("maximum")
    words = [", ".join(map(str, schema["enum"]))] if "enum" in schema else [str(schema.get("type", "text"))]
    if low is not None:
        words.append(f"{low:,} to {high:,}" if high is not None else f"from {low:,}")
    if "default" in schema:
        words.append(f"usually {schema['default']}")
    return "; ".join([*words, *(["required"] if required else [])])


def _example(document: Node, path: str, parameters: list[Node]) -> str:
    """The path with the examples of its parameters in it; a part without one stays in braces."""
    query = {}
    for one in parameters:
        choices = resolved(document, one.get("schema", {})).get("enum", ()) if one.get("required") else ()
        value = one.get("example", next(iter(choices), None))
        if value is not None and one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", quote(str(value), safe=""))
        elif value is not None:
            query[one["name"]] = value
    return f"{path}?{urlencode(query)}" if query else path


def resolved(document: Node, node: Node) -> Node:
    """What a $ref of the document points at."""
    while "$ref" in node:
        found: Any = document
        for step in str(node["$ref"]).removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node
