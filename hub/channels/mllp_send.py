"""The MLLP channel: one delivery as one HL7 v2 message to a practice's interface engine.

`main.py` binds it for endpoints of kind `mllp`, format `hl7v2` (MDM^T02) or `ppr`. Each practice
has its own few links and its own queue, so that one that hangs slows no other. Every attempt sends
the same bytes under the same MSH-10. Whether an attempt in doubt may be repeated the endpoint says:
`repeats: ignored` when its engine drops a second message of one MSH-10; else a person decides.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import TYPE_CHECKING, Final

from hub.channels.certificates import shown
from hub.channels.mllp_acks import proof_of
from hub.channels.mllp_frames import END, VT
from hub.channels.mllp_headers import header_of
from hub.channels.mllp_links import Course, Link, identity, opened
from hub.errors import Trouble
from hub.ports import Look

if TYPE_CHECKING:
    from hub.channels.addresses import Guard, Target
    from hub.ports import Endpoint, Parcel, Proof

_MOST_LINKS: Final = 8
_REFUSED: Final = re.compile(r"ALERT|CERTIFICATE")
"""OpenSSL's reasons for a certificate that one side does not accept, also after the handshake."""


class Destination:
    """One practice's engine: its links at rest, whose turn it is, and since when it is out."""

    def __init__(self, key: str, at_once: int) -> None:
        self.key = key
        self.turns = asyncio.Semaphore(at_once)
        self.resting: list[Link] = []
        self.out_until = 0.0

    async def link(self, idle_seconds: float) -> Link | None:
        """Return a link at rest that is still good."""
        now = asyncio.get_running_loop().time()
        while self.resting:
            link = self.resting.pop()
            if now - link.rests_since < idle_seconds and await link.quiet():
                return link
            await link.close()
        return None


