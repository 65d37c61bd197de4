"""TLS that our own servers offer, from PEM files the operator names.

The MLLP and Direct servers call `offered`. TLS 1.2 at least; what can't be loaded refuses to start
and names the setting.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from hub.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path


def offered(
    certificate: Path, key: Path, setting: str, what: str, client_ca: Path | None = None
) -> ssl.SSLContext:
    """Return the server's side of TLS; with `client_ca` every peer must show a certificate.

    `Misconfigured` names `setting`; `what` says which files could not be loaded.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
        if client_ca is not None:
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as failure:
        told = f"{what} can't be loaded ({type(failure).__name__})"
        raise Misconfigured(setting, told) from None
    return context
