"""`make mutation`: break every line of the decision in turn, and see that some test notices.

Each mutant is one small change to one expression of `consent/`. It is tried against every case of
tests/consent/cases in a forked child; one that lives is tried again against all of tests/consent.
`--quick` leaves that second
try out; module names after it, `decision weighing`, leave the other modules out. Prints the
survivors; exit 1 if one isn't argued in tests/mutants.md. (mutmut leaves decorated
functions alone, and every rule here is one.)
"""

from __future__ import annotations

import ast
import copy
import importlib.abc
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = (
    *("decision", "weighing", "notices", "scene", "needs", "kinds", "officers", "ruling"),
    *("federal", "house", "special", "rules", "forms", "registry"),
)
ARGUED = ROOT / "tests" / "mutants.md"
SECONDS = 60
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


def mutants(tree: ast.Module) -> list[tuple[str, ast.Module]]:
    """Return (what was changed, mutated tree) for every small change to a module."""
    skipped = _skipped(tree)
    found = []
    for number, node in enumerate(ast.walk(tree)):
        if node in skipped:
            continue
        for what, change in _changes(node):
            mutated = copy.deepcopy(tree)
            twin = next(one for at, one in enumerate(ast.walk(mutated)) if at == number)
            change(twin)
            found.append((f"line {getattr(node, 'lineno', 0)}: {what}", mutated))
    return found


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
            yield f"operand {at + 1} dropped", lambda n, at=at: n.values.pop(at)


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
            return importlib.util.spec_from_loader(name, self, origin=where)
        return None

    def create_module(self, spec):
        """Let Python make the module."""
        _ = spec

    def exec_module(self, module):
        """Run the mutated tree."""
        exec(compile(self.tree, self.module, "exec"), module.__dict__)  # noqa: S102  # our own code


def planted(name: str, number: int) -> str:
    """Make the next import of a module load its mutant; return what was changed."""
    path = ROOT / "consent" / f"{name}.py"
    what, tree = mutants(ast.parse(path.read_text("utf-8")))[number]
    plant(name, tree)
    return what


def plant(name: str, tree: ast.Module) -> None:
    """Make the next import of a module load this tree instead."""
    for loaded in [one for one in sys.modules if one.split(".")[0] in {"consent", *WORLD}]:
        del sys.modules[loaded]
    sys.meta_path.insert(0, Hook(f"consent.{name}", ast.fix_missing_locations(tree)))


WORLD = ("consent_world", "test_cases")


def tried(name: str, tree: ast.Module, cases) -> bool:
    """Say whether a mutant lives through every case, in a forked child with a limit of time."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        code = 1
        try:
            code = 0 if _passes(name, tree, cases) else 1
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def _passes(name: str, tree: ast.Module, cases) -> bool:
    plant(name, tree)
    world = importlib.import_module("consent_world")
    decide = importlib.import_module("consent.decision").decide
    for case in cases:
        request, consents, policy, rules = world.case_inputs(case)
        expected = {"errors": [], "notices": [], "held_for": [], "conflicts": [], **case["expect"]}
        if world.told(decide(request, consents, policy, rules=rules)) != expected:
            return False
    return True


def again(name: str, number: int) -> bool:
    """Say whether a mutant lives through the other tests of consent and the second reading."""
    ran = subprocess.run(  # noqa: S603  # ourselves
        [sys.executable, "-m", "tests.mutation", "--one", name, str(number)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    return ran.returncode == 0


def one(name: str, number: int) -> int:
    """Run the tests of consent against one mutant in this process."""
    pytest = importlib.import_module("pytest")
    planted(name, number)
    wanted = "test_oracle or not (test_properties or test_cases or test_whole)"
    given = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-k", wanted]
    return int(pytest.main([*given, "tests/consent"]))


def main(given: list[str]) -> int:
    """Try every mutant of the modules named, or of all."""
    if given[:1] == ["--one"]:
        return one(given[1], int(given[2]))
    quick = given[:1] == ["--quick"]
    given = given[1:] if quick else given
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]
    cases = importlib.import_module("consent_world").read_cases()
    begun, tally, living = time.monotonic(), Counter(), []
    for name in given or MODULES:
        source = (ROOT / "consent" / f"{name}.py").read_text("utf-8")
        made = mutants(ast.parse(source))
        with ThreadPoolExecutor(2) as pool:
            lives = list(pool.map(lambda m, name=name: tried(name, m[1], cases), made))
        alive = [at for at, lived in enumerate(lives) if lived]
        print(f"{name}: {len(made)} mutants, {len(alive)} live through the cases", flush=True)  # noqa: T201  # a tool's output
        with ThreadPoolExecutor(2) as pool:
            stays = list(pool.map(lambda at, name=name: quick or again(name, at), alive))
        tally.update(mutants=len(made), living=sum(stays))
        living += [
            f"{name}, {made[at][0]}" for at, lived in zip(alive, stays, strict=True) if lived
        ]
    argued = ARGUED.read_text("utf-8") if ARGUED.exists() else ""
    unargued = [one for one in living if one not in argued]
    for survivor in living:
        print(f"survived: {survivor}{'' if survivor in unargued else ' (argued)'}")  # noqa: T201  # a tool's output
    print(  # noqa: T201  # a tool's output
        f"{tally['mutants']} mutants, {tally['living']} survived, {len(unargued)} not argued, "
        f"{time.monotonic() - begun:.0f} s"
    )
    return 1 if unargued else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
