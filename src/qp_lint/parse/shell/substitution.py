"""Substitutions whose output is known: the folder of the script, the working directory, the repository's root, a command."""

from __future__ import annotations

import posixpath
import re

_SELF = r"""["']?(?:\$0|\$\{0\}|\$BASH_SOURCE|\$\{BASH_SOURCE(?:\[0\])?(?::-\$0)?\})["']?"""
_REAL = rf"""(?:{_SELF}|["']?\$\(\s*(?:readlink\s+-f|realpath)\s+(?:--\s+)?{_SELF}\s*\)["']?)"""
_FOLDER = rf"""["']?\$\(\s*dirname\s+(?:--\s+)?{_REAL}\s*\)(?P<below>[\w./-]*)["']?"""
_THERE = _FOLDER.replace("below", "then")
_ENTER = rf"cd\s+(?:--\s+|-P\s+)?{_THERE}(?:[^&;]|>&)*(?:&&|;)\s*pwd(?:\s+-P)?"
_ROOT = r"git\s+rev-parse\s+--show-toplevel(?:\s+2>\s*/dev/null)?"
_KNOWN = re.compile(rf"(?:{_FOLDER}|\$\(\s*(?:{_ENTER}|{_ROOT}|pwd)\s*\))")
_WHICH = re.compile(r"[\"']?\$\(\s*(?:which|command\s+-v|type\s+-P)\s+(?P<name>[\w.-]+)\s*\)[\"']?")  # where a command lies
# variables that name the folder in which a script is started, and those for what it writes or copies for itself
PLACES = frozenset(("PWD", "SLURM_SUBMIT_DIR", "GITHUB_WORKSPACE", "TMPDIR", "SLURM_TMPDIR"))


def output(text: str) -> str | None:
    """What `$(…)` gives, as a path from the folder in which the script is started; None when that is not known.

    Of `$(which train)` the folder is not known, and the name is enough to tell an installed command.
    Scripts are taken to be started in their own folder, and that to be the root, until what they name says otherwise.
    """
    if len(text) >= 200:
        return None
    if (command := _WHICH.fullmatch(text)) is not None:
        return command["name"]
    match = _KNOWN.fullmatch(text)
    if match is None:
        return None
    return posixpath.normpath(f"./{match['below'] or match['then'] or ''}")
