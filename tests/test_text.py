"""Places in text: what people, editors and other tools are told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qp_lint.text import Source, assembled, shifted

TEXTS = st.text(st.sampled_from("ab \t\r\né😀\u0301"), max_size=40)


def test_columns_in_every_unit() -> None:
    source = Source("t.py", "x = 1\ns = 'é😀'; f(4)\n")
    offset = source.text.index("f(4)")
    assert source.position(offset) == source.position(source.offset(2, 11))
    assert (source.position(offset).line, source.position(offset).column) == (2, 11)
    assert source.utf16(offset) == (1, 11)  # 😀 is two units
    assert source.utf8(offset) == (2, 15)  # é is two bytes, 😀 four


def test_line_ends() -> None:
    source = Source("t.yaml", "a: 1\r\nb: 2\rc: 3\nd: 4")
    assert [source.line(n) for n in range(1, 5)] == ["a: 1", "b: 2", "c: 3", "d: 4"]
    assert source.line(0) == source.line(9) == ""


@given(TEXTS)
def test_positions_round_trip(text: str) -> None:
    source = Source("t", text)
    for offset in range(len(text) + 1):
        place = source.position(offset)
        line_end = source.lines[place.line - 1] + len(source.line(place.line))
        assert source.offset(place.line, place.column) == min(offset, line_end)


@given(TEXTS)
def test_units_agree_with_encodings(text: str) -> None:
    source = Source("t", text)
    for offset in range(len(text) + 1):
        place = source.position(offset)
        before = source.line(place.line)[: place.column - 1]
        assert source.utf16(offset) == (place.line - 1, len(before.encode("utf-16-le")) // 2)
        assert source.utf8(offset) == (place.line, len(before.encode()) + 1)


def test_embedded_places_lead_to_the_file() -> None:
    script = Source("run.sh", 'cat > ds.json <<EOF\n{"zero": 3}\nEOF\n')
    start = script.text.index("{")
    inner = shifted(script, start, '{"zero": 3}\n')
    span = inner.span(9, 10)
    assert span.text == "3"
    assert span.outermost() == script.span(start + 9, start + 10)


def test_embedded_lines_with_indentation_taken_off() -> None:
    host = Source("job.yaml", "run: |\n  accelerate launch t.py\n  echo\n")
    inner = assembled(host, [(9, "accelerate launch t.py\n"), (34, "echo\n")])
    assert inner.span(23, 27).text == "echo"
    assert inner.span(23, 27).outermost().text == "echo"


def test_what_ends_with_an_earlier_piece_is_shown_up_to_its_own_end() -> None:
    script = Source("run.sh", "name=fsdp\nlaunch configs/$name.yaml --out $name\n")
    at = script.text.index
    inner = assembled(
        script,
        [(at("launch"), "launch configs/"), (5, "fsdp"), (at(".yaml"), ".yaml --out "), (5, "fsdp")],
    )
    assert inner.span(0, len(inner.text)).outermost().text == "launch configs/$name.yaml --out "
