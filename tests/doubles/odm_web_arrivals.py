"""How files come to the ODM double: by a link it fetches, from this machine only, or in the parts of an upload."""

from __future__ import annotations

import email
import email.policy
import ipaddress
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from tests.doubles.http_exchange import Call
from tests.doubles.odm_web_files import Broken
from tests.doubles.odm_web_paths import Wrong

PATIENCE = 20  # seconds for a link


def fetched(link: str) -> bytes:
    """What lies behind a link of this machine. Raises Broken."""
    parts = urlsplit(link)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not (host == "localhost" or _is_loopback(host)):
        raise Broken(f"Link cannot be reached from the server: {link}")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(link, timeout=PATIENCE) as reply:
            return reply.read()
    except urllib.error.HTTPError as fault:
        with fault:
            raise Broken(f"Link answers {fault.code}: {link}") from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def multipart(call: Call) -> dict[str, bytes]:
    """name: content of each part."""
    kind = call.headers.get("Content-Type", "")
    if not kind.startswith("multipart/form-data"):
        raise Wrong(400, "multipart/form-data is expected")
    message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body, policy=email.policy.HTTP)
    found = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        found[str(name)] = part.get_payload(decode=True) or b""
    return found
