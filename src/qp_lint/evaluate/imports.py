"""Imports: modules of the project are evaluated, all others are names of libraries."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import libcst as cst

from qp_lint.evaluate.assign import assign_name, owner
from qp_lint.evaluate.attributes import get_attribute, module_attribute
from qp_lint.evaluate.calls import Arguments
from qp_lint.evaluate.models import Model
from qp_lint.evaluate.operators import lift
from qp_lint.evaluate.values import File, Lazy, Module, Scope
from qp_lint.parse.outline import outline
from qp_lint.tree import Node, Reference, Scalar, Sequence, Unknown, string

if TYPE_CHECKING:
    from qp_lint.evaluate.interpreter import Interpreter

# Never modules of the project, be it a copy of the library or the library's own repository: their names are what readers know.
LIBRARIES = frozenset(
    (
        *("transformers", "torch", "peft", "accelerate", "deepspeed", "trl", "bitsandbytes", "datasets", "optimum", "auto_gptq"),
        *(
            "gptqmodel",
            "awq",
            "hqq",
            "torchao",
            "quanto",
            "unsloth",
            "lightning",
            "pytorch_lightning",
            "lightning_fabric",
            "numpy",
        ),
        *(
            "vllm",
            "huggingface_hub",
            "evaluate",
            "diffusers",
            "yaml",
            "omegaconf",
            "hydra",
            "fire",
            "click",
            "typer",
            "tyro",
            "absl",
        ),
        *("swift", "axolotl", "llamafactory", "llmtuner", "litgpt", "torchtune", "torchtitan", "llama_cookbook", "llama_recipes"),
        *("openrlhf", "lmflow", "xtuner", "autotrain", "simpletuner", "nemo_automodel", "nemo", "nemo_rl", "megatron", "verl"),
        *(
            "ipex_llm",
            "colossalai",
            "mmengine",
            "sentence_transformers",
            "llm_studio",
            "sglang",
            "ludwig",
            "llmfoundry",
            "composer",
        ),
        *(
            "os",
            "sys",
            "json",
            "argparse",
            "pathlib",
            "dataclasses",
            "functools",
            "typing",
            "enum",
            "copy",
            "re",
            "math",
            "random",
        ),
        *("time", "logging", "warnings", "collections", "itertools"),
    )
)


def import_module(run: Interpreter, node: cst.Import, scope: Scope) -> None:
    """`import a.b as c`."""
    for alias in node.names:
        name = dotted(alias.name)
        bound = alias.asname.name.value if alias.asname is not None and isinstance(alias.asname.name, cst.Name) else ""
        first = name.partition(".")[0]
        path = find(run, scope.file, name, 0)
        if path is None:
            assign_name(run, bound or first, Reference(name if bound else first), scope)
        elif bound or name == first:
            assign_name(run, bound or first, _lazy(run, path, name, ""), scope)
        else:
            package = find(run, scope.file, first, 0)
            assign_name(run, first, _module(run, package or _parent(path, name), first), scope)


def import_from(run: Interpreter, node: cst.ImportFrom, scope: Scope) -> None:
    """`from a import b as c`."""
    level = len(node.relative)
    name = dotted(node.module) if node.module is not None else ""
    path = find(run, scope.file, name, level)
    if isinstance(node.names, cst.ImportStar):
        if path is not None:
            _import_star(run, _module(run, path, name), scope)
        elif not level:
            scope.file.stars.append(name)
        return
    for alias in node.names:
        wanted = alias.name.value if isinstance(alias.name, cst.Name) else ""
        bound = alias.asname.name.value if alias.asname is not None and isinstance(alias.asname.name, cst.Name) else wanted
        if path is not None and path == scope.file.path:  # `from . import b` in the package itself
            own = run.files.get(path)
            value: Node = (submodule(run, own, wanted) if own is not None else None) or Unknown(hint=wanted)
        elif path is not None:
            value = _lazy(run, path, name, wanted)
            run.waiting.setdefault(path, []).append((owner(bound, scope), bound, wanted))
        elif level:
            value = Unknown(hint=wanted)
        else:
            value = get_attribute(run, Reference(name), wanted, None)
        assign_name(run, bound, value, scope)


def dotted(node: cst.BaseExpression) -> str:
    """`a.b.c` as text."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if isinstance(node, cst.Name):
        parts.append(node.value)
    return ".".join(reversed(parts))


