"""A street of practices, one of every kind, and the channels of a hub that reach them.

`tests.faults.deliveries` opens it. Each practice stands behind a gate and misbehaves in its own
ways; beside them one is down, one takes connections and never answers, and some have certificates
for Direct that are no good. The channels are the real ones, with a second's patience.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

import yaml
from cryptography import x509

from hub.channels import direct_server
from hub.channels.addresses import Guard
from hub.channels.direct_mail import Identity
from hub.channels.direct_relay import Relay
from hub.channels.direct_revocation import Revocations
from hub.channels.direct_send import DirectSend
from hub.channels.direct_send import Post as DirectPost
from hub.channels.direct_taking import Taker
from hub.channels.fhir_send import FhirSend
from hub.channels.mllp_send import MllpSend
from hub.channels.posting import Poster
from hub.channels.requesting import Requester
from hub.channels.sftp_push import SftpPush
from hub.channels.webhook import Webhook
from tests import direct_world, mllp_world
from tests.faults import misbehaving
from tests.faults.gateway import Mail
from tests.faults.misbehaving import Chaos, Gate
from tests.receivers import SECRET, Answer, HookSink, PracticeSftp
from tests.simulator import STAFF, Play

if TYPE_CHECKING:
    import random
    from pathlib import Path

SECONDS = 1.0
"""How long a channel waits for an answer here; everywhere else it is much longer."""
NOBODY = "http://127.0.0.1:1/list"
ADDRESS = "front@direct.practice.example"

HTTP = ("refuse", "half_open", "4xx", "5xx", "slow", "reset_before", "reset_after", "duplicate",
        "forged", "endless")  # fmt: skip
KINDS: dict[str, tuple[str, ...]] = {
    "webhook": HTTP,
    "webhook-tls": ("certificate", "4xx", "5xx", "reset_after"),
    "fhir": HTTP,
    "mllp": HTTP,
    "mllp-tls": ("certificate", "5xx", "reset_before"),
    "sftp": (*HTTP, "certificate"),
    "direct": (*HTTP, "certificate", "notice_twice", "notice_forged"),
    "mailbox": (),
}
"""Which faults the practices of each channel make. A mailbox has no wire."""
NO_GOOD = {
    "direct-expired": ("recipient", "permanent certificate_dates"),
    "direct-stranger": ("recipient", "permanent certificate_untrusted"),
    "direct-revoked": ("recipient", "permanent certificate_revoked"),
    "direct-unlisted": ("list", "transient crl_not_had"),
}
"""Practices whose own certificate is no good for Direct: the fault, and what it is taken for."""
ALWAYS = {"dead", "down", *NO_GOOD}
"""Practices that nothing ever reaches."""


@dataclass
class Practice:
    """One practice: where it takes plans, how it misbehaves, and what arrived there."""

    name: str
    kind: str
    format: str
    chaos: Chaos
    receiver: object = None
    address: str = ""
    options: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The organisation."""
        return f"pcmh-{self.name}"


