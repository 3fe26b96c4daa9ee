"""Every request of an import before it is sent, as text, curl and Python; the token is read from the environment."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from backend.model_odm_import import OdmCall, OdmWish
from backend.odm import paths
from backend.odm.snippets import VARIABLE
from backend.odm.steps import BLANK, Request, Step, filled, steps
from backend.settings import Odm


def calls(wish: OdmWish, odm: Odm, known: Mapping[str, str]) -> tuple[OdmCall, ...]:
    """The requests of a checked wish, in their order. known: accessions by the key of their part."""
    return tuple(_call(step, request, odm, known) for step in steps(wish) for request in (*step.requests, *step.reads))


def text(found: Sequence[OdmCall]) -> str:
    """All of it in plain words."""
    lines: list[str] = []
    for number, call in enumerate(found, start=1):
        query = "&".join(f"{name}={value}" for name, value in call.params)
        lines.append(f"{number}. {call.part}")
        lines.append(f"   {call.method} {call.path}{f'?{query}' if query else ''}")
        lines += [f"   {call.body}"] if call.body else []
        lines += [f"   {name}={value}" for name, value in call.fields]
        lines += [f"   {name}=file {value}" for name, value in call.files]
        lines.append(f"   -> {call.follows}")
    return "\n".join(lines) + "\n"


def _call(step: Step, request: Request, odm: Odm, known: Mapping[str, str]) -> OdmCall:
    path = paths.modern(filled(request.route, known, for_path=True), "curator")
    path = paths.legacy(path) if odm.dialect == "legacy" else path
    body = {name: _filled(value, known) for name, value in request.shown_body().items()}
    fields = tuple((name, filled(value, known)) for name, value in request.fields)
    files = tuple((name, file.name) for name, file in request.files)
    curl = _curl(odm, request, path, body, fields, files)
    python = _python(odm, request, path, body, fields, files)
    text_ = _json(body) if body else ""
    return OdmCall(
        step.key, step.title, request.method, path, request.params, text_, fields, files, request.follows, curl, python
    )


def _filled(value: Any, known: Mapping[str, str]) -> Any:
    return filled(value, known) if isinstance(value, str) else value


def _json(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


def _header(odm: Odm) -> tuple[str, str]:
    return ("Authorization", "Bearer ") if odm.bearer else ("Genestack-API-Token", "")


Pairs = Sequence[tuple[str, str]]


def _curl(odm: Odm, request: Request, path: str, body: Mapping[str, Any], fields: Pairs, files: Pairs) -> str:
    name, before = _header(odm)
    query = f"?{urlencode(request.params, quote_via=quote)}" if request.params else ""
    parts = [f"curl --fail-with-body -X {request.method}", f'-H "{name}: {before}${VARIABLE}"']
    if body:
        parts += ["-H 'Content-Type: application/json'", f"--data {_shell(_json(body))}"]
    parts += [f"--form-string {_shell(f'{field}={value}')}" for field, value in fields]
    parts += [f"-F {shlex.quote(f'{field}=@{_in_form(file)}')}" for field, file in files]
    return " ".join([*parts, _shell(f"{odm.base}{path}{query}")])


def _in_form(file: str) -> str:
    """A file's name for curl, which reads commas and semicolons otherwise."""
    return '"' + file.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shell(text_: str) -> str:
    """Quoted for the shell; accessions that are not known yet are variables, as $SAMPLES_1."""
    return _pieces(text_, shlex.quote, lambda name: f'"${name.upper()}"', "") or "''"


def _python(odm: Odm, request: Request, path: str, body: Mapping[str, Any], fields: Pairs, files: Pairs) -> str:
    name, bearer = _header(odm)
    value = f'os.environ["{VARIABLE}"]'
    lines = [f"    {_literal(f'{odm.base}{path}')},"]
    lines += [f"    params={dict(request.params)!r},"] if request.params else []
    lines += [f"    json={_record(body.items())},"] if body else []
    lines += [f"    data={_record(fields)},"] if fields else []
    if files:
        opened = ", ".join(f"{field!r}: open({file!r}, 'rb')" for field, file in files)
        lines.append(f"    files={{{opened}}},")
    lines.append(f"    headers={{{name!r}: {repr(bearer) + ' + ' if bearer else ''}{value}}},")
    called = "\n".join(lines)
    before, after = "import os\n\nimport requests\n\n", "answer.raise_for_status()\n"
    return f"{before}answer = requests.{request.method.lower()}(\n{called}\n)\n{after}"


def _record(pairs: Any) -> str:
    return f"{{{', '.join(f'{name!r}: {_literal(value)}' for name, value in pairs)}}}"


def _literal(value: Any) -> str:
    """A value as Python; accessions that are not known yet are variables, as samples_1."""
    return (_pieces(value, repr, str, " + ") or "''") if isinstance(value, str) else repr(value)


def _pieces(text_: str, plain: Callable[[str], str], name: Callable[[str], str], between: str) -> str:
    found: list[str] = []
    at = 0
    for blank in re.finditer(BLANK, text_):
        found += [plain(text_[at : blank.start()])] if blank.start() > at else []
        found.append(name(blank[1].replace("-", "_")))
        at = blank.end()
    found += [plain(text_[at:])] if at < len(text_) else []
    return between.join(found)
