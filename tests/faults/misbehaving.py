"""Practices of every kind that misbehave in one delivery of twenty, each in its own ways.

`tests.faults.deliveries` opens them. Every receiver is real and on loopback: HTTP with and without
TLS, SFTP, MLLP with and without TLS, FHIR, SMTP. `Chaos` chooses and remembers each fault and,
where the wire says it, for which delivery. `Gate` stands in front of one: it refuses connections,
or takes them and says nothing.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

import asyncssh

from tests.mllp_world import Deed, Engine
from tests.receivers import Answer, HookSink, PracticeSftp

if TYPE_CHECKING:
    import random
    import ssl
    from collections.abc import Sequence

FAULTS = (
    *("refuse", "half_open", "4xx", "5xx", "slow", "reset_before", "reset_after"),
    *("duplicate", "forged", "endless", "certificate"),
    *("recipient", "list", "notice_twice", "notice_forged"),
)
"""Refused or reset before a byte, connected and silent, refused for good, refused for now, no
answer, cut before or after the effect, answered twice, answered with something else, an answer
without an end, an expired certificate. Direct alone: the recipient's own certificate is no good,
the list of revoked ones can't be had, its notification comes twice, somebody forges one."""


@dataclass
class Chaos:
    """Chooses a fault, or none, for each delivery of one practice, and remembers what it chose."""

    rng: random.Random
    kinds: Sequence[str]
    rate: float = 0.05
    done: list[tuple[str, str]] = field(default_factory=list)
    """(delivery or empty, fault), in order."""

    def pick(self, among: Sequence[str], often: float = 1.0) -> str:
        """Return one of these faults, or nothing; `often` times as often as usual."""
        kinds = [one for one in self.kinds if one in among]
        share = often * self.rate * len(kinds) / len(self.kinds)
        return self.rng.choice(kinds) if kinds and self.rng.random() < share else ""

    def note(self, fault: str, delivery: str = "") -> None:
        """Remember a fault that was made."""
        if fault:
            self.done.append((delivery, fault))