class MllpSend:
    """The `Channel` of endpoints of kind `mllp`; the address is `mllps://host:port`.

    Options: `ca` (PEM) to trust instead of the system's, `server_name` when the certificate names
    another host, `links` (1 to 8, default 1: messages arrive in order), `repeats`. Secrets:
    `certificate` and `private_key` (PEM) for mutual TLS. Times in seconds: to wait for one's turn,
    to connect, for an answer, to keep a silent link, and to leave alone an engine that is out.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        turn_seconds: float = 40.0,
        connect_seconds: float = 10.0,
        answer_seconds: float = 30.0,
        idle_seconds: float = 240.0,
        out_seconds: float = 5.0,
    ) -> None:
        self._guard = guard
        self._turn_seconds = turn_seconds
        self._connect_seconds = connect_seconds
        self._answer_seconds = answer_seconds
        self._idle_seconds = idle_seconds
        self._out_seconds = out_seconds
        self._destinations: dict[str, Destination] = {}

    async def send(self, parcel: Parcel, endpoint: Endpoint) -> Proof:
        """Send once; `Proof` confirmed for AA or CA to this very message, else `Trouble`."""
        target = self._guard.target(endpoint.address, scheme="mllp")
        control_id = _control_id(parcel.content)
        destination = await self._destination(endpoint)
        await self._turn(destination)
        course = Course()
        try:
            answer = await self._exchange(destination, endpoint, target, parcel.content, course)
            return proof_of(answer, control_id)
        except OSError as failure:  # TimeoutError and ssl.SSLError are among them
            raise self._broken(failure, course, destination, endpoint) from None
        except Trouble as trouble:
            raise _doubted(trouble, endpoint) from None
        finally:
            destination.turns.release()

    async def probe(self, endpoint: Endpoint) -> Look:
        """Open a link, with TLS where the address says so, and close it; no message is sent."""
        target = self._guard.target(endpoint.address, scheme="mllp")
        destination = Destination(endpoint.id, 1)
        try:
            link = await opened(self._guard, endpoint, target, self._connect_seconds)
            try:
                seen = shown(link.certificate)
                if target.scheme == "mllps":
                    await link.settle()
            finally:
                await link.close()
        except OSError as failure:
            raise self._broken(failure, Course(), destination, endpoint) from None
        return Look("mllp_connected", seen)

    async def close(self) -> None:
        """Close every link."""
        for destination in self._destinations.values():
            for link in destination.resting:
                await link.close()
        self._destinations.clear()

    async def _destination(self, endpoint: Endpoint) -> Destination:
        """Return the endpoint's destination; a changed address or key begins a new one."""
        key = identity(endpoint)
        known = self._destinations.get(endpoint.id)
        if known is None or known.key != key:
            made = Destination(key, _links(endpoint))
            self._destinations[endpoint.id] = made
            for link in known.resting if known else ():
                await link.close()
            return made
        return known

    async def _turn(self, destination: Destination) -> None:
        """Wait for a turn, not for ever; an engine that was out a moment ago is left alone."""
        try:
            async with asyncio.timeout(self._turn_seconds):
                await destination.turns.acquire()
        except TimeoutError:
            raise Trouble("transient", "mllp_busy", "the engine is busy with others") from None
        left = destination.out_until - asyncio.get_running_loop().time()
        if left > 0:
            destination.turns.release()
            what = "the engine was out a moment ago"
            raise Trouble("transient", "mllp_out", what, retry_after=left)

    async def _exchange(
        self,
        destination: Destination,
        endpoint: Endpoint,
        target: Target,
        content: bytes,
        course: Course,
    ) -> bytes:
        link = await destination.link(self._idle_seconds)
        fresh = link is None
        link = link or await opened(self._guard, endpoint, target, self._connect_seconds)
        try:
            if fresh and target.scheme == "mllps":
                await link.settle()
            async with asyncio.timeout(self._answer_seconds):
                answer = await link.exchange(content, course)
        except BaseException:
            await link.close()
            raise
        destination.resting.append(link)
        return answer

    def _broken(
        self, failure: OSError, course: Course, destination: Destination, endpoint: Endpoint
    ) -> Trouble:
        """Say what an exchange without an answer means, and leave an engine alone that is out."""
        if isinstance(failure, ssl.SSLError) and _REFUSED.search(failure.reason or str(failure)):
            return Trouble(
                "permanent", "certificate", "the engine's certificate or ours is refused"
            )
        slow = isinstance(failure, TimeoutError)
        destination.out_until = asyncio.get_running_loop().time() + self._out_seconds
        if not course.sent:
            code = "timeout" if slow else "not_reached"
            return Trouble("transient", code, "the engine could not be reached or take the message")
        code = "mllp_no_answer" if slow else "mllp_cut"
        what = "the engine took the message and gave no answer"
        return _doubted(Trouble("ambiguous", code, what), endpoint)


def _doubted(trouble: Trouble, endpoint: Endpoint) -> Trouble:
    """Return what is in doubt as a person's turn, unless the engine ignores a second one."""
    if trouble.kind != "ambiguous" or endpoint.options.get("repeats") == "ignored":
        return trouble
    what = f"{trouble.detail}; ask the practice whether MSH-10 arrived before sending it again"
    return Trouble("permanent", trouble.code, what)


def _control_id(content: bytes) -> str:
    """Return MSH-10 of what is to be sent; `Trouble` permanent for what can't be an HL7 frame."""
    line = content[:4096].partition(b"\r")[0]
    control_id = header_of(line).at(10) if line.startswith(b"MSH") else ""
    if not control_id or END in content or VT in content:
        raise Trouble(
            "permanent", "not_hl7v2", "give the endpoint the format `hl7v2` or `ppr` for MLLP"
        )
    return control_id


def _links(endpoint: Endpoint) -> int:
    text = endpoint.options.get("links", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_LINKS):
        raise Trouble("permanent", "bad_option", "the endpoint's `links` must be from 1 to 8")
    return int(text)
