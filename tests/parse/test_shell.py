"""What launch scripts run, and where each word of it would be changed."""

from __future__ import annotations

import pytest
from tests.parse.scripts import lines, only, parse, place, value, values

from qp_lint.parse.shell import parse_shell
from qp_lint.text import Source, shifted
from qp_lint.tree import ANY_WORDS, Choice


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("python train.py", ["python", "train.py"]),
        ("python 'a b' \"c d\" e\\ f", ["python", "a b", "c d", "e f"]),
        ("python --x='a'\"b\"c", ["python", "--x=abc"]),
        ("python \\\n  train.py \\\r\n  --a 1\r\n", ["python", "train.py", "--a", "1"]),
        ("python a.py # --b 2", ["python", "a.py"]),
        ("python a#b", ["python", "a#b"]),
        ("python a.py > log 2>&1 < in", ["python", "a.py"]),
        ("python a.py &> log.txt &", ["python", "a.py"]),
        ("python $'a\\tb\\x41'", ["python", "a\tbA"]),
        ("python ''", ["python", ""]),
        ('python "a\\"b\\n\\$c"', ["python", 'a"b\\n$c']),
        ("python '{\"a\": $X}'", ["python", '{"a": $X}']),
        ("time python a.py", ["python", "a.py"]),
        ("exec nohup python a.py", ["python", "a.py"]),
        ("python é😀.py", ["python", "é😀.py"]),
    ],
)
def test_words(text: str, words: list[object]) -> None:
    assert values(only(text)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("python conf/{model,zero3}.yaml", ["conf/model.yaml", "conf/zero3.yaml"]),
        ("python {a,b}{1,2}", ["a1", "a2", "b1", "b2"]),
        ("python a{b,{c,d}e}f", ["abf", "acef", "adef"]),
        ("python {1..3} {08..10} {c..a..2}", ["1", "2", "3", "08", "09", "10", "c", "a"]),
        ("python {a,'b c'} {,x}y", ["a", "b c", "y", "xy"]),
        ("python '{a,b}' \"{a,b}\" {a\\,b} {} {a} {1..x} {a,b", ["{a,b}", "{a,b}", "{a,b}", "{}", "{a}", "{1..x}", "{a,b"]),
        ("X=1; python $X.{a,b} ${X}{c,d}", ["1.a", "1.b", "1c", "1d"]),
        ("X={a,b}; python $X", ["{a,b}"]),
        ("python {1..100}", ["{1..100}"]),  # too many to be of use
    ],
)
def test_braces(text: str, words: list[object]) -> None:
    assert values(only(text))[1:] == words


def test_a_loop_over_braces() -> None:
    text = "for bits in {4,8}; do for seed in {1..2}; do python a.py $bits $seed; done; done"
    assert lines(text) == [["python", "a.py", ["4", "8"], ["1", "2"]]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("X=a; python $X ${X} \"$X\"b '$X'", ["python", "a", "a", "ab", "$X"]),
        ("python ${X:-8} ${X-9} ${X:=7} $X", ["python", "8", "9", "7", "7"]),
        ("X=; python ${X:-8} ${X-9}", ["python", "8"]),
        ("X=a; python ${X:+b}", ["python", "b"]),
        ("A=1; B=$A$A; python $B", ["python", "11"]),
        ("python ${A:-${B:-c}}", ["python", "c"]),
        ("ARGS='--a 1  --b 2'; python $ARGS", ["python", "--a", "1", "--b", "2"]),
        ("ARGS='--a 1'; python \"$ARGS\"", ["python", "--a 1"]),
        ("X=a; X+=b; python $X", ["python", "ab"]),
        ("A=(x 'y z'); A+=(w); python \"${A[@]}\" ${A[0]}", ["python", "x", "y z", "w", "x"]),
        ('A=(); python "${A[@]}"', ["python"]),
        ("A=(\n  --a 1 # one\n  --b\n)\npython ${A[@]}", ["python", "--a", "1", "--b"]),
        ('set -- a b; python $1 "$@"', ["python", "a", "a", "b"]),
        ("read X; python $X", ["python", ("",)]),
        ("unset X; python ${X:-d}", ["python", "d"]),
    ],
)
def test_variables(text: str, words: list[object]) -> None:
    assert values(only(text)) == words


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        *(
            ("128 / (4 * 8)", "4"),
            ("N * 2 + 1", "17"),
            ("$N*${N}", "64"),
            ("-7 / 2", "-3"),
            ("-7 % 2", "-1"),
            ("2 ** 3 ** 2", "512"),
        ),
        *(("N > 4 ? 1 : 0", "1"), ("N == 8 && M", "0"), ("  ${K:-3}-1 ", "2"), ("$((N / 4)) * 3", "6"), ("10 - 4 - 3", "3")),
        *(("N / M", None), ("N + UNSET", None), ("N + $(nproc)", None), ("017", None), ("N++", None), ("1 +", None), ("", None)),
        *(("2 ** 64", None), ("9" * 300, None), ("(" * 2000 + "1" + ")" * 2000, None), ("N += 1", None), ("0x10", None)),
    ],
)
def test_arithmetic(expression: str, found: str | None) -> None:
    command = only(f"N=8; M=0; python t.py --x $(({expression})) --y")
    assert values(command)[2:] == ["--x", ("",) if found is None else found, "--y"]


