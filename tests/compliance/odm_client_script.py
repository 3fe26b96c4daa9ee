"""Run by the Python of another environment: asks an ODM server through the public client odm-api, and prints JSON.

    python odm_client_script.py ASKED

ASKED is JSON: host, strict (name: host, of servers whose jobs only are asked about), user and curator (tokens), and
what to ask for: study, sample, tpm, rpkm, chain, study_link, samples_text, data_link, metadata_link, template.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import odm_api
from odm_api.exceptions import ApiException
from pydantic import ValidationError


def client(host: str, token: str) -> odm_api.ApiClient:
    return odm_api.ApiClient(odm_api.Configuration(host=host, api_key={"Genestack-API-Token": token}))


def plain(value: Any) -> Any:
    """What a model holds, with the fields its to_dict leaves out because they are read-only."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.model_dump(by_alias=True) if hasattr(value, "model_dump") else value


def refusal(call: Callable[[], Any]) -> str | int | None:
    """The status, or the name of the model's error, that a call ends with; None: it succeeds."""
    try:
        call()
    except ApiException as error:
        return error.status
    except ValidationError as error:
        return error.title
    return None


def reading(user: odm_api.ApiClient, asked: dict[str, str]) -> dict[str, Any]:
    studies, samples = odm_api.StudySPoTAsUserApi(user), odm_api.SampleSPoTAsUserApi(user)
    omics, links = odm_api.OmicsQueriesAsUserApi(user), odm_api.ExpressionIntegrationAsUserApi(user)
    groups = odm_api.ExpressionSPoTAsUserApi(user)
    query = {
        "study_filter": f"genestack:accession={asked['study']}",
        "ex_query": "feature=CD36,CPT1A value >= 4",
        "ex_filter": f"genestack:accession={asked['tpm']}",
    }
    chain = {"ex_filter": '"Normalization Method"=Counts'}
    found = {
        "studies": studies.search_studies_as_user(),
        "study": studies.get_study_as_user(asked["study"]),
        "samples": samples.search_samples_as_user(filter='"Sample Source"=Simulated', page_limit=50),
        "omics_samples": omics.omics_search_samples_as_user(sample_filter="Tissue=liver", page_limit=5),
        "items": omics.omics_search_expression_data_as_user(**query, page_limit=20000),
        "groups": omics.omics_search_expression_groups_as_user(**chain, use_versions=f"{asked['chain']}:v1,v2"),
        "group": groups.get_expression_group_as_user(asked["tpm"]),
        "groups_of_study": links.get_expression_groups_by_study_as_user(asked["study"]),
        "runs": links.get_expression_run_to_sample_pairs_as_user(asked["tpm"]),
        "csv": omics.omics_search_streamed_expression_data_as_user_without_preload_content(
            group_accession=asked["rpkm"], sample_filter="Sex=M"
        ).data.decode(),
        "facets": odm_api.StudyIntegrationAsUserApi(user).search_studies_by_filter_as_user(
            odm_api.SearchStudyRequest(page=odm_api.SearchStudyRequestPage(offset=0, limit=50))
        ),
        "links": odm_api.LinkageAsUserApi(user).get_links_by_params_as_user(
            first_type="study", first_id=asked["study"], second_type="sample"
        ),
        "unknown": refusal(lambda: studies.get_study_as_user("GSF1")),
        "curating": refusal(
            lambda: odm_api.ValidationSummaryAsCuratorApi(user).get_study_validation_summary(asked["study"])
        ),
    }
    return {name: plain(value) for name, value in found.items()}


def curating(curator: odm_api.ApiClient, asked: dict[str, str]) -> dict[str, Any]:
    jobs, upload = odm_api.DataImportJobsApi(curator), odm_api.DataImportViaDirectFileUploadApi(curator)
    states: list[str] = []

    def accession(started: Any) -> str:
        info = started
        while info.status in ("STARTING", "RUNNING"):
            states.append(info.status)
            info = odm_api.JobOperationsApi(curator).info(started.job_exec_id)
        states.append(info.status)
        result = odm_api.JobOperationsApi(curator).output(started.job_exec_id).result
        return result.get("accession") or result["groupAccession"]

    body = odm_api.ImportMetadataRequest(metadata_link=asked["study_link"], template_id=asked["template"])
    study = accession(jobs.start_import_study(body=body))
    samples = accession(upload.start_import_samples_multipart(file=("samples.tsv", asked["samples_text"].encode())))
    data = odm_api.ImportExpressionSignalRunRequest(
        data_link=asked["data_link"], metadata_link=asked["metadata_link"], data_class="Bulk transcriptomics"
    )
    group = accession(jobs.start_import_expression(body=data))
    to_study = odm_api.SampleIntegrationAsCuratorApi(curator).create_sample_group_study_link_as_curator_with_http_info
    to_samples = odm_api.ExpressionIntegrationAsCuratorApi(
        curator
    ).create_expression_group_sample_group_link_as_curator_with_http_info
    curated = odm_api.SampleSPoTAsCuratorApi(curator)
    return {
        "states": states,
        "again": refusal(lambda: jobs.start_import_study(body=body)),
        "study": study,
        "samples": samples,
        "group": group,
        "linked": [to_study(samples, study).status_code, to_samples(group, samples).status_code],
        "wrong_link": refusal(lambda: to_samples(group, samples, linking_attribute="Population")),
        "summary": plain(odm_api.ValidationSummaryAsCuratorApi(curator).get_study_validation_summary(asked["study"])),
        "patched": plain(curated.update_sample_as_curator(asked["sample"], {"Sex": "female", "BMI": None})),
        "versions": plain(curated.get_sample_versions_as_curator(asked["sample"])),
        "task": plain(
            odm_api.MetadataVersioningAsCuratorApi(curator).publish_study_by_accession_as_curator(
                asked["study"], version_message="Checked"
            )
        ),
    }


def job_refusal(curator: odm_api.ApiClient, link: str) -> str | int | None:
    """What the client makes of a job that the server has started, and of its first poll."""

    def start_and_poll() -> None:
        started = odm_api.DataImportJobsApi(curator).start_import_study(
            body=odm_api.ImportMetadataRequest(metadata_link=link)
        )
        odm_api.JobOperationsApi(curator).info(started.job_exec_id)

    return refusal(start_and_poll)


def main() -> None:
    asked = json.loads(sys.argv[1])
    host, curator = asked["host"], asked["curator"]
    found = {
        "read": reading(client(host, asked["user"]), asked),
        "curated": curating(client(host, curator), asked),
        "jobs": {
            name: job_refusal(client(other, curator), asked["study_link"]) for name, other in asked["strict"].items()
        },
    }
    json.dump(found, sys.stdout, default=str)


if __name__ == "__main__":
    main()
