"""The parts of :mod:`evidence.verifier` in, the one file ``verify.py`` of a bundle out: the same text every time.

The parts are joined in the order in which they need each other. What one imports from another is dropped, since it
stands in the same file; imports of the standard library are gathered into one block. All parts share one space of
names then, so a name that two of them define is refused, and so is any import that is neither.
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from importlib import resources

from evidence.errors import Unreadable

PACKAGE = "evidence.verifier"
LAST = "command"  # the part that is the command line; the others are those that it needs
GUARD = """import sys

if __name__ == "__main__" and not sys.flags.isolated and not getattr(sys.flags, "safe_path", False):
    del sys.path[0]  # a file beside this one that is named like a module must not be loaded in its place
"""
START = """if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""


@cache
def assembled() -> bytes:
    """The text of ``verify.py``. Raises Unreadable when a part breaks the rules above."""
    imports: set[tuple[str, str]] = set()
    names: dict[str, str] = {}
    bodies = []
    order = parts()
    for number, part in enumerate(order, 1):
        source = _source(part)
        tree = ast.parse(source)
        imports |= _imports(part, tree)
        for name in _defined(tree):
            if names.setdefault(name, part) != part:
                raise Unreadable(f"{PACKAGE}: {part} and {names[name]} both define {name}: rename one")
        told = (ast.get_docstring(tree) or "").splitlines()[0]
        bodies.append(f"# Part {number} of {len(order)}, {part}. {told}\n\n\n{_body(part, source, tree)}")
    head = f'#!/usr/bin/env python3\n"""{ast.get_docstring(ast.parse(_source("__init__")), clean=False)}"""\n'
    future = "from __future__ import annotations\n"
    return "\n\n".join([f"{head}\n{future}\n{GUARD}\n{_block(imports)}", *bodies, START]).encode("utf-8")


def parts() -> tuple[str, ...]:
    """The names of all parts, each after those that it imports. Raises Unreadable when two import each other."""
    order: list[str] = []

    def visit(part: str, above: tuple[str, ...]) -> None:
        if part in above:
            raise Unreadable(f"{PACKAGE}: {part} imports itself by way of {', '.join(above)}")
        if part not in order:
            for needed in sorted(_needed(ast.parse(_source(part)))):
                visit(needed, (*above, part))
            order.append(part)

    visit(LAST, ())
    return tuple(order)


def _needed(tree: ast.Module) -> set[str]:
    """The parts that a part imports."""
    modules = (node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level)
    return {module.removeprefix(f"{PACKAGE}.") for module in modules if module.startswith(f"{PACKAGE}.")}


def _source(part: str) -> str:
    return resources.files(PACKAGE).joinpath(f"{part}.py").read_text("utf-8")


def _imports(part: str, tree: ast.Module) -> set[tuple[str, str]]:
    """What a part takes from the standard library: module and name, "" for the module itself."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(name.name, "") for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if module != "__future__" and not module.startswith(f"{PACKAGE}."):
                found |= {(module, name.name) for name in node.names}
        else:
            continue
        if node not in tree.body or any(name.asname for name in node.names):
            raise Unreadable(f"{PACKAGE}.{part}: line {node.lineno}: an import that cannot be moved to the top")
    if foreign := {module.split(".")[0] for module, _ in found} - sys.stdlib_module_names:
        raise Unreadable(f"{PACKAGE}.{part}: {', '.join(sorted(foreign))} is not of the standard library")
    return found


def _block(imports: set[tuple[str, str]]) -> str:
    """The imports as one sorted block; ``sys`` stands above it already."""
    whole = sorted(module for module, name in imports if not name and module != "sys")
    some = sorted({module for module, name in imports if name})
    lines = [f"import {module}\n" for module in whole]
    for module in some:
        names = sorted(name for where, name in imports if where == module and name)
        lines.append(f"from {module} import {', '.join(names)}\n")
    return "".join(lines)


def _defined(tree: ast.Module) -> set[str]:
    """The names that the top level of a part gives to something."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            names = (part for part in ast.walk(node) if isinstance(part, ast.Name))
            found |= {name.id for name in names if isinstance(name.ctx, ast.Store)}
    return found


def _body(part: str, source: str, tree: ast.Module) -> str:
    """The part without its docstring and imports, comments kept."""
    end = max(node.end_lineno or 0 for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))
    if any(node.lineno < end for node in tree.body[1:] if not isinstance(node, ast.Import | ast.ImportFrom)):
        raise Unreadable(f"{PACKAGE}.{part}: has code above its imports")
    return "\n".join(source.splitlines()[end:]).strip("\n") + "\n"
