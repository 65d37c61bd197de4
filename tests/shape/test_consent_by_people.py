"""A consent is recorded on a page or by a system that was let in, never by what is read."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
GRANTING = {
    "hub/web/api_consents.py",
    "hub/web/api_fhir.py",
    "hub/web/pages/consent_form.py",
}
IMPORTING = {"hub/consent_verbs.py", "hub/web/api_imports.py", "hub/web/pages/consent_import.py"}
WRITING = {"hub/store/consenting.py"}


def _calls(path, name):
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    )


def test_who_grants():
    """Only the privacy officer's form and the consent and FHIR APIs grant a consent."""
    sources = [p for room in ("hub", "adapters") for p in (ROOT / room).rglob("*.py")]
    found = {str(p.relative_to(ROOT)) for p in sources if _calls(p, "grant")}

    assert GRANTING == found


def test_who_imports():
    """Only the command line, the import API and its page take in a file of consents."""
    sources = [p for room in ("hub", "adapters") for p in (ROOT / room).rglob("*.py")]
    found = {
        str(p.relative_to(ROOT))
        for p in sources
        if "consents.taking import" in p.read_text("utf-8")
    }

    assert IMPORTING == found


def test_who_writes():
    """Only the registry writes consents into the database."""
    sources = (ROOT / "hub").rglob("*.py")
    found = {
        str(p.relative_to(ROOT)) for p in sources if "insert into consent " in p.read_text("utf-8")
    }

    assert WRITING == found
