"""Which expression groups a query is put to: the meaning of useVersions."""

from __future__ import annotations

from tests.doubles.odm_web_paths import Wrong
from tests.doubles.odm_web_templates import EXPRESSION
from tests.doubles.odm_web_world import ACTIVE, CHAIN, NUMBER, Thing, World


def chosen_versions(world: World, text: str) -> list[Thing]:
    """`*`, `v2`, `v1,v0`, `GSVC002:v3`, `GSVC002:GSF1,GSF2`; chains set apart by `;`. Empty: what is active.

    A chain that a text with chains does not name is not queried (an assumption: the documents are silent).
    """
    groups = world.of(EXPRESSION)
    if not text:
        return [one for one in groups if not one.metadata.get(CHAIN) or one.metadata[ACTIVE]]
    if text.strip() == "*":
        return groups
    wanted = [_wanted(part) for part in text.split(";")]
    return [one for one in groups if any(_is_wanted(one, chain, names) for chain, names in wanted)]


def _wanted(part: str) -> tuple[str, list[str]]:
    chain, _, names = part.rpartition(":")
    found = [name.strip() for name in names.split(",")]
    if not all((name[:1] == "v" and name[1:].isdigit()) or (chain and name.startswith("GSF")) for name in found):
        raise Wrong(400, f"Cannot parse useVersions: {part}")
    return chain.strip(), found


def _is_wanted(group: Thing, chain: str, names: list[str]) -> bool:
    own = group.metadata.get(CHAIN)
    if chain and own != chain:
        return False
    return f"v{group.metadata[NUMBER] if own else 0}" in names or group.accession in names
