"""Formats for other programs: each against its schema or the library of its readers, with text that is hard on them."""

from __future__ import annotations

import dataclasses
import json
import re
import urllib.parse
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema  # type: ignore[import-untyped, unused-ignore]
import pytest
import xmlschema
from lsprotocol import converters, types
from tests.report.conftest import SCRIPT, TABBED

from qp_lint.report import names, renderer
from qp_lint.report.display import Style
from qp_lint.report.view import Cell, View
from qp_lint.text import Position

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
EMPTY = View(files=3, runs=1)


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory is a folder of a repository: services want paths from its root."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "jobs").mkdir()
    monkeypatch.chdir(tmp_path / "jobs")
    return tmp_path


def written(name: str, view: View) -> str:
    return renderer(name)(view, Style())


def valid(name: str, view: View) -> Any:
    """The report as data, after it was held against its schema."""
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    report = json.loads(written(name, view))
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(report)
    return report


def text_of(path: str) -> str:
    return next(source.text for source in (TABBED, SCRIPT) if source.path == path)


@pytest.mark.parametrize("name", sorted(names()))
def test_every_format_renders_everything_and_nothing(name: str, wide: View) -> None:
    for view in (wide, EMPTY, View()):
        written(name, view).encode("utf-8")


@pytest.mark.parametrize("name", sorted(names().keys() - {"json", "json-lines", "full", "junit"}))
def test_the_cell_of_a_notebook_is_named(name: str, wide: View) -> None:
    (first, *rest) = wide.diagnostics
    cell = Cell(5, Position(2, 1), Position(2, 4), ())
    place = dataclasses.replace(first.place, cell=cell)
    report = written(name, dataclasses.replace(wide, diagnostics=(dataclasses.replace(first, place=place), *rest)))
    assert report.count("cell 5, line 2: ") == 1


@pytest.mark.parametrize("name", ["sarif", "rdjson", "gitlab"])
def test_nothing_found_is_valid_too(name: str) -> None:
    valid(name, EMPTY)


# SARIF


