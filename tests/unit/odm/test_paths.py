"""The two forms of ODM's addresses, by the pairs the documents show."""

from __future__ import annotations

import pytest

from backend.errors import BadInput
from backend.odm import paths

OLD = "/frontend/rs/genestack"
PAIRS = [
    ("jobs/import/study", "curator", f"{OLD}/job/default-released/import/study", "/api/v1/jobs/import/study"),
    ("jobs/316/info", "user", f"{OLD}/job/default-released/316/info", "/api/v1/jobs/316/info"),
    (
        "integration/link/sample/group/A/to/study/B",
        "curator",
        f"{OLD}/integrationCurator/default-released/integration/link/sample/group/A/to/study/B",
        "/api/v1/as-curator/integration/link/sample/group/A/to/study/B",
    ),
    (
        "omics/expression/data",
        "curator",
        f"{OLD}/integrationCurator/default-released/omics/expression/data",
        "/api/v1/as-curator/omics/expression/data",
    ),
    ("studies/GSF1", "user", f"{OLD}/studyUser/default-released/studies/GSF1", "/api/v1/as-user/studies/GSF1"),
    ("libraries/x", "user", f"{OLD}/libraryUser/default-released/libraries/x", "/api/v1/as-user/libraries/x"),
]


@pytest.mark.parametrize(("route", "role", "legacy", "modern"), PAIRS)
def test_each_pair_of_the_documents_is_one_route(route: str, role: str, legacy: str, modern: str) -> None:
    assert paths.modern(route, role) == modern
    assert paths.legacy(modern) == legacy
    assert paths.from_legacy(legacy) == modern


@pytest.mark.parametrize("route", ["manage-data/x", "tasks/12", "links"])
def test_what_only_the_modern_form_has_is_told(route: str) -> None:
    with pytest.raises(BadInput, match="legacy"):
        paths.legacy(paths.modern(route, "user"))


@pytest.mark.parametrize("path", ["/api/v1/as-user/studies", f"{OLD}/job/316/info", f"{OLD}/study/default-released/x"])
def test_no_other_path_is_taken_for_a_legacy_one(path: str) -> None:
    with pytest.raises(BadInput):
        paths.from_legacy(path)