@pytest.mark.parametrize(
    "loop",
    [
        'while [[ "$1" != "" ]]; do case $1 in -c) shift; CFG=$1;; -m) shift; MODEL=$1;; *) exit 1;; esac; shift; done',
        'while [ $# -gt 0 ]; do case "$1" in --cfg) CFG="$2"; MODEL="$2"; shift 2;; esac; done',
        'while getopts "c:m:" opt; do case $opt in c) CFG=$OPTARG;; m) MODEL=$OPTARG;; esac; done',
    ],
)
def test_a_loop_over_the_arguments_leaves_the_defaults(loop: str) -> None:
    last = parse(f"CFG=zero2.json; MODEL=''\n{loop}\npython t.py --c $CFG --m \"$MODEL\"").commands[-1]
    assert values(last)[:4] == ["python", "t.py", "--c", "zero2.json"]
    assert values(last)[5] != "", "nobody starts it without a model"


def test_what_is_not_known_keeps_its_beginning() -> None:
    command = only('python --cfg=conf/$NAME.yaml $(nproc) `date` $((RANDOM % 2)) "$1" "$@" ${X%.yaml}')
    assert values(command) == ["python", ("--cfg=conf/",), ("",), ("",), ("",), ("",), (ANY_WORDS,), ("",)]


def test_a_word_from_a_variable_is_placed_where_the_variable_gets_it() -> None:
    text = 'ARGS="--stage 3 --bits 4"\npython t.py $ARGS "--x=$N"\n'
    command = only(text)
    stage = command.words[3]
    assert place(stage) == "3"
    assert stage.span is not None
    assert stage.span.begin.line == 1
    assert [span.text for span in stage.via] == ["$ARGS"]
    assert [span.begin.line for span in stage.via] == [2]


def test_a_mixed_word_is_placed_at_the_word_with_the_assignment_behind_it() -> None:
    word = only("DIR=configs\npython $DIR/a.yaml").words[1]
    assert (value(word), place(word)) == ("configs/a.yaml", "$DIR/a.yaml")
    assert [span.text for span in word.via] == ["configs"]


def test_a_flag_that_a_variable_holds_is_placed_in_the_text_of_that_variable() -> None:
    word = only('N=8\nCMD="torchrun --n=$N t.py"\n$CMD').words[1]
    assert (value(word), place(word)) == ("--n=8", "--n=$N")
    assert [span.text for span in word.via] == ["$CMD", "8"]


def test_environment() -> None:
    script = parse("export A=1\nB=2\nC=3 python x.py\nexport B D='x y'\nenv E=5 A=9 python y.py\nunset A\npython z.py")
    env = [{name: value(node) for name, node in command.env.items()} for command in script.commands]
    assert env == [{"A": "1", "C": "3"}, {"A": "9", "B": "2", "D": "x y", "E": "5"}, {"B": "2", "D": "x y"}]
    assert place(script.commands[1].env["D"]) == "'x y'"
    assert place(script.commands[1].env["E"]) == "5"


def test_declare_exports_only_with_x() -> None:
    command = only("declare -x A=1\ndeclare B=2\ndeclare -rx C=3\npython x.py $B")
    assert sorted(command.env) == ["A", "C"]


@pytest.mark.parametrize(
    ("text", "directory"),
    [
        ("x", ""),
        ("cd a; x", "a"),
        ("cd a/b && cd .. && x", "a"),
        ("cd ..; x", ".."),
        ("cd /w/y; x", "/w/y"),
        ("cd a; (cd b); x", "a"),
        ("cd $SOMEWHERE; x", None),
        ('cd "$(dirname "$0")"; x', ""),
        ("D=sub; cd $D; x", "sub"),
        ("if test -d a; then cd a; fi; x", None),
    ],
)
def test_directory(text: str, directory: str | None) -> None:
    assert only(text).directory == directory