def test_sarif_results(wide: View) -> None:
    run = valid("sarif", wide)["runs"][0]
    found, info, *_ = run["results"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert found["level"] == "error"
    assert info["level"] == "note"
    location = found["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {
        "uri": "jobs/%D0%BA%D0%BE%D0%BD%D1%84%D0%B8%D0%B3/ds%20z3.json",
        "uriBaseId": "%SRCROOT%",
    }
    line = TABBED.line(2)
    region = location["region"]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == region["snippet"]["text"] == '"stage": 3'
    assert found["partialFingerprints"] == {"qpLint/v1": wide.diagnostics[0].fingerprint}
    assert found["properties"]["settings"]["parallel.strategy"] == "zero3"


def test_sarif_rules_are_described_once(wide: View) -> None:
    run = valid("sarif", wide)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["QP101", "QP102", "QP901", "QP902"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert rules[0]["helpUri"].endswith("QP101-ptq-checkpoint-sharded.md")
    assert "**Ways out**" in rules[0]["help"]["markdown"]
    assert "Ways out:" in rules[0]["help"]["text"]


def test_sarif_links_related_locations_from_the_message(wide: View) -> None:
    found = valid("sarif", wide)["runs"][0]["results"][0]
    links = re.findall(r"\[((?:\\.|[^\]\\])*)\]\((\d+)\)", found["message"]["text"])
    assert [(re.sub(r"\\(.)", r"\1", text), int(number)) for text, number in links] == [
        (place["message"]["text"], place["id"]) for place in found["relatedLocations"]
    ]
    multi = found["relatedLocations"][1]["physicalLocation"]["region"]
    assert multi["snippet"]["text"] == 'load(\n\t"naïve",\n)'


def test_sarif_flow_leads_from_launch_over_configuration_to_script(wide: View) -> None:
    found = valid("sarif", wide)["runs"][0]["results"][0]
    (flow,) = found["codeFlows"][0]["threadFlows"]
    uris = [step["location"]["physicalLocation"]["artifactLocation"]["uri"] for step in flow["locations"]]
    assert [urllib.parse.unquote(uri) for uri in uris] == ["jobs/run.sh", "jobs/конфиг/ds z3.json", "jobs/train.py"]


def test_sarif_suppressions_say_who_hides_what(wide: View) -> None:
    results = valid("sarif", wide)["runs"][0]["results"]
    hidden = [result["suppressions"][0] for result in results if "suppressions" in result]
    assert [(one["kind"], one["justification"]) for one in hidden] == [
        ("inSource", "known"),
        ("external", "per-file-ignores: old/*"),
        ("external", "in the baseline"),
    ]


def test_sarif_fixes(wide: View) -> None:
    one, two = valid("sarif", wide)["runs"][0]["results"][0]["fixes"]
    (change,) = one["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "2"}
    removed, created = two["artifactChanges"]
    assert removed["replacements"][0]["deletedRegion"] == {"startLine": 2, "startColumn": 1, "endLine": 3, "endColumn": 1}
    assert created["artifactLocation"]["uri"] == "jobs/new%20dir/ds_z2.json"


def test_sarif_tells_mistakes_of_the_tool_from_findings(wide: View) -> None:
    run = valid("sarif", wide)["runs"][0]
    assert [result["ruleId"] for result in run["results"][-2:]] == ["QP902", "QP901"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert "KeyError" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert valid("sarif", EMPTY)["runs"][0]["invocations"][0]["executionSuccessful"] is True


def test_paths_outside_the_repository_are_absolute(wide: View, repository: Path) -> None:
    (repository / ".git").rmdir()
    (repository / "jobs" / ".git").mkdir()
    first = valid("sarif", wide)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert first["artifactLocation"]["uri"].startswith("%D0%BA")
    moved = View((*wide.diagnostics[1:],))
    assert valid("gitlab", moved)[0]["location"]["path"] == "train.py"


# editors


def test_lsp_is_what_a_server_sends(wide: View, repository: Path) -> None:
    converter = converters.get_converter()
    sent = [converter.structure(item, types.PublishDiagnosticsParams) for item in json.loads(written("lsp", wide))]
    by_uri = {item.uri: item.diagnostics for item in sent}
    folder = (repository / "jobs").as_uri()
    ((found,), (info, internal), (broken,), (folder_note,)) = by_uri.values()
    assert next(iter(by_uri)) == f"{folder}/%D0%BA%D0%BE%D0%BD%D1%84%D0%B8%D0%B3/ds%20z3.json"
    units = TABBED.line(2).encode("utf-16-le")
    assert found.range.start.line == 1
    assert units[found.range.start.character * 2 : found.range.end.character * 2].decode("utf-16-le") == '"stage": 3'
    assert found.source == "qp-lint"
    assert found.severity is types.DiagnosticSeverity.Error
    assert found.code_description == types.CodeDescription("https://example.org/QP101")
    assert found.related_information is not None
    shell, script = found.related_information
    assert shell.location.uri == f"{folder}/run.sh"
    assert (script.location.range.start, script.location.range.end) == (types.Position(0, 18), types.Position(2, 1))
    assert info.severity is types.DiagnosticSeverity.Information
    assert info.code_description is None
    assert internal.code == "QP900"
    assert broken.range.start == types.Position(2, 0)
    assert folder_note.range.start == types.Position(0, 0)
    assert isinstance(found.data, dict)
    assert found.data["fingerprint"] == wide.diagnostics[0].fingerprint
    edits = [converter.structure(fix["edit"], types.WorkspaceEdit).document_changes for fix in found.data["fixes"]]
    assert [len(changes or ()) for changes in edits] == [1, 3]
    assert isinstance(next(iter(edits[1] or ())), types.CreateFile)


def test_rdjson_counts_bytes(wide: View) -> None:
    report = valid("rdjson", wide)
    found = report["diagnostics"][0]
    assert found["location"]["path"] == "jobs/конфиг/ds z3.json"
    line = TABBED.line(2).encode()
    start, end = (found["location"]["range"][side]["column"] for side in ("start", "end"))
    assert line[start - 1 : end - 1] == b'"stage": 3'
    assert [suggestion["text"] for suggestion in found["suggestions"]] == ["2"]  # the other fix is more than one edit
    assert report["severity"] == "ERROR"
    assert report["diagnostics"][2]["location"] == {"path": "jobs/ds, new;.json", "range": {"start": {"line": 3}}}


# CI systems


def test_github_annotations(wide: View) -> None:
    lines = written("github", wide).splitlines()
    levels = [line.split(" ")[0] for line in lines]
    assert levels == ["::error", "::error", "::error", "::warning", "::notice"]  # GitHub shows the first ten
    head, _, text = lines[0].partition(" ")[2].rpartition("::")
    assert head == ("title=QP101 ptq-checkpoint-sharded,file=jobs/конфиг/ds z3.json,line=2,endLine=2,col=23,endColumn=33")
    assert text.startswith("100%25: [GPTQ] with%0AZeRO-3; naïve, <b>&␇%0A%0Ajobs/run.sh:2: launched here%0A")
    assert lines[1].startswith("::error title=QP902,file=jobs/ds%2C new;.json,line=3::100%25 wrong: ] expected")


def test_github_gives_no_columns_for_several_lines(wide: View) -> None:
    (found,) = [item for item in wide.diagnostics if item.code == "QP101"]
    import dataclasses

    several = View((dataclasses.replace(found, place=found.related[1]),))
    assert ",line=1,endLine=3::" in written("github", several)


def test_azure_commands(wide: View) -> None:
    lines = written("azure", wide).splitlines()
    assert lines[0].startswith(
        "##vso[task.logissue type=error;sourcepath=jobs/конфиг/ds z3.json;linenumber=2;columnnumber=23;code=QP101;]"
        "QP101 ptq-checkpoint-sharded: 100%AZP25: [GPTQ] with%0AZeRO-3"
    )
    assert any(
        line == "##vso[task.logissue type=error;sourcepath=jobs/ds, new%3B.json;linenumber=3;code=QP902;]"
        "QP902: 100%AZP25 wrong: ] expected"
        for line in lines
    )


def test_gitlab_report(wide: View) -> None:
    issues = valid("gitlab", wide)
    assert issues[0]["location"]["path"] == "jobs/конфиг/ds z3.json"
    assert issues[0]["location"]["positions"]["begin"] == {"line": 2, "column": 23}
    assert [place["path"] for place in issues[0]["other_locations"]] == ["jobs/run.sh", "jobs/train.py"]
    assert [issue["severity"] for issue in issues] == ["critical", "info", "critical", "critical", "major"]
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_junit_report(wide: View) -> None:
    schema = xmlschema.XMLSchema10(str(SCHEMAS / "junit.xsd"))
    for view in (wide, EMPTY):
        schema.validate(written("junit", view))
    root = ElementTree.fromstring(written("junit", wide))
    assert (root.get("tests"), root.get("failures")) == ("8", "4")
    case = root.find("testsuite[@name='конфиг/ds z3.json']/testcase")
    assert case is not None
    assert (case.get("file"), case.get("line")) == ("конфиг/ds z3.json", "2")
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "100%: [GPTQ] with ZeRO-3; naïve, <b>&\ufffd"
    assert "run.sh:2:3: launched here" in (failure.text or "")
    passed = ElementTree.fromstring(written("junit", EMPTY))
    assert (passed.get("tests"), passed.get("failures")) == ("1", "0")


def test_json_lines(wide: View) -> None:
    text = written("json-lines", wide)
    lines = [json.loads(line) for line in text.split("\n")[:-1]]
    whole = json.loads(written("json", wide))
    assert [line.pop("type") for line in lines] == ["diagnostic"] * 2 + ["note"] * 3 + ["summary"]
    assert lines[:2] == whole["diagnostics"]
    assert lines[2:5] == whole["notes"]
    assert lines[5]["summary"] == whole["summary"]
