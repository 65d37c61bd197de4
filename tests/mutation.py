"""`make mutation`: break every line of the decision in turn, and see that some test notices.

Each mutant is one small change to one expression (`tests.mutating`) of what decides, withholds or
gives notice. One of `consent/` is tried against every case of tests/consent/cases; one that lives,
and every one of `hub/`, against its unit tests, each in a forked child, one at a time. `--quick`
leaves that second try out; module names, `consent.decision`, leave the others out, so two runs can
share the modules. What was found is kept in build/mutation.json, so that a broken run goes on where
it was: a killed mutant is tried again once its package or what killed it changes, a survivor once
any test does. Prints survivors; exit 1 if one isn't argued in tests/mutants.md. (mutmut leaves
decorated functions alone, and every rule here is one.)
"""

from __future__ import annotations

import ast
import contextlib
import fcntl
import gc
import importlib
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from tests.mutating import ROOT, Mutant, mutants, plant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DECIDING = (
    *(
        "decision",
        "weighing",
        "signing",
        "needs",
        "kinds",
        "scene",
        "ruling",
        "rules",
        "special",
        "federal",
    ),
    *("house", "forms", "checking", "registry", "notices", "officers", "packs", "policies"),
    *("records", "terms"),
)
WITHHOLDING = ("removal", "anatomy", "phrasing", "folding", "moving", "renaming", "secrecy")
CLEARING = ("checking", "receipting", "stamping")
MODULES = (
    *(f"consent.{one}" for one in DECIDING),
    *(f"hub.withholding.{one}" for one in WITHHOLDING),
    *(f"hub.clearing.{one}" for one in CLEARING),
    "hub.labels.changes",
)
TESTS = {
    "consent": ["tests/consent"],
    "hub.withholding": [
        "tests/hub/withholding",
        *(f"tests/hub/test_{one}.py" for one in ("withholding", "folding", "renaming")),
    ],
    "hub.clearing": [
        "tests/hub/clearing",
        *(f"tests/hub/test_{one}.py" for one in ("stamping", "nothing_leaks")),
    ],
    "hub.labels": ["tests/hub/test_label_changes.py", "tests/hub/test_stamping.py"],
}
"""The tests of each package."""
ASKED = ("test_cases.py", "test_whole.py")
"""Those that try the cases, which were tried already."""
LAST = "test_properties.py"
CHOSEN = {
    "consent": "test_oracle or test_sentence or not test_properties",
    "hub.withholding": "not renaming or html or json or not (pdf or csv or fhir or ccda or hl7v2 or"
    " ppr)",
    "hub.clearing": "not leaks or html or json or not (pdf or csv or fhir or ccda or hl7v2 or ppr)",
}
"""Which of their tests, where some cost more than they tell."""
EXAMPLES = 25
"""How many random examples a test gets here at most, and none of them is made smaller."""
ARGUED = ROOT / "tests" / "mutants.md"
KEPT = ROOT / "build" / "mutation.json"
SHARED = tuple(ROOT / "tests" / f"consent_{one}.py" for one in ("world", "oracle", "strategies"))
SECONDS, WAIT = 25, 600
"""Of processor time, and of the clock: a child that takes longer is in a loop, not in a queue."""
MEMORY = 6 << 30
KEPT_EVERY = 20
LOADED = ("hypothesis.strategies", "hub.clearing.checking", "hub.render")
"""What tests load besides: their third-party packages stay in memory, the hub's are forgotten."""
console = Console()


def tests_for(module: str) -> list[str]:
    """Return the files that test a module, its own first and the costly one last."""
    found = files_in(*(ROOT / one for one in TESTS[package_of(module)]))
    files = [one for one in found if one.name.startswith("test_") and one.name not in ASKED]
    own = f"test_{module.rpartition('.')[2]}.py"
    files.sort(key=lambda one: (one.name == LAST) - (one.name == own))
    return [str(one.relative_to(ROOT)) for one in files]


def digest(*parts: object) -> str:
    """Return a short digest of texts and files."""
    whole = sha256()
    for part in parts:
        whole.update(part.read_bytes() if hasattr(part, "read_bytes") else str(part).encode())
    return whole.hexdigest()[:16]


def tree_of(module: str) -> ast.Module:
    """Return a module's tree."""
    return ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text("utf-8"))


def package_of(module: str) -> str:
    """Return the package a module's tests are listed under."""
    return next(one for one in TESTS if f"{module}.".startswith(f"{one}."))