@pytest.mark.parametrize(
    ("text", "maybe"),
    [
        ("a && python", False),
        ("a || python", True),
        ("a | python", False),
        ("[ -f x ] && python", True),
        ("[[ -f x && $a < $b ]] && python", True),
        ("! python", False),
        ("if [ -f a ]; then python; fi", True),
        ("if [ -f a ]; then\n :\nelif [ -f b ]; then python; fi", True),
        ("for x in 1 2; do python; done", False),
        ("for x in $(seq 3); do python; done", True),
        ("for ((i = 0; i < 3; i++)); do python; done", True),
        ("while read x; do python; done < f", True),
        ("case $x in a|b) python;; esac", True),
        ("f() { python; }", True),
        ("f() { python; }; f", False),
        ("{ python; }", False),
        ("( python )", False),
    ],
)
def test_what_may_not_run(text: str, maybe: bool) -> None:
    found = [command for command in parse(text).commands if values(command) == ["python"]]
    assert [command.maybe for command in found] == [maybe]


def test_nothing_runs_after_exit() -> None:
    assert lines("a\nexit 0\nb") == [["a"]]
    assert lines("a || exit 1\nb") == [["a"], ["b"]]
    assert lines("if [ -z x ]; then exit 1; fi\nb") == [["b"]]
    assert lines("exec a\nb") == [["a"]]
    assert lines("for x in 1; do break; a; done; b") == [["b"]]


def test_a_branch_gives_a_choice_that_knows_its_condition() -> None:
    script = parse('if [ "$Z" = 3 ]; then\n  CFG=z3.json; N=1\nelse\n  CFG=z2.json; N=2\nfi\ndeepspeed t.py --cfg $CFG -n=$N\n')
    (command,) = script.commands
    config, count = command.words[3:]
    assert (value(config), value(count)) == (["z3.json", "z2.json"], ["-n=1", "-n=2"])
    assert isinstance(config, Choice)
    assert isinstance(count, Choice)
    assert config.branch == count.branch
    assert config.branch is not None
    assert config.branch.text == '[ "$Z" = 3 ]'
    assert not command.maybe


def test_a_branch_that_leaves_the_script_decides_nothing() -> None:
    assert lines("if [ -f a ]; then X=1; exit; else X=2; fi\npython $X") == [["python", "2"]]


def test_commands_that_differ_in_length_are_told_apart() -> None:
    script = parse("L=torchrun\nif [ $Z ]; then L='accelerate launch'; fi\n$L t.py")
    assert [values(command) for command in script.commands] == [["accelerate", "launch", "t.py"], ["torchrun", "t.py"]]
    assert all(command.maybe for command in script.commands)


def test_a_loop_goes_through_its_values_together() -> None:
    (command,) = parse("for c in a b; do llamafactory-cli train $c.yaml --out out/$c; done").commands
    assert values(command) == ["llamafactory-cli", "train", ["a.yaml", "b.yaml"], "--out", ["out/a", "out/b"]]
    assert {word.branch for word in command.words if isinstance(word, Choice)} != {None}


def test_functions_get_their_arguments() -> None:
    text = 'train() {\n  local cfg=$1; shift\n  accelerate launch --config_file $cfg t.py "$@"\n}\ntrain z3.yaml --a 1\n'
    (command,) = parse(text).commands
    assert values(command) == ["accelerate", "launch", "--config_file", "z3.yaml", "t.py", "--a", "1"]
    assert command.words[3].span is not None
    assert command.words[3].span.begin.line == 5
    assert lines("function f { python $1; }\nf a\nf b") == [["python", "a"], ["python", "b"]]
    assert lines("f() { f; }; f") == [["f"]]


def test_commands_inside_words() -> None:
    text = 'X=4\nsrun --n 2 bash -c "torchrun \\\n  t.py --bits $X"\nCMD="python a.py --z 3"\neval "$CMD --y"\n'
    script = parse(text)
    assert [values(command)[0] for command in script.commands] == ["srun", "torchrun", "python"]
    bits = script.commands[1].words[3]
    assert value(bits) == "4"
    assert bits.span is not None
    assert bits.span.outermost().text == "4"
    assert bits.span.outermost().begin.line == 1
    zero = script.commands[2].words[3]
    assert zero.span is not None
    assert (zero.span.outermost().text, zero.span.outermost().begin.line) == ("3", 4)


