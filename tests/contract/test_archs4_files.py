"""Local files come, go and are replaced while the app runs; each kind offers what it can."""

from __future__ import annotations

import resource
from pathlib import Path

import h5py
import numpy as np
import pytest

from backend import api, settings
from backend import sources as registry
from backend.errors import BadInput, ExpronautError, NotConfigured, NotFound
from backend.settings import Settings
from backend.sources import archs4_files as shelves
from tests.contract.archs4_cohort import found, indexed
from tests.doubles import archs4_files


def keys() -> list[str]:
    registry.files(now=True)
    return [info.key for info in api.sources().value if info.key not in registry.REGISTRY]


def info(key: str):
    return next(info for info in api.sources().value if info.key == key)


def test_files_come_and_go_without_a_restart(tmp_path: Path) -> None:
    with found(tmp_path):
        assert keys() == []
        path = archs4_files.write(tmp_path / "human_gene_v2.5.h5", "v2.5").path
        assert keys() == ["archs4-human_gene_v2.5"]
        assert info("archs4-human_gene_v2.5").version.startswith("2.5 (")
        assert "CC BY-NC-SA 4.0" in info("archs4-human_gene_v2.5").licence
        assert "Lachmann" in info("archs4-human_gene_v2.5").citation
        path.unlink()
        assert keys() == []
        with pytest.raises(NotFound, match="no source called"):
            api.gene("archs4-human_gene_v2.5", "TP53")


def test_two_files_of_one_name_are_two_sources(tmp_path: Path) -> None:
    for folder, layout in (("a", "v2.5"), ("b", "mouse")):
        (tmp_path / folder).mkdir()
        archs4_files.write(tmp_path / folder / "gene.h5", layout)
    with settings.use(Settings(data=(tmp_path / "a", tmp_path / "b"), home=tmp_path, cache=tmp_path, demo=False)):
        first, second = keys()
        assert first == "archs4-gene"
        assert (info(first).species, info(second).species) == (("human",), ("mouse",))


def test_a_replaced_file_answers_anew_and_its_index_is_outdated(tmp_path: Path) -> None:
    path = tmp_path / "gene.h5"
    before = archs4_files.write(path, "v2.5", seed=1)
    sample = before.samples["geo_accession"][10]
    with found(tmp_path):
        indexed("archs4-gene")
        one = api.expression("archs4-gene", ["TP53"], [sample]).value["value"].iloc[0]
        assert len(api.tissue_profile("archs4-gene", "TP53").value)
        after = archs4_files.write(path, "v2.5", seed=2, samples=61)
        registry.files(now=True)
        two = api.expression("archs4-gene", ["TP53"], [sample]).value["value"].iloc[0]
        row = after.symbols.index("TP53")
        assert two == pytest.approx(np.log2(1 + after.counts[row, 10] / after.counts[:, 10].sum() * 1e6))
        assert one != two
        with pytest.raises(NotConfigured, match="outdated"):
            api.tissue_profile("archs4-gene", "TP53")
        indexed("archs4-gene")
        assert api.tissue_profile("archs4-gene", "TP53").value["n_samples"].sum() > 0


def test_a_broken_file_is_a_source_that_says_so_and_a_foreign_one_is_named(tmp_path: Path) -> None:
    archs4_files.damage(tmp_path / "cut.h5", "truncated")
    archs4_files.damage(tmp_path / "odd.h5", "other shape")
    archs4_files.damage(tmp_path / "foreign.h5", "foreign")
    archs4_files.damage(tmp_path / "text.hdf5", "not HDF5")
    (tmp_path / "notes.txt").write_text("no data")
    with found(tmp_path):
        assert sorted(keys()) == ["archs4-cut", "archs4-odd"]
        assert "cut off" in info("archs4-cut").problem
        with pytest.raises(ExpronautError, match="does not fit"):
            api.tissue_profile("archs4-odd", "TP53")
        ignored = {Path(name).name: why for name, why in api.local_files().ignored.items()}
        assert set(ignored) == {"foreign.h5", "text.hdf5"}
        assert "not an HDF5 file" in ignored["text.hdf5"]
        with pytest.raises(ExpronautError, match="cut off"):
            api.start_index("archs4-cut")


def test_a_missing_folder_is_named_and_harms_nothing(tmp_path: Path) -> None:
    with settings.use(Settings(data=(tmp_path / "gone",), home=tmp_path, cache=tmp_path, demo=False)):
        assert keys() == []
        assert any("gone" in name for name in api.local_files().ignored)


def test_descriptions_alone_can_be_searched(tmp_path: Path) -> None:
    archs4_files.write(tmp_path / "meta.h5", "metadata")
    with found(tmp_path):
        registry.files(now=True)
        assert set(info("archs4-meta").capabilities) == {"Sample search", "Pattern search"}
        before = api.search_samples("archs4-meta", "liver", limit=500).value
        indexed("archs4-meta")
        after = api.search_samples("archs4-meta", "liver", limit=500).value
        assert list(before.rows["sample"]) == list(after.rows["sample"])
        assert api.search_samples("archs4-meta", "^liver", regex=True).value.total > 0
        with pytest.raises(NotFound, match="no tissue profile"):
            api.tissue_profile("archs4-meta", "TP53")


