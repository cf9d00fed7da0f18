"""Substitutions whose output is known: the folder of the script, the working directory."""

from __future__ import annotations

import posixpath
import re

_SELF = r"""["']?(?:\$0|\$\{0\}|\$BASH_SOURCE|\$\{BASH_SOURCE(?:\[0\])?(?::-\$0)?\})["']?"""
_FOLDER = rf"""["']?\$\(\s*dirname\s+(?:--\s+)?{_SELF}\s*\)(?P<below>[\w./-]*)["']?"""
_THERE = _FOLDER.replace("below", "then")
_KNOWN = re.compile(rf"(?:{_FOLDER}|\$\(\s*cd\s+(?:--\s+)?{_THERE}[^&;]*(?:&&|;)\s*pwd(?:\s+-P)?\s*\)|\$\(pwd\))")


def output(text: str) -> str | None:
    """What `$(…)` gives, as a path from the folder in which the script is started; None when that is not known.

    Scripts are taken to be started in their own folder until what they name says otherwise.
    """
    match = _KNOWN.fullmatch(text) if len(text) < 200 else None
    if match is None:
        return None
    return posixpath.normpath(f"./{match['below'] or match['then'] or ''}")
