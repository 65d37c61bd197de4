"""What `make mutation` changes: every small change to one expression of a module, by name.

`tests.mutation` asks for the mutants of a module and plants one in place of it. A mutant's name
says the function, the expression and the change, so that an argument in tests/mutants.md stands
while lines move. Nothing here runs a test.
"""

from __future__ import annotations

import ast
import copy
import importlib.abc
import importlib.util
import sys
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
WIDTH = 70
COMPARED = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
JOINED = {ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Add: ast.Sub, ast.Sub: ast.Add}
NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True)
class Mutant:
    """One small change: `name` says where and what without a line number, `make` its tree."""

    name: str
    make: Callable[[], ast.Module]


def mutants(tree: ast.Module) -> list[Mutant]:
    """Return every small change to a module, each under a name of its own."""
    skipped, around = _skipped(tree), _around(tree)
    seen: Counter[str] = Counter()
    found = []
    for number, node in enumerate(ast.walk(tree)):
        if node in skipped:
            continue
        for at, (what, _) in enumerate(_changes(node)):
            name = f"{_where(node, around)}: {what}"
            seen[name] += 1
            again = f" (no. {seen[name]})" if seen[name] > 1 else ""
            found.append(Mutant(name + again, partial(_mutated, tree, number, at)))
    return found


def _mutated(tree: ast.Module, number: int, at: int) -> ast.Module:
    copied = copy.deepcopy(tree)
    twin = next(one for no, one in enumerate(ast.walk(copied)) if no == number)
    _, change = list(_changes(twin))[at]
    change(twin)
    return ast.fix_missing_locations(copied)


def _around(tree: ast.Module) -> dict[ast.AST, ast.AST]:
    """Return the node around each node."""
    return {inner: node for node in ast.walk(tree) for inner in ast.iter_child_nodes(node)}


def _where(node: ast.AST, around: dict[ast.AST, ast.AST]) -> str:
    """Return the function a node is in and the expression it is part of."""
    shown = around[node] if isinstance(node, (ast.Constant, ast.Name)) else node
    while not isinstance(shown, (ast.expr, ast.stmt, ast.comprehension)):
        shown = around[shown]
    names, at = [], node
    while at in around:
        at = around[at]
        if isinstance(at, (ast.FunctionDef, ast.ClassDef)):
            names.insert(0, at.name)
    text = " ".join(ast.unparse(shown).split())
    return f"{'.'.join(names) or 'module'}, {text[:WIDTH]}"


def _skipped(tree: ast.Module) -> set[ast.AST]:
    """Return what runs for nobody: docstrings, annotations, decorators, imports for types."""
    roots: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            roots.append(node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            roots.append(node)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            roots += node.decorator_list
        if isinstance(node, ast.FunctionDef):
            roots += [one for one in (node.returns,) if one]
        if isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation:
            kind = ast.unparse(node.annotation)
            roots.append(node if kind == "TypeAlias" else node.annotation)
        if isinstance(node, ast.Subscript) and "TypeAlias" in ast.unparse(node):
            roots.append(node)
    return {inner for root in roots for inner in ast.walk(root)}


def _changes(node: ast.AST):
    """Yield (what, function that changes a twin of the node)."""
    yield from _judged(node)
    yield from _reckoned(node)
    yield from _said(node)
    yield from _constants(node)


def _judged(node: ast.AST):
    if isinstance(node, ast.Compare):
        for at, op in enumerate(node.ops):
            new = COMPARED[type(op)]
            yield (
                f"{type(op).__name__} to {new.__name__}",
                lambda n, at=at, new=new: n.ops.__setitem__(at, new()),
            )
    if isinstance(node, ast.BoolOp):
        new = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield "and/or swapped", lambda n: setattr(n, "op", new())
        for at in range(len(node.values)):
            yield f"operand {at + 1} dropped", lambda n, at=at: _left_out(n, at)


def _reckoned(node: ast.AST):
    if isinstance(node, ast.BinOp) and type(node.op) in JOINED:
        yield "operator swapped", lambda n: setattr(n, "op", JOINED[type(n.op)]())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not dropped", lambda n: _become(n, ast.Call(_name("bool"), [n.operand], []))
    if isinstance(node, (ast.If, ast.IfExp)):
        yield "condition negated", lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))
    if isinstance(node, ast.comprehension):
        for at in range(len(node.ifs)):
            yield f"filter {at + 1} dropped", lambda n, at=at: n.ifs.pop(at)


