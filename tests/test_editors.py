"""The VS Code extension's manifest and the recipes of the editors' guide."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.test_pipeline import PROJECT, written

from qp_lint import __version__
from qp_lint.cli import cli
from qp_lint.config import ConfigError
from qp_lint.server.folder import configuration

ROOT = Path(__file__).parents[1]
MANIFEST: dict[str, Any] = json.loads((ROOT / "editors/vscode/package.json").read_text(encoding="utf-8"))
GUIDE = (ROOT / "docs/guides/editors.md").read_text(encoding="utf-8")
PATTERN: dict[str, Any] = MANIFEST["contributes"]["problemPatterns"][0]


def test_the_problem_matcher_reads_every_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(tmp_path, {**PROJECT, "broken.yaml": "do_train: [\nstage: sft\nfinetuning_type: lora\n"}))
    done = CliRunner().invoke(cli, ["--output-format", "concise", "--no-cache", "-q"])
    lines = done.stdout.splitlines()
    found = [re.match(PATTERN["regexp"], line) for line in lines]
    assert lines
    assert all(found)
    first = next(match for match in found if match and match[PATTERN["code"]] == "QP101")
    assert first[PATTERN["file"]] in PROJECT
    assert (first[PATTERN["severity"]], first[PATTERN["line"]].isdigit()) == ("error", True)
    assert PATTERN["regexp"].replace("\\", "\\\\") in GUIDE


def test_the_extension_offers_the_settings_that_the_server_knows(tmp_path: Path) -> None:
    offered = {name.partition(".")[2]: entry for name, entry in MANIFEST["contributes"]["configuration"]["properties"].items()}
    own = {"path", "trace.server"}
    described = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", GUIDE, re.M))))
    assert offered.keys() - own == described
    defaults = {name: entry["default"] for name, entry in offered.items()}
    assert configuration(tmp_path, defaults).select == ()
    with pytest.raises(ConfigError, match=r"qp-lint\.select"):
        configuration(tmp_path, {"select": "QP1"})
    assert MANIFEST["version"] == __version__
    assert MANIFEST["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] == ["qp-lint.path"]  # it names a program


def test_recipes_are_valid_and_start_the_server() -> None:
    blocks = re.findall(r"```(\w+)\n(.*?)```", GUIDE, re.S)
    for language, text in blocks:
        if language == "json":
            json.loads(text)
        if language != "json" or "concise" not in text:
            assert "server" in text or "regexp" in text
    assert GUIDE.count("## ") == 7
