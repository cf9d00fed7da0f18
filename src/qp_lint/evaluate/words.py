"""The words of a command line, assigned to options the way argparse does."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from collections.abc import Sequence as Items
from dataclasses import dataclass, field

from qp_lint.text import Span
from qp_lint.tree import ANY_WORDS, Node, Scalar, Sequence, Unknown, choice, through

TRUE = frozenset({"yes", "true", "t", "y", "1"})
FALSE = frozenset({"no", "false", "f", "n", "0"})
CONFIG = "config"  # the action of an option that names a configuration file
_SEVERAL = re.compile(r"(?i)args|opts|options|flags|extra|\[[@*]\]")  # in the name of a variable that may hold several words
_NUMBER = re.compile(r"-\d+$|-\d*\.\d+$")


@dataclass(slots=True)
class Option:
    """One option of a parser; `convert` turns a word into a value, `values` is argparse's `nargs`."""

    dest: str
    flags: tuple[str, ...] = ()  # none: a positional argument
    action: str = "store"
    default: Node | None = None
    convert: Callable[[Node], Node] | None = None
    values: str | int | None = None
    const: Node | None = None
    choices: tuple[Node, ...] = ()
    required: bool = False
    span: Span | None = None  # its name in the program
    off: tuple[str, ...] = ()  # those of its flags that say no
    custom: Node | None = None  # a class of the project that says what becomes of its value

    def given(self, words: list[Node], flag: Node | None = None) -> Node:
        """The value that words on the command line give it."""
        place = flag.span if flag is not None else None
        if self.action in ("store_true", "store_false"):
            return Scalar(self.action == "store_true", span=place, via=(self.span,) if self.span else ())
        if not words:
            node = self.const or Scalar(True)
            return dataclasses.replace(node, span=place)
        converted = [through(self.convert(word) if self.convert is not None else word, self.span) for word in words]
        if self.values in ("*", "+", "...") or isinstance(self.values, int) or len(converted) > 1:
            return Sequence(tuple(converted), span=words[0].span)
        return converted[0]

    def missing(self, launched: bool) -> Node:
        """The value without words: the default, or one of what a launch that is not known may give."""
        default = self.default if self.default is not None else Scalar(None)
        if self.action in ("store_true", "store_false") and self.default is None:
            default = Scalar(self.action == "store_false", span=self.span)
        if launched:
            return default
        if self.action in ("store_true", "store_false", "boolean"):
            values = [Scalar(True, span=self.span), Scalar(False, span=self.span)]
            return choice([default, *(value for value in values if not _equal(value, default))])
        if self.choices:
            rest = [option for option in self.choices if not _equal(option, default)]
            return choice(rest if self.required else [default, *rest], span=self.span)
        return Unknown(hint=self.dest, span=self.span) if self.required else choice([default, Unknown(hint=self.dest)])


def _equal(left: Node, right: Node) -> bool:
    return isinstance(left, Scalar) and isinstance(right, Scalar) and left.value == right.value


@dataclass(slots=True)
class Line:
    """A command line that was read: values by destination, words that no option takes, and whether more may be given."""

    values: dict[str, Node] = field(default_factory=dict)
    rest: list[Node] = field(default_factory=list)
    open: bool = False


def read(options: Items[Option], words: list[Node], *, lenient: bool = False, exact: bool = False, group: bool = False) -> Line:
    """Assign words to options; `lenient` takes dashes and underscores in names for the same, `exact` no abbreviated names.

    The line of a `group` ends where the name of its command stands: that and all behind it is the rest.
    """
    line = Line()
    flags = {_name(flag, lenient): option for option in options for flag in option.flags}
    positional = [option for option in options if not option.flags]
    index = 0
    while index < len(words):
        word = words[index]
        if group and not is_flag_node(word):
            line.rest = words[index:]
            return line
        index += 1
        if not isinstance(word, Scalar):
            found = _find(flags, _name(name, lenient), exact) if (name := option_of(word)) else None
            if found is not None:
                line.values[found.dest] = Unknown(hint=found.dest, span=word.span, via=word.via)
            else:
                line.open = line.open or not (name or (lenient and _is_value(word, line.rest)))
                line.rest.append(word)
            continue
        text = str(word.value)
        if not is_flag(text):
            line.rest.append(word)
            continue
        name, sign, inline = text.partition("=")
        option = _find(flags, _name(name, lenient), exact)
        if option is None:
            line.rest.append(word)
            continue
        negated = _says_no(option, _name(name, lenient), lenient)
        taken: list[Node] = []
        if sign:
            taken = [dataclasses.replace(word, value=inline, raw=inline)]
        else:
            count = 0 if negated else 1 if option.action == "boolean" and _is_truth(words, index) else _wanted(option)
            while index < len(words) and len(taken) < count and not is_flag_node(words[index]):
                taken.append(words[index])
                index += 1
        _give(line, option, taken, word, negated=negated)
    _positionals(line, positional)
    return line


