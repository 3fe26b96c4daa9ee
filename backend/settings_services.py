"""Settings of the services that are asked, and of the one that is offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from backend import settings_values as values
from backend.errors import BadInput

DIALECTS = ("sigpy", "legacy", "v1")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Archs4:
    """Where the services of ARCHS4 are. dialects: which to ask, in order; () for the usual ones of each question.

    site: its versions of files; files: the host of the files. rest: seconds a dialect that failed is left alone.
    """

    dialects: tuple[str, ...] = ()
    v1: str = "https://maayanlab.cloud/archs4/api/v1"
    sigpy: str = "https://maayanlab.cloud/sigpy"
    legacy: str = "https://maayanlab.cloud/archs4/search"
    matrixapi: str = "https://maayanlab.cloud/matrixapi"
    site: str = "https://archs4.org"
    files: str = "https://s3.dev.maayanlab.cloud/archs4/files"
    rest: float = 30.0
    poll: float = 5.0


@dataclass(frozen=True)
class Serve:
    """The HTTP API. mounted: it stands beside the dashboard. rate: requests a second for each client, 0 for no limit.

    token: asked of every client, "" for none. cors: origins whose pages may read answers, ("*",) for any.
    source: name of the source behind /archs4/api/v1, "" for the best one there is.
    """

    mounted: bool = True
    rate: float = 10.0
    token: str = field(default="", repr=False)
    cors: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Rnaget:
    """An RNAget server to ask. token: sent to it as bearer token, "" for none."""

    name: str
    base: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Odm:
    """A Genestack ODM server. base: its address, without a slash at the end. dialect: "modern" or "legacy".

    role: "user" or "curator". token: Genestack API token; bearer: access token of the identity provider; at most one.
    poll: seconds between two looks at a job. longest: seconds a job is waited for.
    """

    base: str
    dialect: str = "modern"
    role: str = "user"
    token: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)
    poll: float = 5.0
    longest: float = 1_800.0


@dataclass(frozen=True)
class Stomics:
    """STOmics (stomics.io). base: its address, without a slash at the end. key: sent as bearer token, "" for none.

    hosts: those that a redirect of it may lead to, with the key; lower case, without ports.
    """

    base: str = "https://stomics.io"
    key: str = field(default="", repr=False)
    hosts: tuple[str, ...] = ("stomics.io", "www.stomics.io")


def archs4(given: Mapping[str, str]) -> Archs4:
    """Where the services of ARCHS4 are."""
    usual = Archs4()
    listed = [name.strip().lower() for name in given.get("EXPRONAUT_ARCHS4", "").split(",") if name.strip()]
    dialects = tuple(dict.fromkeys(listed)) if listed != ["auto"] else ()
    if unknown := [name for name in dialects if name not in DIALECTS]:
        raise BadInput(
            f"EXPRONAUT_ARCHS4 names “{unknown[0][:20]}”.", f"Give auto, or some of {', '.join(DIALECTS)}, in order."
        )
    bases: dict[str, Any] = {
        name: values.address(f"EXPRONAUT_ARCHS4_{name.upper()}", given, getattr(usual, name))
        for name in ("v1", "sigpy", "legacy", "matrixapi", "site", "files")
    }
    return Archs4(dialects, **bases, rest=values.seconds("EXPRONAUT_ARCHS4_REST", given, usual.rest))


def serve(given: Mapping[str, str]) -> Serve:
    """How the HTTP API is offered."""
    return Serve(
        mounted=values.switch("EXPRONAUT_SERVE", given, usual=True),
        rate=values.number(
            "EXPRONAUT_SERVE_RATE", given, Serve.rate, "requests a second, for example 10, or 0 for no limit"
        ),
        token=values.secret("EXPRONAUT_SERVE_TOKEN", given),
        cors=_origins("EXPRONAUT_SERVE_CORS", given),
        source=given.get("EXPRONAUT_SERVE_SOURCE", ""),
    )


def _origins(name: str, given: Mapping[str, str]) -> tuple[str, ...]:
    listed = [text.strip() for text in given.get(name, "").split(",") if text.strip()]
    if listed == ["*"]:
        return ("*",)
    origins = [values.address(name, {name: text}) for text in listed]
    if any(urlsplit(origin).path for origin in origins):
        raise BadInput(f"{name} holds an address with a path.", "Give origins, for example https://lab.org, or *.")
    return tuple(dict.fromkeys(origin.lower() for origin in origins))


def rnaget(given: Mapping[str, str]) -> tuple[Rnaget, ...]:
    """The RNAget servers with their keys."""
    tokens = values.pairs("EXPRONAUT_RNAGET_TOKENS", given, "Write a name and a key, as in lab=abc.")
    servers = values.pairs("EXPRONAUT_RNAGET", given, "Write a name and an address, as in lab=https://lab.org/rnaget.")
    if unknown := [name for name in tokens if name not in servers]:
        hint = "Name it in EXPRONAUT_RNAGET too."
        raise BadInput(f"EXPRONAUT_RNAGET_TOKENS names “{unknown[0][:20]}”, which is no server.", hint)
    return tuple(
        Rnaget(name, values.address("EXPRONAUT_RNAGET", {"EXPRONAUT_RNAGET": base}), tokens.get(name, ""))
        for name, base in servers.items()
    )


def odm(given: Mapping[str, str]) -> Odm | None:
    """The ODM server, None where none is named. An error tells no key."""
    base = values.address("EXPRONAUT_ODM", given)
    token, bearer = values.secret("EXPRONAUT_ODM_TOKEN", given), values.secret("EXPRONAUT_ODM_BEARER", given)
    if token and bearer:
        raise BadInput("EXPRONAUT_ODM_TOKEN and EXPRONAUT_ODM_BEARER are both set.", "Give one of them.")
    if (token or bearer) and not base:
        raise BadInput("A token for ODM is set, but no server.", "Give its address in EXPRONAUT_ODM.")
    if _is_jwt(token):
        hint = "Give it in EXPRONAUT_ODM_BEARER, or make a Genestack API token in your profile."
        raise BadInput("EXPRONAUT_ODM_TOKEN holds an access token of an identity provider.", hint)
    if bearer.isalnum():  # access tokens have parts; Genestack tokens are one word of letters and digits
        hint = "Give it in EXPRONAUT_ODM_TOKEN."
        raise BadInput("EXPRONAUT_ODM_BEARER holds what looks like a Genestack API token.", hint)
    dialect = values.one_of("EXPRONAUT_ODM_DIALECT", given, ("modern", "legacy"))
    role = values.one_of("EXPRONAUT_ODM_ROLE", given, ("user", "curator"))
    return Odm(base, dialect, role, token, bearer) if base else None


def stomics(given: Mapping[str, str]) -> Stomics:
    """How STOmics is asked. An error tells no key."""
    usual, key = Stomics(), values.secret("EXPRONAUT_STOMICS_KEY", given)
    base = values.address("EXPRONAUT_STOMICS", given, usual.base).removesuffix("/api/v1")
    parts = urlsplit(base)
    if key and parts.scheme != "https" and parts.hostname not in LOOPBACK:
        hint = "Give an address that starts with https://."
        raise BadInput("EXPRONAUT_STOMICS is not https, so everyone on the way could read the key.", hint)
    return Stomics(base, key, values.hosts("EXPRONAUT_STOMICS_HOSTS", given) or usual.hosts)


def _is_jwt(token: str) -> bool:
    """Whether it is a JSON web token (RFC 7519): three parts, the first of them JSON in base64url."""
    return token.startswith("eyJ") and token.count(".") == 2