class Gate:
    """A port in front of another one: hands on, refuses by a reset, or takes and says nothing.

    `impostor` is a port it hands on to in the other's place. `often`: connections are fewer than
    plans where one carries many.
    """

    KINDS = ("refuse", "half_open")

    def __init__(self, port: int, chaos: Chaos, *, often: float = 10.0, impostor: int = 0) -> None:
        self._behind, self._chaos = port, chaos
        self._often, self._impostor = often, impostor
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader, writer) -> None:
        task = asyncio.current_task()
        self._open.add(task)
        try:
            kinds = (*self.KINDS, "certificate") if self._impostor else self.KINDS
            fault = self._chaos.pick(kinds, often=self._often)
            self._chaos.note(fault)
            if fault == "refuse":
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
                writer.transport.abort()
            elif fault == "half_open":
                await asyncio.sleep(3600)
            else:
                behind = self._impostor if fault else self._behind
                theirs = await asyncio.open_connection("127.0.0.1", behind)
                await asyncio.gather(_pipe(reader, theirs[1]), _pipe(theirs[0], writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.close()


async def _pipe(reader, writer) -> None:
    """Hand on bytes until one end is over, and end the other."""
    try:
        while (data := await reader.read(65_536)) and not writer.is_closing():
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


class Chosen:
    """A script without an end: every line is chosen when it is asked for."""

    def __init__(self, made) -> None:
        self._made = made

    def pop(self, _at: int):
        """Return the next line."""
        return self._made()


class Hook(HookSink):
    """A webhook receiver; with `fhir` its good answer is that of a FHIR server."""

    def __init__(
        self, chaos: Chaos, *, tls: ssl.SSLContext | None = None, fhir: bool = False
    ) -> None:
        super().__init__(tls=tls)
        self.chaos, self.fhir = chaos, fhir
        self.script = Chosen(self._choose)

    DEEDS: ClassVar[dict[str, Answer]] = {
        "4xx": Answer(400),
        "5xx": Answer(503),
        "slow": Answer(deed="hang"),
        "reset_before": Answer(deed="cut_before_body"),
        "reset_after": Answer(deed="cut"),
        "duplicate": Answer(204, body=b"HTTP/1.1 204 X\r\n\r\n"),
        "forged": Answer(deed="garbage"),
        "endless": Answer(200, deed="flood"),
    }

    def _choose(self) -> Answer:
        fault = self.chaos.pick([*self.DEEDS])
        if fault == "reset_before":
            self.chaos.note(fault)
        made = self.DEEDS.get(fault, Answer(204, {"connection": "close"} if self.tls else {}))
        return Answer(made.status, {**made.headers, "x-fault": fault}, made.deed, made.body)

    async def _answer(self, writer: asyncio.StreamWriter, answer: Answer) -> bool:
        taken = self.taken[-1]
        fault = answer.headers.get("x-fault", "")
        self.chaos.note(fault, taken.headers.get("x-request-id", taken.id))
        if self.fhir and answer.deed == "answer" and answer.status < 300:
            entries = len(json.loads(taken.body)["entry"])
            made = [{"response": {"status": "201 Created"}}] * (entries if fault != "forged" else 1)
            told = {"resourceType": "Bundle", "type": "transaction-response", "entry": made}
            one = json.dumps(told).encode()
            head = f"HTTP/1.1 200 X\r\ncontent-length: {len(one)}\r\n\r\n".encode()
            extra = head + one if fault == "duplicate" else b""
            answer = Answer(200, {}, body=one)
            if extra:
                writer.write(head + one + extra)
                await writer.drain()
                return True
        return await super()._answer(writer, answer)

    @property
    def kept(self) -> dict[str, set[bytes]]:
        """What arrived, by delivery."""
        found: dict[str, set[bytes]] = {}
        for one in self.taken:
            found.setdefault(one.headers.get("x-request-id", one.id), set()).add(one.body)
        return found


class FhirHook(Hook):
    """A FHIR server; what it forges is an answer for fewer resources than were sent."""

    DEEDS: ClassVar[dict[str, Answer]] = {**Hook.DEEDS, "forged": Answer(200)}

    def __init__(self, chaos: Chaos) -> None:
        super().__init__(chaos, fhir=True)


class Mllp(Engine):
    """A practice's interface engine."""

    DEEDS: ClassVar[dict[str, Deed]] = {
        "4xx": Deed(code="AR", error="201"),
        "5xx": Deed(code="AE", error="207"),
        "slow": Deed("hang"),
        "reset_before": Deed("cut_before"),
        "reset_after": Deed("cut_after"),
        "duplicate": Deed("twice"),
        "forged": Deed(about="SOMETHING-ELSE"),
        "endless": Deed("flood"),
    }

    def __init__(self, chaos: Chaos, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls=tls)
        self.chaos = chaos
        self.script = Chosen(self._choose)

    def _choose(self) -> Deed:
        fault = self.chaos.pick([*self.DEEDS])
        self.chaos.note(fault)
        return self.DEEDS.get(fault, Deed())

    @property
    def port(self) -> int:
        """The free port it listens on."""
        return self._server.sockets[0].getsockname()[1]

    @property
    def kept(self) -> dict[str, set[bytes]]:
        """What arrived, by MSH-10."""
        found: dict[str, set[bytes]] = {}
        for one in self.taken:
            found.setdefault(one.split(b"|")[9].decode(), set()).add(one)
        return found


class Sftp(PracticeSftp):
    """A practice's SFTP server; its lies are told in the packet that answers the opening."""

    RAISED: ClassVar[dict[str, Exception]] = {
        "4xx": asyncssh.SFTPPermissionDenied("no"),
        "5xx": asyncssh.SFTPFailure("broken"),
    }
    LIES = ("duplicate", "forged", "endless")

    def __init__(self, folder, chaos: Chaos) -> None:
        super().__init__(folder)
        self.chaos = chaos
        self.before = {"open": self._opens}
        self.cut = self

    def waits(self, operation: str) -> float:
        """Return how many seconds an operation's answer takes."""
        fault = self.chaos.pick(["slow"]) if operation == "posix_rename" else ""
        self.chaos.note(fault)
        return 3.0 if fault else 0.0

    def lies(self, operation: str) -> str:
        """Return what is wrong with the answer to an operation."""
        fault = self.chaos.pick(self.LIES) if operation == "open" else ""
        self.chaos.note(fault)
        return fault

    def _opens(self) -> None:
        fault = self.chaos.pick([*self.RAISED])
        self.chaos.note(fault)
        if fault:
            raise self.RAISED[fault]

    def __contains__(self, operation: object) -> bool:
        """Say whether the line is to be cut after an operation."""
        wanted = {"write": "reset_before", "posix_rename": "reset_after"}.get(str(operation))
        fault = self.chaos.pick([wanted]) if wanted else ""
        self.chaos.note(fault)
        return bool(fault)

    @property
    def kept(self) -> dict[str, set[bytes]]:
        """What arrived, by delivery: every file of its name."""
        found: dict[str, set[bytes]] = {}
        for name, content in self.files.items():
            if not name.endswith((".part", ".notice.txt")):
                found.setdefault("del_" + name.partition("del_")[2][:26], set()).add(content)
        return found