class Street:
    """Practices of every kind, and the channels of a hub that reach them with short patience."""

    def __init__(self, folder: Path, rng: random.Random, rate: float) -> None:
        self._folder, self._rng, self._rate = folder, rng, rate
        self._stack = AsyncExitStack()
        self.practices: list[Practice] = []

    async def __aenter__(self) -> Self:
        """Open every practice."""
        self.authority = mllp_world.Authority(self._folder)
        await self._hooks()
        await self._mllp()
        await self._others()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every practice."""
        await self._stack.aclose()

    def _practice(self, name: str, kind: str, format_: str) -> Practice:
        made = Practice(name, kind, format_, Chaos(self._rng, KINDS.get(name, ()), self._rate))
        self.practices.append(made)
        return made

    async def _gate(self, practice: Practice, receiver, **how) -> int:
        practice.receiver = await self._stack.enter_async_context(receiver)
        gate = Gate(practice.receiver.port, practice.chaos, **how)
        return (await self._stack.enter_async_context(gate)).port

    def _tls(self):
        """Return a server's TLS that shows an expired certificate one time in twenty."""
        good = self.authority.server(self.authority.issue("good", "localhost"))
        bad = self.authority.server(self.authority.issue("bad", "localhost", days=-1))

        def shows(chaos: Chaos):
            def choose(socket, _name, _context) -> None:
                if chaos.pick(("certificate",)):
                    chaos.note("certificate")
                    socket.context = bad

            good.sni_callback = choose
            return good

        return shows

    async def _hooks(self) -> None:
        hook = self._practice("webhook", "webhook", "json")
        port = await self._gate(hook, misbehaving.Hook(hook.chaos))
        hook.address, hook.secrets = f"http://127.0.0.1:{port}/hook", {"secret": SECRET}
        hook = self._practice("webhook-tls", "webhook", "json")
        tls = self._tls()(hook.chaos)
        port = await self._gate(hook, misbehaving.Hook(hook.chaos, tls=tls))
        hook.address, hook.secrets = f"https://localhost:{port}/hook", {"secret": SECRET}
        fhir = self._practice("fhir", "fhir", "fhir")
        port = await self._gate(fhir, misbehaving.FhirHook(fhir.chaos))
        fhir.address, fhir.options = f"http://127.0.0.1:{port}/fhir", {"probe": "no"}
        dead = self._practice("dead", "webhook", "json")
        dead.receiver = await self._stack.enter_async_context(
            HookSink([Answer(deed="hang")] * 100_000)
        )
        dead.address, dead.secrets = dead.receiver.url, {"secret": SECRET}
        down = self._practice("down", "webhook", "json")
        down.address, down.secrets = "http://127.0.0.1:1/hook", {"secret": SECRET}

    async def _mllp(self) -> None:
        options = {"repeats": "ignored", "links": "4"}
        plain = self._practice("mllp", "mllp", "hl7v2")
        port = await self._gate(plain, misbehaving.Mllp(plain.chaos))
        plain.address, plain.options = f"mllp://127.0.0.1:{port}", options
        safe = self._practice("mllp-tls", "mllp", "hl7v2")
        tls = self._tls()(safe.chaos)
        port = await self._gate(safe, misbehaving.Mllp(safe.chaos, tls))
        safe.address = f"mllps://localhost:{port}"
        safe.options = {**options, "ca": self.authority.pem}

    async def _others(self) -> None:
        sftp = self._practice("sftp", "sftp", "ccda")
        (self._folder / "sftp" / "in").mkdir(parents=True)
        receiver = misbehaving.Sftp(self._folder / "sftp", sftp.chaos)
        other = await self._stack.enter_async_context(PracticeSftp(self._folder / "impostor"))
        port = await self._gate(sftp, receiver, impostor=other.port)
        sftp.address = f"sftp://icp@127.0.0.1:{port}/in"
        sftp.options, sftp.secrets = receiver.options, receiver.secrets
        self.anchor = direct_world.Authority("Street")
        self._revoked: list[int] = []
        lists = HookSink()
        lists.script = misbehaving.Chosen(self._list)
        self._lists = (await self._stack.enter_async_context(lists)).url
        self.ours = Identity(direct_world.HUB, *self.anchor.leaf(direct_world.HUB))
        direct = self._partner("direct", ADDRESS)
        revoked = self._partner("direct-revoked", "revoked@direct.practice.example")
        pem = revoked.options["certificate"].encode()
        self._revoked.append(x509.load_pem_x509_certificate(pem).serial_number)
        own = Identity(ADDRESS, *self.anchor.leaf(ADDRESS))
        gateway = Mail(direct.chaos, self._tls()(direct.chaos), own, self.ours.certificate)
        port = await self._gate(direct, gateway, often=1.0)
        self.relay = f"smtps://localhost:{port}"
        ended = datetime.now(UTC) - timedelta(days=1)
        dates = {"starts": ended - timedelta(days=9), "ends": ended}
        self._partner("direct-expired", "expired@direct.practice.example", **dates)
        self._partner("direct-unlisted", "away@direct.practice.example", lists=(NOBODY,))
        stranger = self._partner("direct-stranger", "stranger@direct.practice.example")
        stranger.options["anchors"] = direct_world.pem(direct_world.Authority("X").certificate)
        self._practice("mailbox", "mailbox", "json")

    def _list(self) -> Answer:
        """Return the authority's list of revoked certificates, as it is now."""
        return Answer(200, body=self.anchor.crl(*self._revoked))

    def _partner(self, name: str, address: str, **differs) -> Practice:
        """Return a practice with a Direct address and a certificate that may differ from a good."""
        made = self._practice(name, "direct", "ccda")
        leaf, _ = self.anchor.leaf(address, **{"lists": (self._lists,), **differs})
        pems = {"certificate": leaf, "anchors": self.anchor.certificate}
        made.options = {key: direct_world.pem(one) for key, one in pems.items()}
        made.address = address
        return made

    async def join(self, stage: Play) -> None:
        """Give the hub its directory and channels that wait a second, no more."""
        guard = Guard(allow_http_private=True)
        channels, clock = stage.hub.channels, stage.hub.clock
        tls = self.authority.client()
        poster = Poster(guard, clock, seconds=SECONDS, tls=tls)
        fhir = FhirSend(Requester(guard, seconds=SECONDS), clock)
        mllp = MllpSend(guard, answer_seconds=SECONDS, connect_seconds=SECONDS, out_seconds=0.05)
        sftp = SftpPush(guard, connect_seconds=SECONDS, operation_seconds=SECONDS * 2)
        relay = Relay(self.relay, seconds=SECONDS * 2, tls=tls)
        lists = Revocations(Requester(guard, seconds=SECONDS * 10, way="list"))
        post = DirectPost(self.ours, relay, (), clock, lists=lists)
        direct = DirectSend(post)
        channels |= {"webhook": Webhook(poster), "fhir": fhir, "mllp": mllp, "sftp": sftp}
        channels["direct"] = direct
        for one in (poster, fhir, mllp, sftp, post):
            self._stack.push_async_callback(one.close)
        await stage.hub.rosters.load_directory(STAFF, self._directory())
        taker = Taker(stage.hub.direct_inbox, post)
        known = direct_server.DirectSettings(port=0)
        server = await direct_server.serve(taker, self.ours.address, known)
        self._stack.push_async_callback(server.close)
        (mail,) = (one.receiver for one in self.practices if one.name == "direct")
        mail.hub_port = server.port

    def _directory(self) -> bytes:
        organisations, contacts, endpoints = [], [], []
        for one in self.practices:
            organisations.append({"id": one.id, "kind": "pcmh", "name": one.name})
            contacts.append(
                {"id": f"con-{one.name}", "organisation": one.id, "name": "N", "roles": ["plan"],
                 "endpoint": f"end-{one.name}", "from": "2026-01-01",
                 "verified_on": "2026-10-01"}
            )  # fmt: skip
            endpoints.append(
                {"id": f"end-{one.name}", "organisation": one.id, "kind": one.kind,
                 "format": one.format, "address": one.address, "options": one.options,
                 "secrets": one.secrets}
            )  # fmt: skip
        contacts.append(
            {"id": "con-operations", "organisation": "hub", "name": "O", "roles": ["operations"]}
        )
        return yaml.safe_dump(
            {"organisations": organisations, "contacts": contacts, "endpoints": endpoints}
        ).encode()