def find(run: Interpreter, file: File, name: str, level: int) -> str | None:
    """The project path of a module, or of a folder that is a package without `__init__.py` (ends in `/`)."""
    if level:
        folder = file.folder
        for _ in range(level - 1):
            folder = posixpath.dirname(folder)
        folders = [folder]
    else:
        if name.partition(".")[0] in LIBRARIES:
            return None
        up = posixpath.dirname(run.folder)
        folders = list(dict.fromkeys([run.folder, run.directory, "", "src", up, posixpath.join(up, "src")]))
    key = (tuple(folders), name)
    if key not in run.found:
        run.found[key] = _find(run, folders, name)
    return run.found[key]


def _find(run: Interpreter, folders: list[str], name: str) -> str | None:
    base = name.replace(".", "/")
    for folder in folders:
        where = posixpath.join(folder, base) if base else folder
        candidates = (f"{where}.py", f"{where}/__init__.py") if base else (posixpath.join(where, "__init__.py"),)
        for candidate in candidates:
            found = run.project.locate(candidate)
            if found is not None:
                return found
    if not base:
        return f"{folders[0]}/"
    return None


def _parent(path: str, name: str) -> str:
    """The folder of the first package of `name`, whose module lies at `path`."""
    where = posixpath.dirname(path) if path.endswith("__init__.py") else path
    for _ in range(name.count(".")):
        where = posixpath.dirname(where)
    return f"{where}/"


def _module(run: Interpreter, path: str, name: str) -> Module:
    """The module at a path, evaluated; an empty one for a folder."""
    if path.endswith("/"):
        return Module(File("", name, name, path.rstrip("/")))
    return run.module(path, name, name)


def _lazy(run: Interpreter, path: str, name: str, wanted: str) -> Node:
    """A module of the project, or a name in it; evaluated now if importing it does more than define things."""

    def load() -> Node:
        module = _module(run, path, name)
        return module_attribute(run, module, wanted) if wanted else module

    if path in run.files or path.endswith("/"):
        return load() if path.endswith("/") else Lazy(load)
    found = run.project.parsed(path, "outline", outline)
    if found is not None and found.active:
        _module(run, path, name)
    return Lazy(load)


def _import_star(run: Interpreter, module: Module, scope: Scope) -> None:
    scope.file.stars += module.file.stars
    public = module.file.names.get("__all__")
    items = public.items if isinstance(public, Sequence) and not public.open else ()
    listed = {item.value for item in items if isinstance(item, Scalar)}
    for name, value in list(module.file.names.items()):
        if name in listed if listed else not name.startswith("_"):
            assign_name(run, name, value, scope)


def _import_module(run: Interpreter, arguments: Arguments) -> Node:
    """`importlib.import_module("package.module")`, `import_module(".module", package="package")`."""
    package = string(arguments.get(1, "package"))

    def one(node: Node) -> Node:
        name = string(node) or "."
        level = len(name) - len(name.lstrip("."))
        if level and package is not None:
            parts = package.split(".")
            name = ".".join([*parts[: len(parts) - level + 1], name[level:]]) if level <= len(parts) else name
        if name.startswith(".") or arguments.scope is None:
            return Unknown(span=arguments.span)
        path = find(run, arguments.scope.file, name, 0)
        return Reference(name) if path is None else _module(run, path, name)

    return lift(arguments.get(0, "name") or Unknown(), one)


def _by_file(run: Interpreter, arguments: Arguments) -> Node:
    """`importlib.util.spec_from_file_location(name, path)`: stands for the module itself, which `module_from_spec` gives."""
    name, path = string(arguments.get(0, "name")), string(arguments.get(1, "location"))
    found = run.project.locate(path, run.directory, "", run.folder) if path is not None and path.endswith(".py") else None
    return run.module(found, name or "", name or "") if found is not None else Unknown(span=arguments.span)


MODELS: dict[str, Model] = {
    "importlib.import_module": _import_module,
    "importlib.util.spec_from_file_location": _by_file,
    "importlib.util.module_from_spec": lambda run, arguments: arguments.get(0) or Unknown(span=arguments.span),
}


def submodule(run: Interpreter, module: Module, name: str) -> Module | None:
    """A module inside a package of the project."""
    file = module.file
    if file.path and not file.path.endswith("__init__.py"):
        return None
    for candidate in (f"{name}.py", f"{name}/__init__.py"):
        path = run.project.locate(posixpath.join(file.folder, candidate))
        if path is not None:
            return run.module(path, f"{file.name}.{name}" if file.name else name)
    return None
