"""Whether a Direct certificate was revoked: the lists that its path names, fetched and kept.

`direct_send.Post` asks before it encrypts for a certificate and before it believes a signer. A list
is fetched from the distribution points of a certificate (RFC 5280 section 4.2.1.13), by http too,
for it is signed by who issued the certificate; only judged addresses are connected to, and size and
time are bounded. It is kept until its next update, and asked for anew each day. OCSP is not asked.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import urlsplit

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hub.channels.requesting import ANSWER_BYTES, Request
from hub.errors import Trouble, Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.channels.requesting import Answer, Requester

log = structlog.get_logger(__name__)

_Place: TypeAlias = tuple[str, bytes]
"""Where a list is, and the fingerprint of the certificate that must have signed it."""

Policy: TypeAlias = Literal["require", "try", "off"]
POLICIES: Final[tuple[Policy, ...]] = ("require", "try", "off")
"""A list that can't be had: try again later and then a person's turn; go on; never ask."""

_FRESH: Final = timedelta(days=1)
_AGAIN: Final = timedelta(minutes=1)
_MOST_LISTS: Final = 32
_MOST_POINTS: Final = 4
_GOOD: Final = 200


@dataclass(frozen=True, slots=True)
class _List:
    """A list its issuer signed: numbers revoked, what it speaks of, when it was made and ends."""

    numbers: frozenset[int]
    of: x509.IssuingDistributionPoint | None
    made: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Kept:
    """The last good list from a place, or none, and from when on it is asked for again."""

    found: _List | None
    again: datetime


class Revocations:
    """Asks and keeps revocation lists; one for the process."""

    def __init__(self, requester: Requester, policy: Policy = "require") -> None:
        self._requester = requester
        self._policy = policy
        self._kept: OrderedDict[_Place, _Kept] = OrderedDict()
        self._turns: dict[_Place, asyncio.Lock] = {}

    async def check(self, path: Sequence[x509.Certificate], now: datetime) -> None:
        """Return when nothing on the path from a certificate to its anchor is revoked.

        `Unreadable` `certificate_revoked` when something is; `Trouble` transient `crl_not_had` when
        a list can't be had and the policy requires it. A certificate that names no list is good.
        """
        if self._policy == "off":
            return
        for certificate, issuer in pairwise(path):
            points = _points(certificate)
            if points and not await self._asked(certificate, issuer, points, now):
                if self._policy == "require":
                    what = "the list of revoked certificates of a partner's authority can't be had"
                    raise Trouble("transient", "crl_not_had", what)
                log.warning("direct_crl_not_had", authority=_host(points[0]))

    async def close(self) -> None:
        """Close every connection."""
        await self._requester.close()

    async def _asked(
        self,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        points: Sequence[str],
        now: datetime,
    ) -> bool:
        """Return whether a list could be asked; `Unreadable` when it names the certificate."""
        for url in points:
            found = await self._list(url, issuer, now)
            if found is not None and _speaks(found.of, certificate, url):
                if certificate.serial_number in found.numbers:
                    raise Unreadable("certificate_revoked", "the certificate is revoked")
                return True
        return False

    async def _list(self, url: str, issuer: x509.Certificate, now: datetime) -> _List | None:
        """Return a list that may be used now, fetched at most once at a time."""
        place = (url, issuer.fingerprint(hashes.SHA256()))
        async with self._turns.setdefault(place, asyncio.Lock()):
            kept = self._kept.get(place)
            if kept is None or now >= kept.again:
                kept = await self._fetched(url, issuer, kept, now)
                self._kept[place] = kept
                self._kept.move_to_end(place)
                while len(self._kept) > _MOST_LISTS:
                    gone, _ = self._kept.popitem(last=False)
                    self._turns.pop(gone, None)
        return kept.found if kept.found is not None and now < kept.found.until else None

    async def _fetched(
        self, url: str, issuer: x509.Certificate, before: _Kept | None, now: datetime
    ) -> _Kept:
        """Fetch a list; where that fails, or it is older, the one before stays while it may."""
        known = before.found if before is not None else None
        try:
            answer = await self._requester.ask(Request(_host(url), "GET", url, {"accept": "*/*"}))
            found = await asyncio.to_thread(_read, answer, issuer, now)
        except (Trouble, ValueError, TypeError) as failure:
            code = failure.code if isinstance(failure, Trouble) else "not_a_list"
            log.warning("direct_crl_failed", authority=_host(url), code=code)
            return _Kept(known, now + _AGAIN)
        if known is not None and found.made < known.made:
            return _Kept(known, now + _AGAIN)
        return _Kept(found, max(min(found.until, now + _FRESH), now + _AGAIN))


def _read(answer: Answer, issuer: x509.Certificate, now: datetime) -> _List:
    """Return the list an answer holds, whole and signed by its issuer; `ValueError` else."""
    raw = answer.body
    if answer.status != _GOOD or len(raw) >= ANSWER_BYTES:
        raise ValueError(answer.status)
    pem = raw.lstrip().startswith(b"-----BEGIN")
    found = x509.load_pem_x509_crl(raw) if pem else x509.load_der_x509_crl(raw)
    key = issuer.public_key()
    if found.issuer != issuer.subject or not found.is_signature_valid(key):  # type: ignore[arg-type]  # any issuer's key
        raise ValueError("not of this issuer")
    try:
        of = found.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        of = None
    numbers = frozenset(one.serial_number for one in found)
    return _List(numbers, of, found.last_update_utc, found.next_update_utc or now + _FRESH)


def _speaks(
    of: x509.IssuingDistributionPoint | None, certificate: x509.Certificate, url: str
) -> bool:
    """Say whether a list of this scope speaks of such a certificate (RFC 5280 section 6.3.3)."""
    if of is None:
        return True
    if of.indirect_crl or of.only_some_reasons or of.only_contains_attribute_certs:
        return False
    if of.only_contains_user_certs if _authority(certificate) else of.only_contains_ca_certs:
        return False
    return not of.full_name or url in {str(one.value) for one in of.full_name}


def _authority(certificate: x509.Certificate) -> bool:
    try:
        known = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return known.value.ca


def _points(certificate: x509.Certificate) -> list[str]:
    """Return where a certificate says its list is: http and https, the first few.

    Nothing where it names none. What it says in a way nobody can ask (a relative name, another
    authority's list, an extension that can't be read) is a place that can't be had.
    """
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return []
    except ValueError:
        return [""]
    names = [str(name.value) for point in points for name in point.full_name or ()] or [""]
    asked = [one for one in names if one.startswith(("http://", "https://"))]
    return asked[:_MOST_POINTS] or names[:1]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
