"""What the command line loads before it knows what it was asked."""

import subprocess
import sys

HEAVY = ("hub.main", "hub.store", "hub.web", "fastapi", "asyncssh", "psycopg", "lxml", "boto3")


def test_quick():
    """Naming the commands loads neither the hub nor the libraries it runs on."""
    told = subprocess.run(
        [sys.executable, "-c", "import sys, hub.cli; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert set() == set(HEAVY) & set(told.split())
