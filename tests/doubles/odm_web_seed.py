"""What the ODM double holds from the start: the four samples of 1000 Genomes, and a simulated atlas."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.doubles.odm_web_bundle import BUNDLE
from tests.doubles.odm_web_doors import CURATOR
from tests.doubles.odm_web_importing import BULK, import_expression, import_metadata
from tests.doubles.odm_web_templates import LIBRARY, PREPARATION, SAMPLE, STUDY
from tests.doubles.odm_web_world import World


@dataclass
class Seeded:
    """Accessions of a study and of its groups, empty where there is none. expressions: what a group is: accession."""

    study: str
    samples: str
    libraries: str = ""
    preparations: str = ""
    expressions: dict[str, str] = field(default_factory=dict)


def import_of(world: World, kind: str, data: bytes, template: str = "") -> str:
    return import_metadata(world, kind, data, template, CURATOR.name)


def link_samples(world: World, group: str, study: str) -> None:
    world.study_of.update({one.accession: study for one in world.members(group)})


def link_pools(world: World, pools: str, samples: str) -> None:
    ids = {one.text("Sample Source ID"): one.accession for one in world.members(samples)}
    for one in world.members(pools):
        world.samples_of[one.accession] = [ids[own] for own in one.texts("Sample Source ID")]


def link_runs(world: World, group: str, targets: str, attribute: str) -> None:
    things = {one.text(attribute): one for one in world.members(targets)}
    for run in world.matrices[group].runs:
        if run.source in things:
            thing = things[run.source]
            run.target, run.by = (thing.kind, thing.accession), attribute


def genomes(world: World) -> Seeded:
    """The bundle, imported and linked."""
    made = Seeded(
        import_of(world, STUDY, BUNDLE["study.tsv"]),
        import_of(world, SAMPLE, BUNDLE["samples.tsv"]),
        import_of(world, LIBRARY, BUNDLE["libraries.tsv"]),
        import_of(world, PREPARATION, BUNDLE["preparations.tsv"]),
    )
    link_samples(world, made.samples, made.study)
    for pools in (made.libraries, made.preparations):
        link_pools(world, pools, made.samples)
    for name, file in (("samples", "a.gct"), ("libraries", "libraries.gct")):
        group = import_expression(world, BUNDLE[file], BUNDLE["a.gct.tsv"], {"dataClass": BULK}, CURATOR.name)
        made.expressions[name] = group
    link_runs(world, made.expressions["samples"], made.samples, "Sample Source ID")
    link_runs(world, made.expressions["libraries"], made.libraries, "Library ID")
    return made