def files_in(*folders: Path) -> list[Path]:
    """Return the files in some folders, and those named themselves."""
    found = (one for top in folders for one in ([top] if top.is_file() else top.rglob("*.*")))
    return sorted(one for one in found if "__pycache__" not in one.parts)


@cache
def source_of(package: str) -> str:
    """Return the digest of everything of a package that could change an answer."""
    return digest(*files_in(ROOT / package.replace(".", "/")))


@cache
def tests_of(package: str) -> str:
    """Return the digest of every test of a package."""
    return digest(*SHARED, *files_in(*map(ROOT.joinpath, TESTS[package])))


@cache
def test_file(name: str) -> str:
    """Return the digest of one test file and of what the tests share."""
    file = ROOT / name
    return digest(*SHARED, file) if file.is_file() else "gone"


def read_kept() -> dict[str, dict[str, str | bool]]:
    """Return what earlier runs found, by mutant."""
    return json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}


class Bench:
    """The cases, and what is known of each mutant from earlier runs."""

    def __init__(self) -> None:
        self.cases = importlib.import_module("consent_world").read_cases()
        self.by_id = {case["id"]: digest(repr(case)) for case in self.cases}
        self.known = read_kept()
        self.fresh: dict[str, dict[str, str | bool]] = {}
        self.checked: set[str] = set()
        self.often: Counter[str] = Counter(one["by"] for one in self.known.values())

    def killer(self, by: str) -> str:
        """Return the digest of what killed a mutant: a case, or the file of a test."""
        return self.by_id.get(by) or test_file(by.partition("::")[0])

    def settled(self, module: str, name: str, quick: bool) -> str | None:
        """Return what is known of a mutant and still holds: its killer, `` for none; or None."""
        was = self.known.get(f"{module}.{name}")
        if was is None or was["source"] != source_of(package_of(module)):
            return None
        if was["by"]:
            return was["by"] if was["seen"] == self.killer(was["by"]) else None
        return (
            "" if was["seen"] == tests_of(package_of(module)) and (quick or was["whole"]) else None
        )

    def keep(self, module: str, name: str, by: str, *, whole: bool) -> None:
        """Remember what became of a mutant."""
        seen = self.killer(by) if by else tests_of(package_of(module))
        source = source_of(package_of(module))
        found = {"by": by, "seen": seen, "source": source, "whole": whole}
        self.known[f"{module}.{name}"] = self.fresh[f"{module}.{name}"] = found

    def save(self) -> None:
        """Lay what this run found over what is kept; another run may have written meanwhile."""
        KEPT.parent.mkdir(exist_ok=True)
        with KEPT.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            fresh = json.dumps({**read_kept(), **self.fresh}, indent=0, sort_keys=True)
            KEPT.with_suffix(".new").write_text(fresh, "utf-8")
            KEPT.with_suffix(".new").replace(KEPT)

    def sound(self, module: str) -> bool:
        """Say whether the module as it stands lives, without which no death tells anything."""
        package = package_of(module)
        if package not in self.checked:
            self.checked.add(package)
            return not self.kills(module, Mutant("nothing", lambda: tree_of(module)), quick=False)
        return True

    def kills(self, module: str, mutant: Mutant, *, quick: bool) -> str:
        """Return what kills a mutant, a case or a test; empty while it lives."""
        first = self.known.get(f"{module}.{mutant.name}", {}).get("by", "")
        tree = mutant.make()
        compile(tree, module, "exec")  # one that isn't Python would die of that alone
        if "::" in first and (ROOT / first.partition("::")[0]).is_file():
            by = forked(lambda: test_that_kills(module, tree, [first]))
            if by:
                return by
        if package_of(module) == "consent":
            often = self.often
            cases = sorted(self.cases, key=lambda one: (one["id"] != first, -often[one["id"]]))
            by = forked(lambda: case_that_kills(module, tree, cases))
            often[by] += 1
            if by or quick:
                return by
        files = tests_for(module)
        by = forked(lambda: test_that_kills(module, tree, files[:1]))  # all take a while to load
        return by or forked(lambda: test_that_kills(module, tree, files))


