"""Own studies over RNAget: several side by side, the active versions only, a change at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import requests

from backend import api, settings
from tests.serving import rnaget_app, running
from tests.unit.own.shelves import LIBRARIES, LIBRARY_GCT, SECOND, bring, bundle
from tests.unit.serve.rnaget_world import table


def test_studies_side_by_side(tmp_path: Path) -> None:
    bring(bundle(tmp_path), group_by="Population")
    (tmp_path / "a.gct").write_text(SECOND)
    bring(tmp_path / "a.gct", version_of="LOC7")
    libraries = bundle(tmp_path, "other", a_gct=LIBRARY_GCT, libraries_tsv=LIBRARIES)
    second = bring(libraries, link_to="libraries", title="Libraries ü", allow_duplicates=True)
    (pooled,) = api.own_study(second).matrices
    with running(rnaget_app()) as root, requests.Session() as asked:

        def get(path: str, **query: str) -> requests.Response:
            reply = asked.get(f"{root}/rnaget{path}", params=query, timeout=30)
            assert reply.status_code == 200, reply.text
            return reply

        studies = {one["id"]: one["name"] for one in get("/studies").json()}
        assert studies["study-loc1"] == "Thousand genomes subset"
        assert studies[f"study-{second.lower()}"] == "Libraries ü"
        ticket = get("/expressions/ticket", studyID="study-loc1", format="tsv").json()
        assert "/expressions/own-loc9/" in ticket["url"]
        found = table(get("/expressions/own-loc9/bytes", format="tsv", featureIDList="ENSG00000077044").text)
        np.testing.assert_allclose(found.values[0], np.log2(np.array([15.7, 16.8, 17.2, 19.5]) + 1), rtol=1e-6)
        shown = table(get(f"/expressions/{pooled.version.key}/bytes", format="tsv").text)
        assert shown.samples == ["LIB1", "LIB2"]
        api.patch_own("LOC1", "LOC3", {"Population": "Welsh"})
        api.group_own("own-loc9", "Population")
        with settings.use(replace(settings.current())):  # a look of its own, as after two seconds
            later = table(get("/expressions/own-loc9/bytes", format="tsv", units="value").text)
    assert later.tissues == ["Welsh", "British", "Finnish", "Finnish"]
    np.testing.assert_allclose(later.values, [[15.7, 16.8, 17.2, 19.5], [4.2, 7.1, 5.5, np.nan]], rtol=1e-6)
