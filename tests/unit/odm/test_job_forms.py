"""What ODM says of jobs, in every form it was seen in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from backend.errors import BadAnswer
from backend.model import Validation
from backend.odm import job_forms
from backend.odm.curation import summary

FIELDS = (
    "jobExecId", "status", "createTime", "result", "errors", "stack", "accession", "groupAccession", "samples",
    "attributes", "attributeInvalidValues", "value", "count", "message",
)  # fmt: skip
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("28-10-2022 11:17:09", datetime(2022, 10, 28, 11, 17, 9)),
        ("2022-10-28 11:17:09", datetime(2022, 10, 28, 11, 17, 9)),
        ("2022-10-28T11:17:09", datetime(2022, 10, 28, 11, 17, 9)),
        ("2022-10-28T11:17:09.250Z", datetime(2022, 10, 28, 11, 17, 9, 250_000, UTC)),
        (1669260909268, datetime(2022, 11, 24, 3, 35, 9, 268_000, UTC)),
        ("in a while", None),
        ("32-13-2022 11:17:09", None),
        (None, None),
        (True, None),
        (1e300, None),
        (10**400, None),
    ],
)
def test_times(told: Any, meant: datetime | None) -> None:
    assert job_forms.time_of(told) == meant


def test_times_are_shown_alike_and_others_as_they_are() -> None:
    shown = {
        job_forms.shown_time(told) for told in ("28-10-2022 11:17:09", "2022-10-28 11:17:09", "2022-10-28T11:17:09")
    }
    assert shown == {"2022-10-28 11:17:09"}
    assert job_forms.shown_time("in a while") == "in a while"


def test_the_known_job_of_a_conflict() -> None:
    long = "x" * 2_000
    told = f"A job instance already exists and is complete for parameters={{metadataLink={long}}}, jobExecId=1234 ."
    assert job_forms.known_job(told) == 1234
    assert job_forms.known_job('already running: {"jobExecId": 77}') == 77
    assert job_forms.known_job("it is there already") is None


@pytest.mark.parametrize("number", [316, "316"])
def test_a_job(number: Any) -> None:
    found = job_forms.job({"jobExecId": number, "status": "started", "createTime": "28-10-2022 11:17:09"})
    assert (found.number, found.status, found.created) == (316, "STARTED", "2022-10-28 11:17:09")
    assert job_forms.job({"jobExecId": 1}).status == "UNKNOWN"


@pytest.mark.parametrize(
    "odd", [None, [], {}, {"jobExecId": None}, {"jobExecId": True}, {"jobExecId": "²"}, {"jobExecId": "9" * 5_000}]
)
def test_a_job_without_a_number(odd: Any) -> None:
    with pytest.raises(BadAnswer):
        job_forms.job(odd)


def test_what_a_job_made() -> None:
    assert job_forms.accession({"result": {"accession": "GSF1"}}) == "GSF1"
    assert job_forms.accession({"result": {"groupAccession": "GSF2"}}) == "GSF2"
    assert job_forms.accession({"result": None, "status": "COMPLETED"}) == ""


def test_why_a_job_failed() -> None:
    stack = [{"type": "java.lang.Fault", "message": "Line 3 is short"}, {"type": "java.lang.NullPointerException"}]
    told = {"errors": [{"stage": "read", "stack": stack}, {"message": "No template"}, "as text", {"stage": "end"}]}
    assert job_forms.failures(told) == (
        "read: Line 3 is short", "read: java.lang.NullPointerException", "No template", "as text", "end: no message",
    )  # fmt: skip
    assert job_forms.failures({"errors": None}) == ()


@given(ANY_JSON)
@limits(max_examples=50, deadline=None)
def test_any_answer_is_read_or_refused(told: Any) -> None:
    job_forms.failures(told)
    job_forms.accession(told)
    for read in (job_forms.job, summary):
        try:
            found = read(told)
        except BadAnswer:
            continue
        if isinstance(found, Validation):
            assert len(found.invalid) <= 5_000


def of_values(values: list[dict[str, Any]]) -> dict[str, Any]:
    attributes = [{"attributeName": "Organism", "attributeInvalidValues": values}]
    return {"samples": [{"groupAccession": "GSF1", "attributes": attributes}]}


def test_the_summary_of_the_recorded_form() -> None:
    errors = [{"errorType": "VALUE_NOT_SET", "errorMessage": "The value is not present"}, {"errorType": "NEW_KIND"}]
    values = [{"value": None, "count": 4, "errors": errors}, {"value": {"a": [1]}, "count": 1}]
    told = {
        "samples": [
            {"groupAccession": "GSF1", "attributes": [{"attributeName": "Organism", "attributeInvalidValues": values}]}
        ]
    }
    found = [(one.value, one.count, one.error) for one in summary(told).invalid]
    assert found == [(None, 4, "VALUE_NOT_SET"), (None, 4, "NEW_KIND"), ('{"a": [1]}', 1, "UNKNOWN")]
    assert summary({"samples": []}).invalid == ()


def test_a_summary_without_end_is_cut_and_says_so() -> None:
    values = [{"value": str(n), "count": 1, "errors": []} for n in range(6_000)]
    told = {
        "samples": [{"groupAccession": "G", "attributes": [{"attributeName": "A", "attributeInvalidValues": values}]}]
    }
    found = summary(told)
    assert len(found.invalid) == 5_000
    assert "5,000" in found.skipped[0]
