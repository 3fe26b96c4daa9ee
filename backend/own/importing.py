"""Files become a study, or join one: all of it, or nothing.

Everything is written into a folder aside. Then, within the lock, duplicates are looked for once more, and one rename
makes it appear: of the folder of a new study, or of study.json when files join one.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from backend.errors import BadInput
from backend.model_own import Duplicate, ImportOptions
from backend.model_study import Finding
from backend.own import (
    chains,
    checking,
    keeping,
    numbers,
    objects,
    place,
    planning,
    records,
    study,
    templates,
    tidying,
    versions,
)
from backend.own.checking import Looked
from backend.own.keeping import Kept, Report
from backend.own.place import Numbers
from backend.own.planning import Links, Plan
from backend.own.records import Manifest, MatrixEntry
from backend.own.study import Study

MOST_TITLE = 300


def run(files: Mapping[str, Path], options: ImportOptions, tell: Report) -> str:
    """Import files; the accession of the study. tell: may raise to stop it.

    Raises BadInput when a rule is broken or the files are here already, NotFound for what they should join,
    Unavailable (disk). Then nothing of it stays.
    """
    tell("Checking", 0, len(files), "files", 0.0)
    with place.changing():
        tidying.clean()
    looked = checking.looked_at(files, options, tell)
    refuse(looked, options)
    with place.changing():
        needed = planning.size(looked, options)
        first = place.take(needed.accessions, needed.runs)
    made = planning.plan(looked, options, first, datetime.now(UTC).isoformat(timespec="milliseconds"))
    with place.importing() as aside:
        folder = aside / "study"
        folder.mkdir()
        entries = _write(folder, made, tell)
        tell("Linking", 1, 1, "studies", 0.0)  # from here on it is not stopped
        with place.changing():
            _refuse_again(checking.duplicates(looked), options)
            if looked.joined is None:
                _appear(folder, made, entries, looked, options)
            else:
                _join(folder, made, entries, looked)
    checking.forget()
    return made.accession


def refuse(looked: Looked, options: ImportOptions) -> None:
    """Raises BadInput with the first broken rule, or the first file that is here already."""
    blocking = looked.blocking(options)
    if blocking:
        raise _broken(blocking)
    _refuse_again(looked.duplicates, options)
    if len(options.title) > MOST_TITLE or not (options.title or "x").isprintable():
        raise BadInput("The title is too long, or holds a line end.", f"Use at most {MOST_TITLE} letters.")


def _broken(blocking: tuple[Finding, ...]) -> BadInput:
    first = blocking[0]
    where = f" (line {first.line})" if first.line else ""
    more = f" {len(blocking) - 1:,} more are broken." if len(blocking) > 1 else ""
    hint = "Correct the files; nothing was stored."
    if all(one.demotable for one in blocking):
        hint = f"Correct the files, or accept {', '.join(dict.fromkeys(one.code for one in blocking))}."
    text = f"{first.file}{where} breaks the rule {first.code}: {first.message}{more}"
    return BadInput(text, hint, first.line, first.column or None)


def _refuse_again(found: tuple[Duplicate, ...], options: ImportOptions) -> None:
    if found and not options.allow_duplicates:
        one = found[0]
        raise BadInput(
            f"{one.file} is already imported as {one.accession} of {one.study} ({one.title}).",
            "Use what is there, or allow duplicates to store it again.",
        )


def _write(folder: Path, made: Plan, tell: Report) -> list[MatrixEntry]:
    """Every file of the study but study.json."""
    entries, kept = [], dict[str, Kept]()
    for one in made.matrices:
        path, source = folder / records.store_file(one.entry.accession), one.part.path
        if source is None:
            raise BadInput(f"{one.part.file} is not there any more.", "Give it again.")
        numbers.write(path, source, one.outline, one.entry, made.accession, tell)
        if one.part.file not in kept:
            kept[one.part.file] = keeping.keep(source, folder, one.entry.accession, tell)
        entries.append(replace(one.entry, kept=kept[one.part.file].name, packed=kept[one.part.file].packed))
        _write_links(folder, one.entry.accession, one.links)
    for group in (*made.groups, *(one.facts for one in made.matrices)):
        objects.write(folder, group.entry, group.table)
        if group.links is not None:
            _write_links(folder, group.entry.accession, group.links)
    return entries


def _write_links(folder: Path, accession: str, links: Links) -> None:
    place.write_json(folder / records.links_file(accession), links)


def _appear(folder: Path, made: Plan, entries: list[MatrixEntry], looked: Looked, options: ImportOptions) -> None:
    """A new study, with the rename of its folder."""
    matrices, highest = chains.joined(entries, looked.chains or {}, place.take().chain)
    place.take(chains=len(highest))
    manifest = Manifest(
        accession=made.accession,
        title=checking.title(looked, options),
        imported=datetime.now(UTC).isoformat(timespec="milliseconds"),
        origin=str(uuid.uuid4()),
        given=_given(),
        groups=tuple(group.entry for group in (*made.groups, *(one.facts for one in made.matrices))),
        matrices=matrices,
        sums=_sums(made, looked),
        last_in_chain=highest,
        template=templates.write(folder, looked.preflight.template),
    )
    records.write(folder, manifest)
    folder.rename(place.root() / made.accession)


def _join(folder: Path, made: Plan, entries: list[MatrixEntry], looked: Looked) -> None:
    """Files of a study that is there: they count once study.json names them."""
    found = study.find(made.accession)
    manifest = found.manifest
    for group in looked.known.values():
        found.group(group.accession)  # raises when somebody removed it meanwhile
    tidying.tidy(found.folder, manifest)
    for one in sorted(folder.iterdir()):
        one.replace(found.folder / one.name)
    manifest = replace(
        manifest,
        given=_given(),
        groups=(*manifest.groups, *(group.entry for group in (*made.groups, *(one.facts for one in made.matrices)))),
        matrices=(*manifest.matrices, *entries),
        sums={**manifest.sums, **_sums(made, looked)},
    )
    if looked.before is not None:
        manifest = _followed(found, manifest, looked.before.accession, entries[0])
    records.write(found.folder, manifest)


def _followed(found: Study, manifest: Manifest, before: str, entry: MatrixEntry) -> Manifest:
    """The manifest with a matrix as the next version of another."""
    former = found.matrix(before)
    chain = former.chain or versions.chain_name(place.take(chains=1).chain)
    highest = max([1, *(one.number for one in manifest.matrices if former.chain and one.chain == chain)])
    number = max(highest, manifest.last_in_chain.get(chain, 0)) + 1
    first, second = versions.follow(former, entry, chain, number)
    changed = {first.accession: first, second.accession: second}
    matrices = tuple(changed.get(one.accession, one) for one in manifest.matrices)
    return replace(
        manifest,
        given=_given(),
        matrices=versions.with_active(matrices, second.accession),
        last_in_chain={**manifest.last_in_chain, chain: number},
    )


def _sums(made: Plan, looked: Looked) -> dict[str, str]:
    return {
        looked.sums[group.entry.file]: group.entry.accession
        for group in made.groups
        if group.entry.kind == "samples" and group.entry.file in looked.sums
    }


def _given() -> Numbers:
    following = place.take()
    return Numbers(following.accession - 1, following.run - 1, following.chain - 1)