@pytest.mark.parametrize("layout", ["transcript", "v8", "mouse"])
def test_other_layouts_answer_alike(tmp_path: Path, layout: str) -> None:
    made = archs4_files.write(tmp_path / "file.h5", layout)
    species = "mouse" if layout == "mouse" else "human"
    name = made.ensembl[12 if layout != "mouse" else 1]
    with found(tmp_path):
        registry.files(now=True)
        indexed("archs4-file")
        gene = api.gene("archs4-file", name, species).value
        row = made.ensembl.index(name)
        table = api.tissue_profile("archs4-file", gene.symbol, species).value.set_index("tissue")
        members = api.points("archs4-file", gene.symbol, "Liver", species).value
        places = [made.samples["geo_accession"].index(sample) for sample in members["sample"]]
        values = np.log2(1 + made.counts[row, places] / made.counts[:, places].sum(axis=0) * 1e6)
        np.testing.assert_allclose(members["value"], values, atol=1e-9)
        assert table.loc["Liver", "mean"] == pytest.approx(values.mean(), abs=0.01)


class TestAdding:
    def test_a_file_elsewhere_is_remembered_once(self, tmp_path: Path) -> None:
        (tmp_path / "far").mkdir()
        path = archs4_files.write(tmp_path / "far" / "gene.h5", "v2.5").path
        home = tmp_path / "home"
        with settings.use(Settings(data=(home,), home=home, cache=tmp_path, demo=False)):
            listed = shelves.add(path)
            assert shelves.add(path) == listed
            assert listed.read_text().splitlines() == [str(path)]
            assert keys() == ["archs4-gene"]

    def test_what_else_stands_in_the_list_stays(self, tmp_path: Path) -> None:
        path = archs4_files.write(tmp_path / "gene.h5", "v2.5").path
        listed = tmp_path / "home" / settings.LIST
        listed.parent.mkdir()
        with settings.use(Settings(data=(listed.parent,), home=listed.parent, cache=tmp_path, demo=False)):
            listed.write_text("# of the lab\n/else/where.h5\n")
            shelves.add(path)
            assert listed.read_text() == f"# of the lab\n/else/where.h5\n{path}\n"
            shelves.forget(path)
            assert listed.read_text() == "# of the lab\n/else/where.h5\n"
            listed.write_bytes(foreign := "/data/Müller/gene.h5\n".encode("latin-1"))
            for change in (shelves.add, shelves.forget):
                with pytest.raises(NotConfigured, match="left as it is"):
                    change(path)
                assert listed.read_bytes() == foreign

    def test_what_could_not_be_opened_for_a_moment_is_looked_at_again(self, tmp_path: Path) -> None:
        path = archs4_files.write(tmp_path / "gene.h5", "v2.5").path
        usual = resource.getrlimit(resource.RLIMIT_NOFILE)
        with settings.use(Settings(data=(path,), home=tmp_path / "home", cache=tmp_path, demo=False)):
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, usual[1]))  # no further file can be opened
            try:
                (file,) = shelves.shelf(now=True).files.values()
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, usual)
            assert isinstance(file.problem, NotConfigured)
            (file,) = shelves.shelf(now=True).files.values()
            assert file.problem is None

    def test_what_is_no_archs4_file_is_refused(self, tmp_path: Path) -> None:
        foreign = archs4_files.damage(tmp_path / "foreign.h5", "foreign")
        with settings.use(Settings(data=(tmp_path,), home=tmp_path, cache=tmp_path, demo=False)):
            for path in (foreign, tmp_path / "gone.h5"):
                with pytest.raises((BadInput, ExpronautError)):
                    shelves.add(path)
            assert not (tmp_path / settings.LIST).exists()

    def test_a_hostile_list_is_read_as_names_only(self, tmp_path: Path) -> None:
        (tmp_path / settings.LIST).write_bytes(b"# mine\n../../etc/passwd\n/etc/passwd\n\0\n$(touch x)\n\n")
        with found(tmp_path):
            assert [key for key in keys() if info(key).problem is None] == []


def test_the_demo_cohort_is_listed_before_it_is_made(tmp_path: Path) -> None:
    with found(tmp_path, demo=True):
        demo = info("demo")
        assert (demo.title, demo.kind) == ("Demo cohort (simulated)", "simulated")
        assert "python -m backend demo" in demo.problem
        with pytest.raises(NotConfigured, match="not made yet"):
            api.tissue_profile("demo", "ALB")
    with found(tmp_path):
        assert "demo" not in keys()


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    with found(tmp_path):
        assert keys() == []
        assert "accession" in next(iter(api.local_files().ignored.values()))
