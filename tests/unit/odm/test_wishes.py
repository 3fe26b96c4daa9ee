"""What may be imported into ODM, in which order, and how the dry run shows it."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from backend import settings
from backend.errors import BadAnswer, BadInput, ExpronautError, NotConfigured, NotFound, TooLarge
from backend.model import OdmFile, OdmPart, OdmWish
from backend.odm import calls, journal, journal_forms, kept, links, steps, wishes
from backend.settings import Odm

ODM = Odm("https://odm.lab.org", role="curator", token="odm-secret")
FILE = OdmFile("a b;c.gct", "0" * 64, 4)
STUDY, SAMPLES = OdmPart("study", link="https://lab.org/study.tsv"), OdmPart("samples", link="s3://bucket/samples.tsv")
B = "https://lab.org/b.tsv"
DATA = OdmPart("expression", link="https://lab.org/a.gct.gz")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with settings.use(replace(settings.read({}), home=tmp_path, odm=ODM)):
        yield tmp_path


def wish(*parts: OdmPart, **changes: Any) -> OdmWish:
    return wishes.checked(OdmWish("A study", parts, **changes), ODM)


def test_the_order_of_an_import() -> None:
    libraries = OdmPart("libraries", link="https://lab.org/l.tsv")
    of_libraries = replace(DATA, link="https://lab.org/l.gct", target="libraries")
    found = steps.steps(wish(DATA, of_libraries, libraries, SAMPLES, STUDY))
    assert [step.key for step in found] == [
        "study-1", "samples-1", "samples-1-link", "libraries-1", "libraries-1-link",
        "expression-1", "expression-1-link", "expression-2", "expression-2-link",
    ]  # fmt: skip
    assert [step.targets for step in found if step.kind == "link"] == [
        ("study-1",), ("samples-1",), ("samples-1",), ("libraries-1",),
    ]  # fmt: skip
    assert [step.title for step in found][-1] == "Linking expression to libraries"


def test_what_an_import_says_of_expression() -> None:
    tsv = OdmPart(
        "expression", link=B, template="GSF5", previous_version="GSF7", n_features=4, separator=".",
        data_class="Proteomics",
    )  # fmt: skip
    request = steps.steps(wish(STUDY, SAMPLES, tsv))[3].requests[0]
    assert request.route == "jobs/import/expression"
    assert request.body == {
        "dataLink": "https://lab.org/b.tsv", "templateId": "GSF5", "previousVersion": "GSF7", "dataClass": "Proteomics",
        "numberOfFeatureAttributes": 4, "measurementSeparator": ".",
    }  # fmt: skip
    gct = steps.steps(wish(STUDY, SAMPLES, DATA, allow_dups=True))[3]
    assert gct.requests[0].body == {"dataLink": "https://lab.org/a.gct.gz", "dataClass": "Bulk transcriptomics"}
    assert gct.requests[0].params == (("allow_dups", "true"),)
    assert not gct.safe


WRONG: dict[str, tuple[OdmPart, ...]] = {
    "no study": (SAMPLES,),
    "two studies": (STUDY, replace(STUDY, link="https://lab.org/other.tsv")),
    "nothing to link to": (STUDY, DATA),
    "no libraries": (STUDY, SAMPLES, replace(DATA, target="libraries")),
    "the same twice": (STUDY, SAMPLES, SAMPLES),
    "no origin": (OdmPart("study"),),
    "two origins": (replace(STUDY, accession="GSF1"),),
    "a path": (OdmPart("study", link="study.tsv"),),
    "a file of the machine": (OdmPart("study", link="file:///etc/passwd"),),
    "a password": (OdmPart("study", link="https://me:word@lab.org/study.tsv"),),
    "the token": (OdmPart("study", link="https://lab.org/study.tsv?key=odm-secret"),),
    "no accession": (OdmPart("study", accession="../GSF1"),),
    "another class for GCT": (STUDY, SAMPLES, replace(DATA, data_class="Proteomics")),
    "features of a GCT": (STUDY, SAMPLES, replace(DATA, n_features=2)),
    "no features of a TSV": (STUDY, SAMPLES, OdmPart("expression", link="https://lab.org/b.tsv")),
    "an odd separator": (
        STUDY,
        SAMPLES,
        OdmPart("expression", link=B, n_features=1, separator="x"),
    ),
    "an option of expression": (STUDY, replace(SAMPLES, n_features=2)),
    "a later version first": (STUDY, SAMPLES, replace(DATA, previous_version="expression-1")),
    "attributes of a new study": (replace(STUDY, attributes=(("Contributor", "Lab"),)),),
    "a study as a file": (OdmPart("study", file=FILE),),
    "two ways": (STUDY, SAMPLES, replace(DATA, metadata_file=FILE)),
    "a linking attribute of libraries": (STUDY, SAMPLES, replace(DATA, target="libraries", linking_attribute="Name")),
}


@pytest.mark.parametrize("parts", WRONG.values(), ids=WRONG)
def test_what_cannot_work_is_said_before(parts: tuple[OdmPart, ...]) -> None:
    with pytest.raises(BadInput) as told:
        wish(*parts)
    assert told.value.hint
    assert "odm-secret" not in str(told.value)


def test_curators_only() -> None:
    with pytest.raises(NotConfigured):
        wishes.curator(None)


@pytest.mark.parametrize(
    "link", ["s3://b", "s3://Bucket/x.tsv", "s3://bucket/a b.tsv", "ftp://lab.org/x", "https://", "x" * 5_000]
)
def test_links_that_are_none(link: str) -> None:
    with pytest.raises(BadInput):
        links.checked_link(link)


def test_signed_links_keep_their_key_to_themselves() -> None:
    link = "https://b.s3.amazonaws.com/x.tsv?X-Amz-Algorithm=A&X-Amz-Credential=me&X-Amz-Signature=abc&versionId=7"
    assert links.shown(link) == (
        "https://b.s3.amazonaws.com/x.tsv?X-Amz-Algorithm=A&X-Amz-Credential=…&X-Amz-Signature=…&versionId=7"
    )
    assert links.has_secret(link)
    assert not links.has_secret("https://lab.org/x.tsv?versionId=7")
    one, other = (wish(replace(STUDY, link=link.replace("abc", text))) for text in ("abc", "def"))
    assert journal.key(one, ODM) == journal.key(other, ODM)


def test_the_key_of_an_import() -> None:
    usual = wish(STUDY, SAMPLES, DATA)
    by_name = wish(STUDY, SAMPLES, replace(DATA, linking_attribute="Name"))
    same = (replace(usual, title="Another"), wish(DATA, SAMPLES, STUDY), by_name)
    assert {journal.key(one, ODM) for one in same} == {journal.key(usual, ODM)}
    assert journal.key(usual, replace(ODM, base="https://other.org")) != journal.key(usual, ODM)
    assert journal.key(wish(STUDY, SAMPLES), ODM) != journal.key(usual, ODM)


def test_the_dry_run_can_be_pasted() -> None:
    parts = (STUDY, SAMPLES, OdmPart("expression", file=FILE, linking_attribute="Sample Name"))
    found = calls.calls(wish(*parts), ODM, {"study-1": "GSF1"})
    upload = next(call for call in found if call.files)
    words = shlex.split(upload.curl)
    assert words[-1] == "https://odm.lab.org/api/v1/jobs/import/expression/multipart"
    assert 'file=@"a b;c.gct"' in words
    assert "studyId=GSF1" in words
    assert "Genestack-API-Token: $ODM_TOKEN" in words
    link = next(call for call in found if "to/sample/group" in call.path)
    assert '"$EXPRESSION_1"' in link.curl
    assert "linkingAttribute=Sample%20Name" in link.curl
    for call in found:
        compile(call.python, "snippet", "exec")
        assert "odm-secret" not in f"{call!r}"
    bearer = calls.calls(wish(*parts), replace(ODM, token="", bearer="a.b.c"), {})[0]
    assert "Authorization: Bearer $ODM_TOKEN" in bearer.curl
    assert calls.text(found).count("\n   -> ") == len(found)


VALUES = st.one_of(st.none(), st.text(max_size=5), st.integers(), st.booleans(), st.tuples(st.text(max_size=3)))


@given(
    attributes=st.lists(st.tuples(st.text(min_size=1, max_size=5), VALUES), max_size=2),
    title=st.text(max_size=10),
    name=st.text(max_size=12),
    n=st.one_of(st.none(), st.integers(-1, 5)),
    separator=st.text(".,|x", max_size=2),
)
@limits(max_examples=50, deadline=None)
def test_a_journal_gives_back_the_wish(attributes: Any, title: str, name: str, n: Any, separator: str) -> None:
    study = OdmPart("study", accession="GSF1", attributes=tuple(attributes))
    data = OdmPart("expression", link=f"https://lab.org/{name}.tsv", n_features=n, separator=separator)
    try:
        made = wishes.checked(OdmWish(title, (study, SAMPLES, data)), ODM)
    except ExpronautError:
        return
    assert journal_forms.wish(journal_forms.of_wish(made)).parts[1:] == made.parts[1:]
    assert journal_forms.wish(journal_forms.of_wish(made)).title == made.title


def test_a_journal_never_holds_the_token(home: Path) -> None:
    made = journal.begin(wish(STUDY, SAMPLES), ODM)
    made.note("study-1", state="failed", message="The server repeats odm-secret.")
    assert "odm-secret" not in made.path.read_text()
    assert journal.read(made.key).facts("study-1")["message"] == "The server repeats …."
    assert made.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"format": 1, "steps": {}, "server": "x", "wish": 3}', b"\xff\xfe"]
)
def test_a_damaged_journal_is_told(home: Path, damage: bytes) -> None:
    made = journal.begin(wish(STUDY, SAMPLES), ODM)
    made.path.write_bytes(damage)
    with pytest.raises(BadAnswer, match="damaged"):
        journal.read(made.key)
    journal.forget(made.key)
    with pytest.raises(NotFound):
        journal.read(made.key)
    with pytest.raises(BadInput):
        journal.read("../../etc/passwd")


def test_kept_files_are_confined_and_dropped(home: Path) -> None:
    file = kept.keep("a.gct", io.BytesIO(b"#1.2\n"))
    assert kept.path(file).read_bytes() == b"#1.2\n"
    for name in ("../a.gct", "a/b", ".hidden", "", "a\n.gct", ".."):
        with pytest.raises(BadInput):
            kept.keep(name, io.BytesIO(b"x"))
    with pytest.raises(BadInput, match="empty"):
        kept.keep("b.gct", io.BytesIO(b""))
    with pytest.raises(TooLarge):
        kept.keep("b.gct", io.BytesIO(b"x" * 20), most=10)
    assert len([path for path in home.rglob("*") if path.is_file()]) == 1
    kept.sweep([])
    kept.drop([file], [file])
    assert kept.path(file).is_file()
    kept.drop([file], [])
    with pytest.raises(NotFound):
        kept.path(file)