def test_here_documents_write_files() -> None:
    text = """cat > a.json <<'EOF'
{"x": "$Y"}
EOF
N=3
tee sub/b.json <<EOF
{"stage": $N}
EOF
cat <<-EOF > c.yaml
\ta: 1
\tEOF
"""
    files = parse(text).files
    assert {path: source.text for path, source in files.items()} == {
        "a.json": '{"x": "$Y"}\n',
        "sub/b.json": '{"stage": 3}\n',
        "c.yaml": "a: 1\n",
    }
    stage = files["sub/b.json"].text.index("3")
    assert files["sub/b.json"].span(stage, stage + 1).outermost().begin.line == 4  # where N gets it
    one = files["c.yaml"].span(3, 4).outermost()
    assert (one.text, one.begin.line) == ("1", 9)


def test_a_file_that_is_written_in_two_ways_is_not_known() -> None:
    text = "if [ -f a ]; then\ncat > a.json <<E\n{}\nE\nelse\ncat > a.json <<E\n[]\nE\nfi\n"
    assert parse(text).files == {}
    assert parse("cat >> a.json <<E\n{}\nE\n").files == {}
    assert parse("cd $X\ncat > a.json <<E\n{}\nE\n").files == {}


def test_a_here_document_is_a_commands_input() -> None:
    command = only("python - <<'EOF'\nprint(1)\nEOF\n")
    assert command.stdin is not None
    assert command.stdin.text == "print(1)\n"


def test_a_here_document_read_into_a_variable() -> None:
    text = "N=3\nread -r -d '' ARGS <<EOF\ntrain.py \\\n  --stage $N\nEOF\nif [ $1 ]; then\n  deepspeed $ARGS\nfi\n"
    (command,) = parse(text).commands
    assert values(command) == ["deepspeed", "train.py", "--stage", "3"]
    span = command.words[2].span
    assert span is not None
    assert (span.text, span.begin.line) == ("--stage", 4)


def test_directives() -> None:
    script = parse("#!/bin/bash\n#SBATCH --gres=gpu:8 -N 2\n# SBATCH --no\nsrun python x.py\n")
    (directive,) = script.directives
    assert [value(word) for word in directive.words] == ["--gres=gpu:8", "-N", "2"]
    assert directive.span.begin.line == 2


def test_spans_of_a_part_of_another_file() -> None:
    outer = Source("job.yaml", "run: |\n  python t.py\n")
    (command,) = parse_shell(shifted(outer, 9, "python t.py\n")).commands
    span = command.words[1].span
    assert span is not None
    assert (span.outermost().text, span.outermost().begin.line) == ("t.py", 2)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('echo a\npython t.py "x\n', 19),
        ("echo 'a\n", 5),
        ("echo it\\'s \"it's\" 'a\"b' # don't\n", None),
        ("cat <<EOF\nit's\nEOF\n", None),
        ('echo "$(echo "a b")" "${X:-it\'s}"\n', None),
    ],
)
def test_a_quote_that_is_never_closed_is_told(text: str, place: int | None) -> None:
    unclosed = parse(text).unclosed
    assert (unclosed.start if unclosed else None) == place


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('N=3; if [ "$N" = 3 ]; then python a; else python b; fi', [["python", "a"]]),
        ('N=3; if [ "$N" != 3 ]; then python a; else python b; fi', [["python", "b"]]),
        ("N=2; if [[ $N -gt 1 && -n $N ]]; then python a; fi", [["python", "a"]]),
        ("N=2; if [[ $N -gt 4 || $N == [12] ]]; then python a; fi", [["python", "a"]]),
        ("N=; if [ -z $N ]; then python a; fi", [["python", "a"]]),
        ("N=1; if ! [ $N -eq 1 ]; then python a; elif [ $N -ge 1 ]; then python b; fi", [["python", "b"]]),
        ("M=${1:-z3}; case $M in z2) python 2;; z3|z4) python 3;; *) python other;; esac", [["python", "3"]]),
        ("case $UNKNOWN in a) python 2;; b) python 3;; esac", [["python", "2"], ["python", "3"]]),
        ("if true; then python a; else python b; fi", [["python", "a"]]),
        ("if [ -f x ] && [ 1 = 1 ]; then python a; else python b; fi", [["python", "a"], ["python", "b"]]),
        (
            "for q in a b; do if [ $q = a ]; then python $q --only-a; else python $q; fi; done",
            [["python", "a", "--only-a"], ["python", "b"]],
        ),
        ("for q in a b; do if [ $q = a ]; then X=1; else X=2; fi; python $X; done", [["python", ["1", "2"]]]),
    ],
)
def test_conditions_that_are_known(text: str, words: list[list[object]]) -> None:
    assert lines(text) == words
