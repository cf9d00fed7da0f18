"""Comments are told apart from strings, in every kind of file."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qp_lint.discover import Kind
from qp_lint.parse.comments import comments
from qp_lint.text import Source


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Kind.PYTHON, "x = '# no'  # yes\n", ["# yes"]),
        (Kind.PYTHON, '"""\n# no\n"""\n\t# yé\r\nx = 1 # b', ["# yé", "# b"]),
        (Kind.PYTHON, "# a\nx = (\n", ["# a"]),
        (Kind.YAML, "a: b # yes\nc: 'x # no'\nd: e#no\n# top\n", ["# yes", "# top"]),
        (Kind.YAML, "a: | # yes\n  # no\n  x\n# after\nb: 1\n", ["# yes", "# after"]),
        (Kind.YAML, "a: plain\n  # yes\nb: >-\n  folded # no\n", ["# yes"]),
        (Kind.YAML, "é: 😀 # yes\n", ["# yes"]),
        (Kind.YAML, "a: 1 # yes\nb: [\n", ["# yes"]),
        (Kind.TOML, 'a = "# no" # yes\nb = """\n# no\n"""\nc = \'# no\'\n# b\n', ["# yes", "# b"]),
        (Kind.SHELL, "echo '# no' \"# no\" a#no $# ${#x} # yes\n#top\n", ["# yes", "#top"]),
        (
            Kind.SHELL,
            "cat > a.yaml <<EOF # one\na: don't # two\n# three\nEOF\necho # four\n",
            ["# one", "# two", "# three", "# four"],
        ),
        (Kind.SHELL, "cat <<'EOF'\n\"\nEOF\necho ok # yes\n", ["# yes"]),
        (Kind.JSON, "{} # no", []),
    ],
)
def test_comments(kind: Kind, text: str, expected: list[str]) -> None:
    assert [span.text for span in comments(Source("x", text), kind)] == expected


@given(st.text(st.sampled_from("#'\"\\\n\r a:<E|{}[]é"), max_size=60), st.sampled_from(list(Kind)))
def test_any_text_gives_ordered_comments_that_begin_with_a_hash(text: str, kind: Kind) -> None:
    spans = comments(Source("x", text), kind)
    assert all(span.text.startswith("#") for span in spans)
    assert all(one.end <= two.start for one, two in itertools.pairwise(spans))
