"""A real DNS server for tests, by the library dnslib: a zone of records, over UDP and TCP.

Tests of finding Direct certificates open one with `serving`; it knows nothing of the hub.
"""

from __future__ import annotations

import struct
from contextlib import contextmanager

from cryptography.hazmat.primitives import serialization
from dnslib import QTYPE, RCODE, RD, RR, SRV
from dnslib.server import BaseResolver, DNSLogger, DNSServer

CERT = 37


class Cert(RD):
    """A CERT record as bytes: its type, key tag, algorithm and certificate."""

    def __init__(self, certificate=None, kind=1, raw=b""):
        der = certificate.public_bytes(serialization.Encoding.DER) if certificate else raw
        super().__init__(struct.pack("!HHB", kind, 0, 0) + der)


class Zone(BaseResolver):
    """A name server's answers: records by name; unknown names are told as such."""

    def __init__(self):
        self.records, self.asked, self.rcode, self.ttl = {}, [], 0, 300

    def resolve(self, request, _handler):
        """Answer one question."""
        name = str(request.q.qname).lower()
        self.asked.append((name, request.q.qtype))
        reply = request.reply()
        if self.rcode:
            reply.header.rcode = self.rcode
        elif name not in self.records:
            reply.header.rcode = RCODE.NXDOMAIN
        else:
            for one in self.records[name]:
                kind = QTYPE.SRV if isinstance(one, SRV) else CERT
                reply.add_answer(RR(request.q.qname, kind, rdata=one, ttl=self.ttl))
        return reply


def _both(zone):
    """Return a server by UDP and one by TCP on a port that nobody has for either."""
    quiet = DNSLogger(log="-request,-reply,-truncated,-error")
    while True:
        udp = DNSServer(zone, address="127.0.0.1", port=0, logger=quiet)
        port = udp.server.server_address[1]
        try:
            return udp, DNSServer(zone, address="127.0.0.1", port=port, tcp=True, logger=quiet)
        except OSError:
            udp.server.server_close()


@contextmanager
def serving(zone):
    """Serve a zone by UDP and TCP on one port; give its address."""
    udp, tcp = _both(zone)
    for one in (udp, tcp):
        one.start_thread()
    yield f"127.0.0.1:{udp.server.server_address[1]}"
    for one in (udp, tcp):
        one.stop()
        one.server.server_close()
