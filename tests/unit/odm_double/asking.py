"""Plain requests to the ODM double."""

from __future__ import annotations

from typing import Any

import requests

from tests.doubles.odm_web import OdmWeb

V1 = "/api/v1"
USER, CURATOR = f"{V1}/as-user", f"{V1}/as-curator"
BULK = "Bulk transcriptomics"


def ask(web: OdmWeb, path: str, method: str = "GET", role: str = "curator", **more: Any) -> requests.Response:
    more.setdefault("headers", web.headers(role))
    return requests.request(method, web.url + path, timeout=10, **more)


def get(web: OdmWeb, path: str, role: str = "user", **query: Any) -> Any:
    reply = ask(web, path, role=role, params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()


def start(web: OdmWeb, kind: str, **body: Any) -> int:
    reply = ask(web, f"{V1}/jobs/import/{kind}", "POST", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()["jobExecId"]


def finish(web: OdmWeb, job: int) -> dict[str, Any]:
    """The output of a job, after as many polls as it takes."""
    for _ in range(9):
        if get(web, f"{V1}/jobs/{job}/info")["status"] in ("COMPLETED", "FAILED", "STOPPED", "ABANDONED"):
            break
    return get(web, f"{V1}/jobs/{job}/output")


def imported(web: OdmWeb, kind: str, **body: Any) -> str:
    result = finish(web, start(web, kind, **body))["result"]
    return result.get("accession") or result["groupAccession"]
