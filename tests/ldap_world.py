"""A real LDAP server for tests, by the library ldaptor, in a process of its own.

`python tests/ldap_world.py FILE` serves the entries of a JSON file read-only on a free port of
loopback and prints the port; `directory` runs it. It knows nothing of the hub.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

BASE = "dc=orchard,dc=example"


@contextmanager
def directory(folder: Path, entries: dict[str, list[bytes]]):
    """Serve entries, certificates as DER by their `mail`; give the port."""
    given = folder / "entries.json"
    told = {
        mail: [base64.b64encode(one).decode() for one in ders] for mail, ders in entries.items()
    }
    given.write_text(json.dumps(told))
    command = [sys.executable, __file__, str(given)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:  # noqa: S603  # our own words
        try:
            yield int(running.stdout.readline())
        finally:
            running.terminate()


def main(file: str) -> None:
    """Serve until ended."""
    from ldaptor.inmemory import ReadOnlyInMemoryLDAPEntry  # noqa: PLC0415  # this process's alone
    from ldaptor.interfaces import IConnectedLDAPEntry  # noqa: PLC0415  # as above
    from ldaptor.protocols.ldap.ldapserver import LDAPServer  # noqa: PLC0415  # as above
    from twisted.internet import reactor  # noqa: PLC0415  # as above
    from twisted.internet.protocol import ServerFactory  # noqa: PLC0415  # as above
    from twisted.python.components import registerAdapter  # noqa: PLC0415  # as above

    root = ReadOnlyInMemoryLDAPEntry(BASE, {"objectClass": ["dcObject"], "dc": ["orchard"]})
    for number, (mail, ders) in enumerate(json.loads(Path(file).read_text()).items()):
        root.addChild(
            f"uid=u{number}",
            {
                "objectClass": ["inetOrgPerson"],
                "uid": [f"u{number}"],
                "mail": [mail],
                "userCertificate": [base64.b64decode(one) for one in ders],
            },
        )

    class Factory(ServerFactory):
        """Gives every connection the tree."""

        protocol = LDAPServer

    registerAdapter(lambda _: root, Factory, IConnectedLDAPEntry)
    port = reactor.listenTCP(0, Factory(), interface="127.0.0.1")
    print(port.getHost().port, flush=True)  # noqa: T201  # what starts us reads it
    reactor.run()


if __name__ == "__main__":
    main(sys.argv[1])
