"""The text of a file, or why it cannot be had."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

LIMIT = 10 * 1024 * 1024  # bytes of one file; a training script or configuration is never this large


_CODECS = frozenset(
    (
        *("utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "cp1251", "koi8-r"),
        *("gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"),
    )
)
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # PEP 263
_BLANK = re.compile(rb"^[ \t\f]*(?:#.*)?$")


class ReadProblem(Exception):
    """A file whose text cannot be had; `line` is 1-based, 0 when the whole file is meant.

    Codes: QP901 not readable, QP903 not in its encoding, QP904 too large, QP905 binary.
    """

    def __init__(self, code: str, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line


def read_text(path: Path) -> tuple[str, bool]:
    """The text of a file, its line ends as written, and whether a byte order mark stood (and was removed) before it.

    Files are UTF-8; a `.py` file may declare another encoding as PEP 263 has it.  Raises ReadProblem.
    """
    return decode(read_bytes(path), is_python(path.name))


def is_python(path: str) -> bool:
    """Whether the name of a file is that of a Python module."""
    return path.lower().endswith((".py", ".pyw"))


def read_bytes(path: Path | str) -> bytes:
    """The bytes of a regular file of at most `LIMIT` bytes.  Raises ReadProblem."""
    data = read_start(path, LIMIT + 1)
    if len(data) > LIMIT:
        raise ReadProblem("QP904", f"larger than {LIMIT >> 20} MiB: not read")
    return data


def decode(data: bytes, python: bool = False) -> tuple[str, bool]:
    """The text of a file's bytes, and whether it began with a byte order mark; `python`: honour PEP 263.  Raises ReadProblem."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ReadProblem("QP905", "UTF-16 text (it begins with a UTF-16 byte order mark): tools read this file as UTF-8")
    bom = data.startswith(b"\xef\xbb\xbf")
    if bom:
        data = data[3:]
    if b"\0" in data:
        raise ReadProblem("QP905", "binary: it holds NUL bytes", data.count(b"\n", 0, data.index(b"\0")) + 1)
    codec = "utf-8" if bom else encoding(data, python)
    try:
        return data.decode(codec), bom
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ReadProblem("QP903", f"not {codec.upper()}: byte 0x{data[error.start]:02x} on line {line}", line) from None


def encode(text: str, like: bytes, python: bool = False) -> bytes:
    """Text as the bytes of a file that held `like`: its encoding and byte order mark.  Raises ReadProblem."""
    bom = like.startswith(b"\xef\xbb\xbf")
    codec = "utf-8" if bom else encoding(like, python)
    try:
        return (b"\xef\xbb\xbf" if bom else b"") + text.encode(codec)
    except UnicodeEncodeError as error:
        raise ReadProblem("QP903", f"{text[error.start]!r} cannot be written in {codec.upper()}") from None


def encoding(data: bytes, python: bool) -> str:
    """The codec of a file's bytes; `python`: as PEP 263 has it.  Raises ReadProblem for one that is not known."""
    return _declared(data) if python else "utf-8"


def _declared(data: bytes) -> str:
    """The codec that the first two lines of a Python file declare."""
    for number, line in enumerate(data[:2000].splitlines()[:2], 1):
        if match := _COOKIE.match(line):
            return _codec(match[1].decode("ascii", "replace"), number)
        if not _BLANK.match(line):
            break
    return "utf-8"


def _codec(name: str, line: int) -> str:
    import codecs

    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        found = ""
    if found not in _CODECS:
        raise ReadProblem("QP903", f"declares the encoding {name!r}, which is not known here", line)
    return found


def read_start(path: Path | str, limit: int) -> bytes:
    """At most `limit` bytes from the start of a regular file; never waits for a pipe or a device."""
    try:
        # looked at before it is opened: opening a device may do things
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ReadProblem("QP901", "not a regular file")
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise ReadProblem("QP901", "not a regular file")
            data = file.read(min(limit, found.st_size + 1))  # `read` sets aside all that is asked for
            return data if len(data) <= found.st_size else data + file.read(limit - len(data))
    except OSError as error:
        raise ReadProblem("QP901", f"cannot be read: {reason(error)}") from None
    except ValueError as error:  # a NUL in the path
        raise ReadProblem("QP901", f"cannot be read: {error}") from None


def reason(error: OSError) -> str:
    """Why the system refused, in a few words."""
    return "a loop of symbolic links" if error.errno == errno.ELOOP else (error.strerror or "unknown error").lower()
