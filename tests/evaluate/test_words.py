"""What parsers of other libraries make of words: `words/*.txt`.

`=== name $ words` begins a program that is launched with these words (`=== name` one whose launch is not known), `--- path` a
further file of it.  It ends in `lib.show(…)`; `=> ` stands before what is shown, as `programs.plain` says it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.evaluate.programs import calls, plain, run

WORDS = Path(__file__).parent / "words"


@dataclass(frozen=True)
class Launched:
    """One program, the words that it gets, and what it shows."""

    name: str
    files: dict[str, str]
    line: str | None
    shows: object


def launched() -> Iterator[Launched]:
    for path in sorted(WORDS.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("=== ")[1:]:
            head, _, text = block.partition("\n")
            name, sign, line = head.partition(" $")
            program, _, shows = text.rstrip().rpartition("\n=> ")
            main, *further = program.split("--- ")
            parts = (part.partition("\n") for part in further)
            files = {"train.py": f"import lib\n{main}", **{name: body for name, _, body in parts}}
            yield Launched(f"{path.stem}: {name}", files, line.strip() if sign else None, ast.literal_eval(shows))


@pytest.mark.parametrize("case", list(launched()), ids=lambda case: case.name)
def test_words_become_values(case: Launched) -> None:
    call = calls(run(case.files, "train.py", case.line), "lib.show")[-1]
    values = [plain(value) for value in call.args]
    assert (values[0] if len(values) == 1 else values) == case.shows
