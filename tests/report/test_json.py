"""The `json` format and its schema."""

from __future__ import annotations

import copy
import json
from importlib import resources
from typing import Any

import jsonschema  # type: ignore[import-untyped, unused-ignore]
import pytest

from qp_lint.report import renderer
from qp_lint.report.display import Style
from qp_lint.report.view import View, view


def strict(schema: Any) -> Any:
    """The schema with every object closed: nothing may be written that it does not describe."""
    if isinstance(schema, dict):
        for value in schema.values():
            strict(value)
        if "properties" in schema and isinstance(schema["properties"], dict):
            schema.setdefault("additionalProperties", False)
    elif isinstance(schema, list):
        for value in schema:
            strict(value)
    return schema


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads((resources.files("qp_lint.report") / "schema.json").read_text(encoding="utf-8"))


def described(schema: Any) -> bool:
    """Whether every member of every object says what it is."""
    if isinstance(schema, list):
        return all(map(described, schema))
    if not isinstance(schema, dict):
        return True
    members = schema.get("properties", {})
    return all("description" in member or "$ref" in member for member in members.values()) and all(
        map(described, schema.values())
    )


def test_schema_is_valid_and_documented(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert described(schema)


def test_report_fits_the_schema(sample: View, schema: Any) -> None:
    report = json.loads(renderer("json")(sample, Style()))
    jsonschema.validate(report, strict(copy.deepcopy(schema)), cls=jsonschema.Draft202012Validator)


def test_empty_report_fits_the_schema(schema: Any) -> None:
    report = json.loads(renderer("json")(view([], [], [], files=0, runs=0), Style()))
    jsonschema.validate(report, strict(copy.deepcopy(schema)), cls=jsonschema.Draft202012Validator)


def test_content(sample: View) -> None:
    report = json.loads(renderer("json")(sample, Style()))
    assert report["version"] == 1
    assert report["tool"]["name"] == "qp-lint"
    (found,) = report["diagnostics"]
    assert found["path"] == "train.yaml"
    assert found["range"] == {"start": {"line": 3, "column": 1}, "end": {"line": 3, "column": 22}}
    assert [place["path"] for place in found["related"]] == ["run.sh", "ds_z3.json", "train.yaml"]
    assert found["related"][1]["range"]["start"] == {"line": 3, "column": 3}  # a tab is one column
    assert found["run"] == {"id": "run.sh", "settings": {"quantization.method": "gptq", "parallel.strategy": "zero3"}}
    assert report["notes"][0]["name"] == "not-utf8"
    assert report["summary"] == {
        "errors": 1,
        "warnings": 1,
        "infos": 0,
        "suppressed": 1,
        "files": 4,
        "runs": 1,
        "rules": [{"code": "QP101", "name": "ptq-checkpoint-sharded", "reported": 1, "suppressed": 1}],
    }
