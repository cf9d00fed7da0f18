"""Data files by their extension."""

from __future__ import annotations

import re

from qp_lint.text import Source
from qp_lint.tree import Node

_COMMENTED = re.compile(r"(?:^|/)(?:\.vscode/|\.devcontainer/|\.?devcontainer\.json$|tsconfig)")  # as editors read them


def parse_data(source: Source, path: str) -> tuple[Node, ...]:
    """The documents of a file named `path`: several for YAML, one for JSON, none for formats that are not read.

    Raises ParseError.
    """
    suffix = re.sub(r"\.(?:j2|jinja2?)$", "", path.lower()).rpartition(".")[2]
    if suffix == "json":
        from qp_lint.parse.json import parse_commented_json, parse_json

        return (parse_commented_json(source) if _COMMENTED.search(path) else parse_json(source),)
    if suffix in ("yaml", "yml"):
        from qp_lint.parse.yaml import parse_yaml

        if "{{" not in source.text and "{%" not in source.text:
            return parse_yaml(source)
        from qp_lint.parse.templates import parse_templated

        return parse_templated(source)
    if suffix == "toml":
        from qp_lint.parse.toml import parse_toml

        return (parse_toml(source),)
    return ()