def _is_value(word: Node, before: list[Node]) -> bool:
    """Whether an unknown word is the value of the flag before it, which no option of the program is, and no more than that."""
    flag = before[-1] if before else None
    if not isinstance(flag, Scalar) or not is_flag(str(flag.value)) or "=" in str(flag.value):
        return False
    return isinstance(word, Unknown) and word.hint != ANY_WORDS and not (word.span and _SEVERAL.search(word.span.text))


def _give(line: Line, option: Option, taken: list[Node], flag: Scalar, *, negated: bool) -> None:
    if (option.action == "boolean" or negated) and not taken:
        line.values[option.dest] = Scalar(not negated, span=flag.span, via=(option.span,) if option.span else ())
        return
    value = option.given(taken, flag)
    if option.action in ("append", "extend"):
        old = line.values.get(option.dest)
        items = (value,) if not isinstance(value, Sequence) or option.action == "append" else value.items
        value = Sequence((*(old.items if isinstance(old, Sequence) else ()), *items), span=flag.span)
    line.values[option.dest] = value


def _positionals(line: Line, options: list[Option]) -> None:
    for index, option in enumerate(options):
        free = [word for word in line.rest if not is_flag_node(word)]
        if not free:
            break
        count = 1 if option.values in (None, "?") else option.values if isinstance(option.values, int) else len(free)
        if option.values in ("*", "+"):
            count = len(free) - sum(1 for other in options[index + 1 :] if other.values is None)
        taken = free[: max(count, 0)]
        line.rest = [word for word in line.rest if not any(word is other for other in taken)]
        if taken:
            line.values[option.dest] = option.given(taken)


def _wanted(option: Option) -> int:
    """How many words an option takes at most."""
    if option.action in ("store_true", "store_false", "boolean", "count", "store_const", "help", "version"):
        return 0
    if isinstance(option.values, int):
        return option.values
    return 1 if option.values in (None, "?") else 10_000


def is_flag(text: str) -> bool:
    """Whether a word is an option's name."""
    return text.startswith("-") and text != "-" and not _NUMBER.match(text) and " " not in text.partition("=")[0]


def is_flag_node(node: Node) -> bool:
    """Whether a word is known to be an option's name."""
    return isinstance(node, Scalar) and is_flag(str(node.value))


def option_of(word: Node) -> str:
    """The option that a word is for of which only `--name=` is known; "" for a word that may be anything."""
    name, sign, _ = word.hint.partition("=") if isinstance(word, Unknown) else ("", "", "")
    return name if sign and is_flag(name) else ""


def _name(flag: str, lenient: bool) -> str:
    if not lenient:
        return flag
    dashes = len(flag) - len(flag.lstrip("-"))
    return flag[:dashes] + flag[dashes:].replace("-", "_")


def _says_no(option: Option, name: str, lenient: bool) -> bool:
    """Whether a flag, perhaps abbreviated, is one of those that switch an option off."""
    if not option.off:
        return False
    off = [_name(flag, lenient) for flag in option.off]
    on = [_name(flag, lenient) for flag in option.flags if flag not in option.off]
    return name in off or (name not in on and any(flag.startswith(name) for flag in off))


def _is_truth(words: list[Node], index: int) -> bool:
    """Whether a word says True or False: what a switch may be followed by (tyro, absl)."""
    word = words[index] if index < len(words) else None
    return isinstance(word, Scalar) and word.value in ("True", "False")


def _find(flags: dict[str, Option], name: str, exact: bool) -> Option | None:
    if name in flags:
        return flags[name]
    if exact or not name.startswith("--") or len(name) < 4:
        return None
    found = {id(option): option for flag, option in flags.items() if flag.startswith(name)}
    return next(iter(found.values())) if len(found) == 1 else None


def as_boolean(word: Node) -> Node:
    """A truth value as HfArgumentParser reads it."""
    if not isinstance(word, Scalar) or isinstance(word.value, bool):
        return word
    text = str(word.value).lower()
    if text in TRUE or text in FALSE:
        return dataclasses.replace(word, value=text in TRUE)
    return Unknown(span=word.span, via=word.via)


def as_switch(word: Node) -> Node:
    """The value of an option whose type is not at hand: `True` and `False` are hardly meant as texts."""
    named = isinstance(word, Scalar) and str(word.value) in ("True", "False", "true", "false")
    return as_boolean(word) if named else word


def as_number(word: Node, kind: type) -> Node:
    """A number (`int` or `float`); a word that is none is unknown."""
    if not isinstance(word, Scalar) or not isinstance(word.value, str):
        return word
    try:
        return dataclasses.replace(word, value=kind(word.value))
    except (ValueError, OverflowError):
        return Unknown(span=word.span, via=word.via)
