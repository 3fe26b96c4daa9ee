"""Projects, studies, filters, formats and service-info of RNAget."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.responses import Response

from backend.errors import BadInput, NotFound
from backend.serve import rnaget_continuous, served
from backend.serve.matrix import FILE_TYPES, SAMPLE_FIELDS, About
from backend.serve.rnaget_query import Query
from backend.serve.rnaget_reply import Ask, as_json

SPECIFICATION = "1.2.0"
OWN_VERSION = "0.1.0"
MOST_VALUES = 500  # of a filter
Entry = dict[str, str]


def service_info(ask: Ask) -> Response:
    info = {
        "id": "expronaut.rnaget",
        "name": "Expronaut RNAget",
        "type": {"group": "org.ga4gh", "artifact": "rnaget", "version": SPECIFICATION},
        "description": "Gene expression of the bundled Human Protein Atlas and of this server's own files.",
        "organization": {"name": "Expronaut", "url": ask.base},
        "version": OWN_VERSION,
        "supported": {
            "projects": True,
            "studies": True,
            "expressions": True,
            "continuous": bool(served.now().continuous),
        },
    }
    return as_json(ask, info)


def projects() -> list[Entry]:
    """One entry a project."""
    return _each(lambda about: about.project, _project)


def studies() -> list[Entry]:
    """One entry a study."""
    return _each(lambda about: about.study, _study)


def _each(key: Callable[[About], str], entry: Callable[[About], Entry]) -> list[Entry]:
    found: dict[str, Entry] = {}
    for about in served.now().abouts:
        found.setdefault(key(about), entry(about))
    return list(found.values())


def _project(about: About) -> Entry:
    return {
        "id": about.project,
        "version": about.version,
        "name": about.project_name,
        "description": about.project_description,
    }


def _study(about: About) -> Entry:
    study = {
        "id": about.study,
        "version": about.version,
        "name": about.study_name,
        "description": about.description,
        "parentProjectID": about.project,
    }
    return study | ({"genome": about.genome} if about.genome else {})


def listing(entries: Callable[[], list[Entry]]) -> Callable[[Ask], Response]:
    """All entries that match the filters version and name."""

    def work(ask: Ask) -> Response:
        wanted = {name: ask.query.text(name) for name in ("version", "name")}
        found = [one for one in entries() if all(not value or one[name] == value for name, value in wanted.items())]
        return as_json(ask, found)

    return work


def one(entries: Callable[[], list[Entry]], what: str) -> Callable[[Ask], Response]:
    """The entry of an id."""

    def work(ask: Ask) -> Response:
        found = next((entry for entry in entries() if entry["id"] == ask.id), None)
        if found is None:
            raise NotFound(f"There is no {what} “{ask.id[:40]}”.", "The route without an id lists them.")
        return as_json(ask, found)

    return work


def entry_filters(entries: Callable[[], list[Entry]], what: str) -> Callable[[Ask], Response]:
    """The filters of projects or studies."""

    def work(ask: Ask) -> Response:
        described = {"version": f"version of the {what}", "name": f"name of the {what}, as it is written"}
        return as_json(ask, [_filter(name, words, (e[name] for e in entries())) for name, words in described.items()])

    return work


def expression_filters(ask: Ask) -> Response:
    """The filters of searches; type: only those of features, or of samples."""
    kind = _kind(ask.query)
    found: list[dict[str, object]] = []
    if not kind:
        found += _search_filters([matrix.about for matrix in served.now().matrices.values()])
    if kind in ("", "feature"):
        found += [_filter("featureIDList", "Ensembl ids, joined by commas"), _filter("featureNameList", "symbols")]
        found += [
            _filter(f"feature_{which}_value", f"{which}imum that every value of a feature keeps", kind="float")
            for which in ("min", "max")
        ]
    if kind in ("", "sample"):
        found.append(_filter("sampleIDList", "samples, joined by commas"))
        for field in SAMPLE_FIELDS:
            values = (value for matrix in served.now().matrices.values() for value in matrix.choices(field))
            found.append(_filter(field, f"{field} of the samples", values))
    return as_json(ask, found)


def continuous_filters(ask: Ask) -> Response:
    found = rnaget_continuous.supported().values()
    tracks = _filter("sampleIDList", "tracks, joined by commas", (name for one in found for name in one.tracks))
    region = [_filter("chr", "chromosome", (name for one in found for name in one.chromosomes))]
    region += [_filter("start", "first position, from 0", kind="integer")]
    region += [_filter("end", "position behind the last", kind="integer")]
    return as_json(ask, [*_search_filters([one.about for one in found]), tracks, *region])


def expression_formats(ask: Ask) -> Response:
    return as_json(ask, list(FILE_TYPES))


def _kind(query: Query) -> str:
    kind = query.text("type")
    if kind not in ("", "feature", "sample"):
        raise BadInput(f"The type “{kind[:20]}” is unknown.", "Give feature or sample, or leave it out.")
    return kind


def _search_filters(abouts: list[About]) -> list[dict[str, object]]:
    return [
        _filter("projectID", "id of the project", (about.project for about in abouts)),
        _filter("studyID", "id of the study", (about.study for about in abouts)),
        _filter("version", "version of the matrix", (about.version for about in abouts)),
    ]


def _filter(name: str, description: str, values: Iterable[str] = (), kind: str = "string") -> dict[str, object]:
    found: dict[str, object] = {"filter": name, "fieldType": kind, "description": description}
    listed = list(dict.fromkeys(values))[:MOST_VALUES]
    return found | ({"values": listed} if listed else {})
