"""Mappings in every layout that people write them in; generators draw from a source of randomness that hypothesis shrinks."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

NAMES = ("alpha", "beta", "gamma", "delta")


@dataclass(frozen=True)
class Text:
    """A text with one mapping in it: the entries it has as they are written, and where the first stands."""

    text: str
    names: Sequence[str]
    at: int


def pick(r: Random, *options: str) -> str:
    return r.choice(options)


def some(r: Random) -> list[str]:
    return r.sample(NAMES, r.randint(1, 4))


def finished(r: Random, text: str, names: Sequence[str], after: str = "") -> Text:
    """With some line end, and with or without one at the end."""
    text = text.rstrip("\n") if r.random() < 0.2 else text
    text = text.replace("\n", pick(r, "\n", "\n", "\r\n"))
    return Text(text, names, text.index(names[0], text.index(after)))


PYTHON = {
    "alpha": ("1", "(1)", "0x1", "(\n  1\n)"),
    "beta": ('"text"', "'text'", '"""text"""', '"te" "xt"', '("te"\n"xt")', "r'text'"),
    "gamma": ("True", "(True)"),
    "delta": ("None",),
}
WRAPPED = (
    "x = other(1, {}, [2])  # keep",
    "y = 1; x = {}; z = 2",
    "x: dict = {}  # type: dict",
    "return {}",
    "x = [{}, 5]",
    "with open(f) as g: x = {}",
    "x = (  # c\n\t\t{}\n    )",
    "x = y or \\\n        {}",
    "if a: x = {}",
    "assert {}, 'no'",
    "@deco({})\n{I}def g(): pass",
)


def python_comment(r: Random) -> str:
    return pick(r, "", "", "  # why, so", "  # )", "  # type: ignore[call-arg]", "  # é 日本")


def python(r: Random) -> tuple[Text, bool]:
    """A call of `make`, or a dict; whether it is a dict."""
    names, a_dict = some(r), r.random() < 0.4
    items = []
    for name in names:
        value = r.choice(PYTHON[name])
        if a_dict:
            items.append(pick(r, f'"{name}": {value}', f"'{name}':{value}", f'"{name}" : {value}'))
        else:
            items.append(f"{name}{pick(r, '=', ' = ', '= ')}{value}")
    if not a_dict and r.random() < 0.4:
        items.insert(0, pick(r, '"first, (value"', "other(1, [2, 3],)", "lambda x, y: (x, y)", "x if y else (z)"))
    if r.random() < 0.2:
        items.append("**more")
    indent, trailing = pick(r, "    ", "\t", "  "), r.random() < 0.5
    inside = r.choice(LAYOUTS)(r, items, indent, trailing)
    call = f"{{{inside}}}" if a_dict else f"make({inside})"
    body = r.choice(WRAPPED).replace("{}", call).replace("{I}", indent)
    text = f"import torch\n\n\ndef main():\n{indent}{body}\n{indent}return x\n"
    return finished(r, text, names, "def main"), a_dict


def on_one_line(r: Random, items: list[str], indent: str, trailing: bool) -> str:
    return pick(r, "", " ") + pick(r, ", ", ",", " , ").join(items) + ("," if trailing else "") + pick(r, "", " ")


def on_lines(r: Random, items: list[str], indent: str, trailing: bool) -> str:
    lines = []
    for number, item in enumerate(items):
        lines += [indent * 2 + "# note, here"] * (r.random() < 0.2) + [""] * (r.random() < 0.15)
        comma = "," if trailing or number < len(items) - 1 else ""
        lines.append(f"{indent * 2}{item}{comma}{python_comment(r)}")
    lines += [indent * 2 + "# last"] * (r.random() < 0.2)
    return "\n" + "\n".join(lines) + f"\n{indent}"


def closed_at_once(r: Random, items: list[str], indent: str, trailing: bool) -> str:
    lines = [f"{indent * 2}{item},{python_comment(r)}" for item in items[:-1]]
    return "\n" + "\n".join([*lines, indent * 2 + items[-1]])


def hanging(r: Random, items: list[str], indent: str, trailing: bool) -> str:
    return f",\n{indent * 3}".join(items) + ("," if trailing else "")


def in_rows(r: Random, items: list[str], indent: str, trailing: bool) -> str:
    rows = [items[:2], items[2:]] if len(items) > 2 else [items]
    lines = [f"{indent * 2}{', '.join(row)}{',' if row is not rows[-1] or trailing else ''}{python_comment(r)}" for row in rows]
    return "\n" + "\n".join(lines) + f"\n{indent}"


def continued(r: Random, items: list[str], indent: str, trailing: bool) -> str:
    return ", \\\n      ".join(items) + ("," if trailing else "")


LAYOUTS: tuple[Callable[[Random, list[str], str, bool], str], ...] = (
    *(on_one_line, on_lines, closed_at_once, hanging, in_rows, continued),
)

FLOW = {
    "alpha": ("1", "0x1", "!!int 1", "&a 1"),
    "beta": ("text", "'text'", '"text"'),
    "gamma": ("true", "True", "yes"),
    "delta": ("null", "~", "{}", "[]", "[1, 2]", "{x: 1}"),
}
BLOCK = {
    **FLOW,
    "beta": (*FLOW["beta"], "|-\n{i}  text", ">-\n{i}  text", '"te\\\n{i}  xt"'),
    "delta": (*FLOW["delta"], "", "\n{i}  - 1\n{i}  - 2", "\n{i}  x: 1"),
}
# Where the mapping stands: what comes before it (a block's lines come with the indentation named), and what leads to it.
PLACES: dict[str, tuple[str, str, tuple[str | int, ...]]] = {
    "below": ("outer:{c}\n", "  ", ("outer",)),
    "far": ("outer:{c}\n", "     ", ("outer",)),
    "item": ("outer:\n  - ", "    ", ("outer", 0)),
    "deep": ("o:\n   outer:\n", "      ", ("o", "outer")),
    "merged": ("b: &b\n  q: 1\nouter:\n  <<: *b\n", "  ", ("outer",)),
}


def yaml_comment(r: Random) -> str:
    return pick(r, "", "", "  # why", " # a: b", "  # é 日本")


def yaml(r: Random) -> tuple[Text, tuple[str | int, ...]]:
    """A mapping in block or flow style; the keys that lead to it."""
    names, where = some(r), r.choice(sorted(PLACES))
    before, indent, path = PLACES[where]
    keys = [pick(r, name, name, f'"{name}"', f"'{name}'") for name in names]
    if r.random() < 0.3:
        inner = pick(r, ", ", ",", " ,  ", ",\n      ").join(
            f"{k}: {r.choice(FLOW[n])}" for k, n in zip(keys, names, strict=True)
        )
        open_, close = pick(r, "", " ", "\n      "), pick(r, "", " ", ",", "\n    ")
        body, path = f"outer: {{{open_}{inner}{close}}}{yaml_comment(r)}\n", ("outer",)
    else:
        lines = ""
        for number, (key, name) in enumerate(zip(keys, names, strict=True)):
            value = r.choice(BLOCK[name]).replace("{i}", indent)
            if number or where != "item":
                lines += pick(r, "", "", "", f"{indent}# note: x\n", "\n")
            comment = "" if "\n" in value.lstrip("\n") and not value.startswith("\n") else yaml_comment(r)
            shown = (
                f"{comment}{value}"
                if value.startswith("\n")
                else f"{' ' * r.randint(1, 3)}{value}{comment}"
                if value
                else comment
            )
            lines += f"{indent}{key}:{shown}\n"
        body = before.replace("{c}", yaml_comment(r)) + (lines[len(indent) :] if where == "item" else lines)
    text = (
        pick(r, "# top\n", "---\n", "", "%YAML 1.1\n---\n")
        + body
        + "last: [1, {x: 2}]  # end"
        + pick(r, "", "\n", "\n\n", "\n# bye\n")
    )
    return finished(r, text, names), path


JSON_VALUES = ('[1, {"x": 2}]', "{}", '{"alpha": {"k": 1}}', '"é \\u00e9, }"', "-1.5e3", "true", "null", '"te\\"xt"')


def json_text(r: Random) -> Text:
    """An object with white space wherever it may be."""
    names = some(r)
    pairs = {name: r.choice(JSON_VALUES) for name in names}

    def blank() -> str:
        return pick(r, "", " ", "\n", " \n  ", "\t", "\n\n    ")

    if r.random() < 0.4:
        body = json.dumps({name: json.loads(value) for name, value in pairs.items()}, indent=r.choice([None, 1, 4, "\t"]))
    else:
        body = "{" + blank() + f",{blank()}".join(f'"{n}"{blank()}:{blank()}{v}{blank()}' for n, v in pairs.items()) + "}"
    text = f'{{"zz": [0],{blank()}"outer": {body},"last": {{"alpha": 9}}}}\n'
    return finished(r, text, names, '"outer"')


TOML_VALUES = {
    "alpha": ("1", "0x1", "1_0"),
    "beta": ('"t"', "'t'", '"""t"""', "'''\nt'''"),
    "gamma": ("true",),
    "delta": ("[1, 2]", "[\n  1,\n  2,\n]", "{x = 1}", "1979-05-27", "1.5"),
}


def toml(r: Random) -> Text:
    """A table of its own, or an inline one."""
    names = some(r)

    def comment() -> str:
        return pick(r, "", "  # why", "\t# a = b")

    def entry(name: str, flat: bool) -> str:
        values = [value for value in TOML_VALUES[name] if not flat or "\n" not in value]
        return f"{pick(r, name, json.dumps(name))}{pick(r, '=', ' = ')}{r.choice(values)}"

    if r.random() < 0.3:
        inner = pick(r, ", ", ",", " , ").join(entry(name, True) for name in names)
        text = f"# top\nouter = {{{pick(r, '', ' ')}{inner}{pick(r, '', ' ')}}}{comment()}\n[last]\nalpha = 9\n"
    else:
        lines = "".join(pick(r, "", "", "# n: x\n", "\n") + pick(r, "", "  ") + entry(n, False) + comment() + "\n" for n in names)
        tables = [f"[outer]{comment()}\n{lines}", "[last]\nalpha = 9\n"]
        r.shuffle(tables)
        text = "# top\nfirst = 1\n" + pick(r, "", "\n").join(tables)
    return finished(r, text, names, "outer")


OPTIONS = {"alpha": ("1", "'1'", '"1"'), "beta": ("'g h'", '"g h"', "g\\ h"), "gamma": ("",), "delta": ("$D", '"${D:-x}"', "d")}


def shell(r: Random) -> tuple[Text, str]:
    """A command among others; the command as it is written."""
    names = some(r)
    words = [f"--{n}" if not (v := r.choice(OPTIONS[n])) else pick(r, f"--{n} {v}", f"--{n}={v}") for n in names]
    between = pick(r, " ", "  ", " \\\n    ", " \\\n")
    command = pick(r, "", "X=1 ", "CUDA_VISIBLE_DEVICES=0,1 Y='a b' ", "time ", "nohup ") + "accelerate launch "
    command += between.join([*words, "train.py", "--own 1"])
    before = "#!/bin/bash\nset -e\n" + pick(r, "", "# --alpha 7\n", "if [ $A ]; then\n    ", "\t")
    after = pick(r, "", " # run", " > log 2>&1", " | tee log", " && echo done", " &") + ("\nfi" if "then" in before else "")
    text = before + command + after + pick(r, "", "\n", "\necho 'x'\n")
    return Text(text, names, text.index(f"--{names[0]}", len(before))), command
