"""Who may in, and how errors are told."""

from __future__ import annotations

from tests.doubles.http_exchange import Answer, Call
from tests.doubles.odm_web_paths import Wrong
from tests.doubles.odm_web_world import User

RESEARCHER = User("Researcher One", "researcher@example.org", curator=False)
CURATOR = User("Curator One", "curator@example.org", curator=True)
# Tokens of ODM, and of an identity provider: neither does in the place of the other.
ODM_TOKENS = {"odm-researcher-0001": RESEARCHER, "odm-curator-0002": CURATOR}
BEARERS = {"idp-researcher-0003": RESEARCHER, "idp-curator-0004": CURATOR}
_SEARCHES = ("integration/fulltext/search/studies", "links/get-batch")


def user_of(call: Call) -> User:
    """Authorization goes before the token of ODM, even if it is wrong."""
    bearer = call.headers.get("Authorization")
    if bearer is not None:
        scheme, _, token = bearer.partition(" ")
        user = BEARERS.get(token.strip()) if scheme.lower() == "bearer" else None
    else:
        user = ODM_TOKENS.get(call.headers.get("Genestack-API-Token", ""))
    if user is None:
        raise Wrong(401, "Authentication failed")
    return user


def check_role(user: User, method: str, path: str) -> None:
    """403 for a researcher where curators work, and for everyone where the organisation is managed."""
    writes = method != "GET" and not (path.startswith("as-user/") and path.endswith(_SEARCHES))
    if path.startswith("manage-data/"):
        raise Wrong(403, "Not enough permissions to manage the organisation")
    if not user.curator and (writes or path.startswith("as-curator/")):
        raise Wrong(403, "Not enough permissions: the account is not in the Curators group")


def error(fault: Wrong, form: str) -> Answer:
    """form: as Switches.error_form."""
    bodies: dict[str, object] = {
        "genestack": {"error": {"message": fault.message}},
        "rpc": {"error": fault.message, "errorStackTrace": "com.genestack.Fault: simulated"},
        "scim": {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "scimType": "invalidValue",
            "detail": fault.message,
            "status": str(fault.status),
        },
    }
    if form == "text":
        return Answer.text(fault.message, status=fault.status)
    if form == "problem":
        told = {"title": "Problem", "status": fault.status, "detail": fault.message, "errors": []}
        return Answer.json(told, fault.status, **{"Content-Type": "application/problem+json"})
    return Answer.json(bodies[form], fault.status)