def _said(node: ast.AST):
    if isinstance(node, ast.Return) and not (node.value is None or _empty(node.value)):
        yield "returns None", lambda n: setattr(n, "value", ast.Constant(None))
    if isinstance(node, (ast.Set, ast.Tuple, ast.List)) and isinstance(
        getattr(node, "ctx", ast.Load()), ast.Load
    ):
        for at in range(len(node.elts)):
            yield f"element {at + 1} dropped", lambda n, at=at: _dropped(n, at)
    if isinstance(node, ast.Name) and node.id in NAMES:
        yield f"{node.id} to {NAMES[node.id]}", lambda n: setattr(n, "id", NAMES[n.id])
    if isinstance(node, ast.AugAssign) and type(node.op) in JOINED:
        yield "operator swapped", lambda n: setattr(n, "op", JOINED[type(n.op)]())


def _constants(node: ast.AST):
    if isinstance(node, ast.Constant) and node.value is not None:
        value = node.value
        if isinstance(value, bool):
            yield f"{value} flipped", lambda n: setattr(n, "value", not n.value)
        elif isinstance(value, int):
            yield f"{value} plus one", lambda n: setattr(n, "value", n.value + 1)
        elif isinstance(value, str):
            yield f"{value[:40]!r} changed", lambda n: setattr(n, "value", n.value + "~")


def _empty(node: ast.AST) -> bool:
    """Say whether a value is None or False already, which are one to whoever asks for a truth."""
    return isinstance(node, ast.Constant) and node.value in (None, False)


def _name(word: str) -> ast.Name:
    return ast.Name(word, ast.Load())


def _become(node: ast.UnaryOp, other: ast.expr) -> None:
    """Turn `not x` into `not not x`, which is x as a truth."""
    node.operand = ast.UnaryOp(ast.Not(), other)


def _left_out(node: ast.BoolOp, at: int) -> None:
    """Drop an operand; of two the other is said twice, since Python has no `and` of one."""
    if len(node.values) > 2:
        node.values.pop(at)
    else:
        node.values[at] = node.values[1 - at]


def _dropped(node: ast.Set | ast.Tuple | ast.List, at: int) -> None:
    node.elts.pop(at)
    if isinstance(node, ast.Set) and not node.elts:
        node.elts.append(ast.Constant("~"))


class Hook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from a mutated tree."""

    def __init__(self, module: str, tree: ast.Module) -> None:
        self.module, self.tree = module, tree

    def find_spec(self, name, path=None, target=None):
        """Claim the module."""
        _ = path, target
        where = str(ROOT / f"{self.module.replace('.', '/')}.py")
        if name == self.module:
            return importlib.util.spec_from_file_location(name, where, loader=self)
        return None

    def create_module(self, spec):
        """Let Python make the module."""
        _ = spec

    def exec_module(self, module):
        """Run the mutated tree."""
        exec(compile(self.tree, self.module, "exec"), module.__dict__)  # noqa: S102  # our own code


def plant(module: str, tree: ast.Module) -> None:
    """Make the next import of a module load this tree; forget everything that imported it."""
    for loaded in [one for one in sys.modules if one.split(".")[0] in FORGOTTEN]:
        del sys.modules[loaded]
    sys.meta_path.insert(0, Hook(module, tree))


FORGOTTEN = ("consent", "hub", "adapters", "consent_world", "consent_oracle", "consent_strategies")
