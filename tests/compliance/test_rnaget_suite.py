"""The public compliance suite of GA4GH RNAget against our whole server, token included: as loom and as text."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend import settings
from backend.serve import app
from backend.serve.matrix import FILE_TYPES
from backend.settings import Serve, Settings
from tests import serving
from tests.compliance import suite_data
from tests.compliance.environment import environment

PINS = ("ga4gh-rnaget-compliance==1.0.0", "numpy>=2")
TESTS, CASES = 18, 140
CONFIG = """
servers:
  - server_name: expronaut
    base_url: {base}/rnaget/
    token: anything
    implemented: {{projects: true, studies: true, expressions: true, continuous: true}}
"""


def test_the_public_suite_passes_completely(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with environment(request.config, *PINS) as folder:
        for file_type in FILE_TYPES:  # one after the other: the suite writes into its environment
            store = suite_data.written(tmp_path / f"store-{file_type}", folder, file_type)
            serve = Serve(token="anything", rate=0)  # it asks about 30 times a second
            chosen = Settings(demo=False, rnaget_store=store, rnaget_only=("store",), cache=tmp_path, serve=serve)
            with settings.use(chosen), serving.running(app.asgi()) as base:
                found = _report(folder, tmp_path / f"run-{file_type}", base)
            _check(found, file_type)


def _check(found: dict[str, Any], file_type: str) -> None:
    failed = [f"{name}: {case['name']}: {case['error_message']}" for name, case in _cases(found) if case["status"] != 1]
    assert not failed, file_type
    assert (found["total_tests"], found["total_tests_passed"]) == (TESTS, TESTS), file_type
    assert (found["total_tests_failed"], found["total_tests_skipped"]) == (0, 0), file_type
    assert len(list(_cases(found))) == CASES, file_type


def _report(folder: Path, run: Path, base: str) -> dict[str, Any]:
    """What the suite found. Its exit code is 0 even when tests fail."""
    run.mkdir()
    (run / "config.yaml").write_text(CONFIG.format(base=base))
    command = [folder / "bin/rnaget-compliance", "report", "-c", "config.yaml", "-o", "out", "-f", "--no-tar"]
    done = subprocess.run(command, cwd=run, capture_output=True, text=True, timeout=300)
    results = run / "out/results.json"
    assert results.is_file(), done.stdout[-2000:] + done.stderr[-2000:]
    [found] = json.loads(results.read_text())
    return found


def _cases(found: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for collection in found["test_results"].values():
        for tests in collection.values():
            for test in tests:
                for part in ("api_component", "content_component"):
                    component = test["message"].get(part) or {}
                    for case in component.get("cases", []):
                        yield test["name"], case
