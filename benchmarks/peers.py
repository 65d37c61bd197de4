"""Other people's readers of the same documents, in the same run: how fast, and how many they take.

`run` puts each peer into a throw-away environment of its own under `build/peers`, from the package
registry; one that cannot be had is skipped with a line. Their job is not ours: a parser does less,
a converter to FHIR does more. The documents are our synthetic ones, the shipped samples, and the
public ones of `../shared/corpora` where that folder is there.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters.formats.ccda import ADAPTER as CCDA
from adapters.formats.hl7v2 import ADAPTER as HL7V2
from benchmarks import documents
from benchmarks.report import Figure, set_against
from benchmarks.timing import cpu_us
from hub.canonical import Document
from hub.render.shelf import template

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path("build/peers")
MOST = 60
"""Documents of a kind; the slowest peer takes a second for each forty."""

_CORPORA = Path(__file__).resolve().parent.parent.parent / "shared/corpora"
_SCRIPT = Path(__file__).with_name("peer_work.py")
NODE_SCRIPT = _SCRIPT.with_suffix(".mjs")
_LARGEST = 400_000
_INSTALL_SECONDS = 300.0
_RUN_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A package of a registry and its extra, the kind it reads, what it does with a document.

    One whose name has a scope is npm's, others are PyPI's. `gate` is for its time over ours.
    """

    package: str
    kind: str
    does: str
    extra: str = ""
    gate: str | None = None

    @property
    def on_node(self) -> bool:
        """Return whether the package is one of npm."""
        return self.package.startswith("@")

    @property
    def key(self) -> str:
        """Return the package's name as a folder and a figure may bear it."""
        return self.package.lstrip("@").replace("/", "-")


PEERS = (
    Peer("ccda-to-fhir", "ccda", "C-CDA to FHIR", gate=">= 15"),
    Peer("healthchain", "ccda", "C-CDA to FHIR, some sections", "[cda]"),
    Peer("@medplum/ccda", "ccda", "C-CDA to FHIR, on Node", gate=">= 5"),
    Peer("hl7apy", "hl7v2", "parse, three fields"),
    Peer("hl7", "hl7v2", "parse, two fields", gate=">= 8"),
    Peer("@medplum/core", "hl7v2", "parse, two fields, on Node"),
)
_OURS: dict[str, Any] = {"ccda": CCDA, "hl7v2": HL7V2}


class Absent(Exception):
    """A peer cannot be had here; the message says why."""


def run(seconds: float) -> tuple[dict[str, Figure], dict[str, Any], tuple[str, ...]]:
    """Return a figure per peer against ours, what each does, and what was skipped.

    The ratio is over ours for the documents that peer takes, not over all of them.
    """
    figures: dict[str, Figure] = {}
    notes: list[str] = []
    for kind, reader in _OURS.items():
        given = _chosen(kind)
        ours = sum(bool(reader.read(Document(content)).plans) for content in given.values())
        figures[f"ours_{kind}"] = _figure(given, list(given), reader, seconds, ours)
        for peer in (each for each in PEERS if each.kind == kind):
            try:
                told = _measured(peer, given, seconds)
            except Absent as absent:
                notes.append(f"SKIPPED, {peer.package}: {absent}")
                continue
            name = f"peer_{peer.key.replace('-', '_')}"
            unit = f"µs CPU, takes {len(told['accepted'])} of {len(given)}"
            notes.append(f"{peer.package}: {peer.does}")
            figure = Figure(told["us"], unit)
            limit = _figure(given, told["accepted"], reader, seconds, ours)
            figures[name] = set_against(figure, f"ours_{kind}", limit, peer.gate)
    return figures, {}, tuple(notes)


def _figure(
    given: dict[str, bytes], names: list[str], reader: Any, seconds: float, taken: int
) -> Figure:
    """Return what our reader needs for one of these documents."""
    chosen = [Document(given[name]) for name in names]
    if not chosen:
        return Figure(None, "µs CPU")
    whole = cpu_us(lambda: [reader.read(one) for one in chosen], seconds)
    unit = f"µs CPU, takes {taken} of {len(given)}"
    return Figure(whole / len(chosen), unit)


