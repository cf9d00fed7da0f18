"""`--show-files` and `--show-settings`."""

from __future__ import annotations

from qp_lint.cli.request import Request
from qp_lint.diagnostics import Severity


def files(asked: Request) -> str:
    """The files that would be read, as paths from the working directory."""
    from qp_lint.cli.lint import options
    from qp_lint.discover import discover, root_of
    from qp_lint.pipeline import shown_path

    root = root_of(asked.paths)
    how = options(asked, asked.policy())
    listing = discover(asked.paths, root=root, exclude=how.exclude, respect_gitignore=how.respect_gitignore, docs=how.docs)
    shown = list(map(shown_path(root), listing.files))
    if asked.format() == "json":
        return _json(shown)
    return "\n".join(shown)


def settings(asked: Request) -> str:
    """The configuration that holds after the command line, and every rule with whether it is on."""
    config, policy = asked.config, asked.policy()
    values: dict[str, object] = {
        "config": str(config.file) if config.file else None,
        "extends": [str(file) for file in config.files[1:]],
        "select": list(config.select) or ["(default)"],
        "extend-select": list(config.extend_select),
        "ignore": list(config.ignore),
        "per-file-ignores": {pattern: list(codes) for pattern, codes in config.per_file_ignores},
        "exclude": [*config.exclude, *config.extend_exclude],
        "severity": dict(config.severity),
        "target-versions": dict(config.target_versions),
        "fail-on": config.fail_on,
        "baseline": config.baseline or None,
        "respect-gitignore": config.respect_gitignore,
    }
    names = policy.catalogue.names
    if asked.format() == "json":
        rules = {code: {"name": name, "enabled": code in policy.enabled} for code, name in names.items()}
        return _json({**values, "rules": rules})
    lines = [f"{key} = {_toml(value)}" for key, value in values.items()]
    lines += ["", "# rules"]
    for code, name in names.items():
        severity: Severity | None = policy.severities.get(code)
        state = f"on, {severity.label}" if severity else "on"
        lines.append(f"{code}  {name}: {state if code in policy.enabled else 'off'}")
    return "\n".join(lines)


def _toml(value: object) -> str:
    """A value as TOML would write it."""
    import json

    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return '""' if value is None else json.dumps(value, ensure_ascii=False)


def _json(value: object) -> str:
    import json

    return json.dumps(value, indent=2, ensure_ascii=False)
