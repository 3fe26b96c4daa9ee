"""What an import makes of a file: objects of the world. Also used for what the server holds from the start."""

from __future__ import annotations

from tests.doubles.odm_web_files import Broken, Table, attributes, gct, measured, plain, unique
from tests.doubles.odm_web_templates import (
    DEFAULT,
    EXPRESSION,
    LIBRARY,
    PREPARATION,
    SAMPLE,
    STUDY,
    TEMPLATES,
    typed,
)
from tests.doubles.odm_web_world import Matrix, Metadata, World

BULK = "Bulk transcriptomics"
KEYS = {SAMPLE: "Sample Source ID", LIBRARY: "Library ID", PREPARATION: "Preparation ID"}


def import_metadata(world: World, kind: str, data: bytes, template: str, author: str) -> str:
    """The accession of the new study, or of the new group. Raises Broken, and then nothing was made."""
    template = template or DEFAULT
    _check(template)
    records = [_typed(kind, one, template) for one in attributes(plain(data))]
    if kind == STUDY:
        if len(records) != 1:
            raise Broken(f"A study file holds one record, not {len(records)}")
        return world.add(STUDY, records[0], template=template, author=author).accession
    unique(records, KEYS[kind])
    if kind != SAMPLE and any("Sample Source ID" not in one for one in records):
        raise Broken("Attribute 'Sample Source ID' is missing or empty")
    group = world.new_group(kind)
    for one in records:
        world.add(kind, one, group=group, template=template, author=author)
    return group


def import_expression(world: World, data: bytes, metadata: bytes | None, options: dict[str, str], author: str) -> str:
    """options: named as in the API. The accession of the new group."""
    template = options.get("templateId") or DEFAULT
    _check(template)
    table = _table(plain(data), options)
    records = attributes(plain(metadata)) if metadata is not None else [{}]
    if len(records) != 1:
        raise Broken(f"Metadata of expression is one record, not {len(records)}")
    previous = options.get("previousVersion", "")
    if previous and previous not in world.matrices:
        raise Broken(f"Previous version '{previous}' could not be found")
    told = _typed(EXPRESSION, records[0], template) | _described(table, options.get("dataClass") or "Other")
    return add_expression(world, table, told, author=author, template=template, previous=previous)


def add_expression(
    world: World, table: Table, metadata: Metadata, *, author: str, template: str = "", previous: str = ""
) -> str:
    group = world.new_group(EXPRESSION)
    runs = [world.new_run(source, group) for source in table.columns]
    world.matrices[group] = Matrix(
        table.form, table.names, table.numeric, table.features, table.measurements, "", runs, table.values
    )
    thing = world.add(EXPRESSION, metadata, group=group, template=template, author=author)
    if previous:
        world.continue_chain(thing, world.things[previous])
    return group


def _check(template: str) -> None:
    if template not in TEMPLATES:
        raise Broken(f"Template '{template}' could not be found")


def _typed(kind: str, record: Metadata, template: str) -> Metadata:
    return {name: typed(kind, name, value, template) for name, value in record.items()}


def _table(text: str, options: dict[str, str]) -> Table:
    if text.startswith("#1."):
        if options.get("dataClass") != BULK:
            raise Broken(f"Data class of a GCT file must be {BULK}")
        return gct(text)
    count = options.get("numberOfFeatureAttributes", "")
    if not count.isdigit():
        raise Broken("numberOfFeatureAttributes is mandatory for TSV files")
    return measured(text, int(count), options.get("measurementSeparator", ""))


def _described(table: Table, data_class: str) -> Metadata:
    """What the server says of a matrix by itself; a GCT file has no named features."""
    told: Metadata = {"Data Class": data_class}
    if table.form == "tsv":
        for label, wanted in (("Features (string)", False), ("Features (numeric)", True)):
            names = [name for name, number in zip(table.names, table.numeric, strict=True) if number is wanted]
            if names:
                told[label] = names[0] if len(names) == 1 else names
    if table.measurements != ("value",):
        told["Values (numeric)"] = list(table.measurements)
    return told