def _chosen(kind: str) -> dict[str, bytes]:
    """Return documents by name: invented ones, then public ones in an order of their digests."""
    people = [documents.person(number) for number in range(1, 7)]
    if kind == "ccda":
        made = [documents.care_plan(p, n, secret=n % 2 == 0) for n, p in enumerate(people)]
        samples = template("demo/samples").rglob("*.xml")
        public = (_CORPORA / "ccda").rglob("*.xml")
    else:
        made = [documents.mdm(p, n) for n, p in enumerate(people)]
        samples = template("demo/samples").rglob("*.hl7")
        public = (_CORPORA / "hl7v2").rglob("*.*")
    found = {f"made_{number}": content for number, content in enumerate(made)}
    found |= {f"sample_{path.stem}": path.read_bytes() for path in sorted(samples)}
    known = sorted({sha256(c).hexdigest(): c for c in _fit(kind, public)}.items())
    return found | {f"public_{key[:12]}": c for key, c in known[: max(0, MOST - len(found))]}


def _fit(kind: str, paths: Iterable[Path]) -> Iterable[bytes]:
    """Yield the contents that are one whole document of the kind, as UTF-8 text."""
    for path in paths:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            continue
        content = path.read_bytes()
        try:
            content.decode()
        except UnicodeDecodeError:
            continue
        if kind == "ccda" and b"<ClinicalDocument" in content[:4000]:
            yield content
        elif kind == "hl7v2" and content.startswith(b"MSH|") and content.count(b"MSH|") == 1:
            yield content.replace(b"\r\n", b"\r").replace(b"\n", b"\r")


def _measured(peer: Peer, given: dict[str, bytes], seconds: float) -> Any:
    """Return what a peer's own process says; `Absent` where it can't be run."""
    start = node_start(peer) if peer.on_node else [str(_environment(peer)), str(_SCRIPT)]
    with tempfile.TemporaryDirectory(prefix="icp-bench-") as folder:
        for name, content in given.items():
            (Path(folder) / name).write_bytes(content)
        argv = [*start, peer.package, str(seconds), folder]
        try:
            done = subprocess.run(  # noqa: S603  # our own script, by the peer's interpreter
                argv,
                capture_output=True,
                check=True,
                timeout=_RUN_SECONDS,
                cwd=FOLDER / peer.key if peer.on_node else None,
            )
        except (subprocess.SubprocessError, OSError) as trouble:
            raise Absent(f"it does not run here ({type(trouble).__name__})") from None
    return json.loads(done.stdout.splitlines()[-1])


def _environment(peer: Peer) -> Path:
    """Return the interpreter of a peer's environment, made where it is not there yet."""
    home = FOLDER / peer.key
    python, mark = home / "bin/python", home / "installed"
    if mark.exists():
        return python
    shutil.rmtree(home, ignore_errors=True)
    wanted = peer.package + peer.extra
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv:
        made = [uv, "venv", "--quiet", "--python", sys.executable, str(home)]
        filled = [uv, "pip", "install", "--quiet", "--python", str(python), wanted]
    else:
        made = [sys.executable, "-m", "venv", str(home)]
        filled = [str(python), "-m", "pip", "install", "--quiet", wanted]
    _install(made, filled)
    mark.touch()
    return python


def node_start(peer: Peer) -> list[str]:
    """Return how a peer of npm is started, installed into a folder of its own where it was not."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Absent("there is no Node.js with npm here")
    home = FOLDER / peer.key
    mark = home / "installed"
    if not mark.exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(home)]
        _install([npm, "install", *quiet, peer.package])
        mark.touch()
    return [node, str(NODE_SCRIPT)]


def _install(*commands: list[str]) -> None:
    """Run what installs a peer; `Absent` where it can't be had."""
    try:
        for argv in commands:
            subprocess.run(argv, capture_output=True, check=True, timeout=_INSTALL_SECONDS)  # noqa: S603  # our own words
    except (subprocess.SubprocessError, OSError):
        raise Absent("it can't be installed from the package registry here") from None