def forked(answer: Callable[[], str]) -> str:
    """Return a child's answer; one that breaks or takes too long counts as noticed."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        gc.disable()  # a child lives for a second or two
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.alarm(WAIT)
        said = "broken"
        try:
            with open(os.devnull, "w", encoding="utf-8") as quiet, contextlib.ExitStack() as stack:  # noqa: PTH123  # a device
                stack.enter_context(contextlib.redirect_stdout(quiet))
                stack.enter_context(contextlib.redirect_stderr(quiet))
                said = answer()
        finally:
            os.write(writes, said.encode())
            os._exit(0)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        said = pipe.read().decode()
    return said if os.waitpid(child, 0)[1] == 0 else "too long"


def case_that_kills(module: str, tree: ast.Module, cases) -> str:
    """Return the first case that goes otherwise under a mutant."""
    plant(module, tree)
    world = importlib.import_module("consent_world")
    decide = importlib.import_module("consent.decision").decide
    for case in cases:
        request, consents, policy, rules = world.case_inputs(case)
        expected = {"errors": [], "notices": [], "held_for": [], "conflicts": [], **case["expect"]}
        if world.told(decide(request, consents, policy, rules=rules)) != expected:
            return case["id"]
    return ""


class First:
    """A plugin of pytest's that remembers the first test that failed."""

    failed = ""

    def pytest_runtest_logreport(self, report):
        """Take a failure down."""
        if report.failed and not self.failed:
            self.failed = report.nodeid


class Fewer:
    """A plugin of pytest's that cuts the random examples of each test."""

    def pytest_collection_modifyitems(self, items):
        """Cut those that ask for more."""
        settings = importlib.import_module("hypothesis").settings
        for item in items:
            asked = getattr(item.obj, "_hypothesis_internal_use_settings", None)
            if asked is not None and asked.max_examples > EXAMPLES:
                fewer = settings(asked, max_examples=EXAMPLES)
                item.obj._hypothesis_internal_use_settings = fewer  # noqa: SLF001  # no public way


def test_that_kills(module: str, tree: ast.Module, given: list[str]) -> str:
    """Return the first test that fails under a mutant; a broken import counts."""
    pytest = importlib.import_module("pytest")
    hypothesis = importlib.import_module("hypothesis")
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile(
        "mutation",
        database=None,
        derandomize=True,
        deadline=None,
        phases=phases,
        suppress_health_check=list(hypothesis.HealthCheck),  # a busy machine is no death
    )
    hypothesis.settings.load_profile("mutation")
    plant(module, tree)
    first = First()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # none is needed, and each costs a start
    options = ["-x", "-q", "--noconftest", "--assert=plain", "-p", "no:unraisableexception"]
    options += ["-p", "no:cacheprovider", "-p", "pytest_asyncio.plugin"]
    chosen = CHOSEN.get(package_of(module), "")
    options += ["-k", chosen] if chosen and len(given) > 1 else []
    ended = pytest.main([*options, *given], plugins=[first, Fewer()])
    gone = {0, 4, 5}  # nothing failed, or the test that is named is no more
    return first.failed or ("broken" if ended not in gone else "")


def main(given: list[str]) -> int:
    """Try every mutant of the modules named, or of all."""
    quick = given[:1] == ["--quick"]
    wanted = (given[1:] if quick else given) or MODULES
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]
    os.chdir(ROOT)
    for one in ("pytest", "pytest_asyncio.plugin", "hypothesis", "yaml", *LOADED):
        importlib.import_module(one)  # once for all children
    bench, begun, tally, living = Bench(), time.monotonic(), Counter(), []
    for module in wanted:
        made = mutants(tree_of(module))
        if not bench.sound(module):
            console.print(f"{module}: its tests fail on the code as it stands; mend that first")
            return 2
        alive = _living(bench, module, made, quick=quick)
        console.print(f"{module}: {len(made)} mutants, {len(alive)} live")
        tally.update(mutants=len(made), living=len(alive))
        living += [f"{module}.{one.name}" for one in alive]
    argued = ARGUED.read_text("utf-8") if ARGUED.exists() else ""
    unargued = [one for one in living if f"`{one}`" not in argued]
    for survivor in living:
        told = "" if survivor in unargued else " (argued)"
        console.print(f"survived: {survivor}{told}", soft_wrap=True, markup=False, highlight=False)
    console.print(
        f"{tally['mutants']} mutants, {tally['living']} survived, {len(unargued)} not argued, "
        f"{time.monotonic() - begun:.0f} s"
    )
    return 1 if unargued else 0


def _living(bench: Bench, module: str, made: list[Mutant], *, quick: bool) -> list[Mutant]:
    """Return the mutants of one module that nothing kills."""
    alive = []
    with Progress(console=console, transient=True) as progress:
        for number, one in enumerate(progress.track(made, description=module), 1):
            by = bench.settled(module, one.name, quick)
            if by is None:
                by = bench.kills(module, one, quick=quick)
                bench.keep(module, one.name, by, whole=not quick)
            if number % KEPT_EVERY == 0 or number == len(made):
                bench.save()
            alive += [] if by else [one]
    return alive


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
