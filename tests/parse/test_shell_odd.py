"""Shell text that is odd, hostile or made at random: it never fails, costs little, and keeps its places."""

from __future__ import annotations

import shlex
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.parse.scripts import only, parse, place, values

from qp_lint.parse import ParseError
from qp_lint.tree import leaves


@pytest.mark.parametrize(
    "text",
    [
        "A=aaaaaaaaaa\n" + 'A="$A$A"\n' * 60 + "echo $A\n" * 500,
        "echo $( x\n" * 5000,
        'echo "x\n' * 5001,
        "echo `x\n" * 5001,
        "(" * 5000,
        "echo " + "$(" * 5000,
        "echo " + "${X:-" * 5000 + "}" * 5000,
        "".join(f'if [ $X = {i} ]; then A="$A --x{i}"; fi\n' for i in range(100)) + "python t.py $A\n" * 100,
        "".join(f'if test -d /opt/{i}; then export PATH="/opt/{i}:$PATH"; fi\npython t.py\n' for i in range(400)),
        "".join(f"f{i}() {{ f{i - 1}; f{i - 1}; f{i - 1}; }}\n" for i in range(30)) + "f29\n",
        "set -- " + "a " * 2000 + "\n" + 'echo "$@"\n' * 1000,
        'A="eval \\$A \\$A"\neval $A\n' * 50,
        "cat <<EOF\n" * 3000,
        "&& " * 20000,
    ],
)
def test_hostile_scripts_cost_little(text: str) -> None:
    begin = time.process_time()
    parse(text)
    assert time.process_time() - begin < 8  # some of these would take hours if anything were exponential


def test_nesting_is_refused_beyond_a_hundred_levels() -> None:
    with pytest.raises(ParseError, match="nested more than 100 levels"):
        parse("if true; then\n" * 10_000)


WORDS = st.text("ab$ -=./\"'\\#é😀\t", min_size=0, max_size=8)


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_quoted_words_read_as_shlex_reads_them(words: list[str]) -> None:
    line = "python " + " ".join(map(shlex.quote, words))
    assert values(only(line)) == ["python", *shlex.split(line)[1:]]


@given(
    st.lists(st.text("ab-=./:@%+,_é", min_size=1, max_size=8), min_size=1, max_size=6),
    st.sampled_from([" ", "  ", " \\\n ", "\t"]),
)
def test_spans_cover_words_as_written(words: list[str], gap: str) -> None:
    text = "python " + gap.join(words)
    command = only(text)
    assert [place(word) for word in command.words] == ["python", *words]
    assert values(command) == ["python", *words]


KEYWORDS = "if then else elif fi for in do done case esac while { } ( ) (( )) [[ ]] export eval env cd exit cat set"
SIGNS = ['"', "'", "$X", "${X", "}", "${X:-", "$(", "`", "\\", "\n", "\r\n", ";", ";;", "&&", "||", "|", "&", "<<EOF\n", "EOF\n"]
OTHERS = [
    "<<-'E'\n",
    "E\n",
    ">",
    "<",
    "a",
    "b=",
    "X=",
    "X+=(",
    "A=$A$A",
    "f()",
    "f",
    "bash -c",
    "--",
    "$1",
    "$'",
    "#",
    "é",
    "\x00",
]
SNIPPETS = st.sampled_from([*KEYWORDS.split(" "), *SIGNS, *OTHERS, "${X[@]}", "${@:2}", "\ud800"])


@settings(deadline=None)
@given(st.lists(st.tuples(SNIPPETS, st.sampled_from(["", " ", "\n"])), max_size=60))
def test_never_fails_on_odd_text(parts: list[tuple[str, str]]) -> None:
    text = "".join(snippet + gap for snippet, gap in parts)
    script = parse(text)
    for command in script.commands:
        for word in (*command.words, *command.env.values()):
            for leaf in leaves(word):
                if leaf.span is not None:
                    assert 0 <= leaf.span.start <= leaf.span.end <= len(leaf.span.source.text)
                    outer = leaf.span.outermost()
                    assert 0 <= outer.start <= outer.end <= len(text)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_never_fails_on_random_text(text: str) -> None:
    parse(text)
