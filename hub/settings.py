"""Every setting of the hub, read from the environment once at start.

`main.py` calls `load`; nothing else reads the environment. A wrong value is `Misconfigured` and
names its setting. `docs/settings.md` is made from here.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping


_HOME = Path("icp-hub-data")


def _setting(default: object, meaning: str) -> Any:  # noqa: ANN401  # dataclass field of any type
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True)
class Settings:
    """The hub's settings; each is `ICP_HUB_` and its upper-case name in the environment."""

    home: Path = _setting(_HOME, "folder of the embedded database, vault and keys")
    pg_bin: str = _setting("", "folder of the PostgreSQL programs; empty: found by itself")
    database_url: str = _setting("", "a PostgreSQL ≥ 15 server; empty: the embedded one")
    vault_url: str = _setting("", "`s3://bucket/prefix?endpoint=…`; empty: a folder under home")
    key_provider: str = _setting("local", "`local`, or `aws-kms:KEY-ID`")
    http_host: str = _setting("127.0.0.1", "address the HTTP server listens on")
    http_port: int = _setting(8080, "port of the HTTP server; 0 takes a free one")
    sftp_host: str = _setting("127.0.0.1", "address the SFTP server listens on")
    sftp_port: int = _setting(2222, "port of the SFTP server; 0 takes a free one")
    mllp_host: str = _setting("127.0.0.1", "address the MLLP server listens on")
    mllp_port: int = _setting(
        -1, "port of the MLLP server, 2575 by custom; 0 takes a free one, -1: no MLLP server"
    )
    mllp_certificate: str = _setting("", "PEM file of the MLLP server's certificate; empty: no TLS")
    mllp_key: str = _setting("", "PEM file of the private key of that certificate")
    mllp_client_ca: str = _setting(
        "", "PEM file of who signs MLLP senders' certificates; set: each must show one"
    )
    mllp_read_seconds: float = _setting(
        3.0, "how long an original-mode AA waits for the message to be read, so that it may be AE"
    )
    mllp_idle_seconds: float = _setting(3600.0, "how long an MLLP line may be silent, in seconds")
    mllp_connections: int = _setting(8, "MLLP lines one sender may have open")
    direct_address: str = _setting("", "our Direct address; empty: no Direct (docs/direct.md)")
    direct_host: str = _setting("127.0.0.1", "address the Direct (SMTP) server listens on")
    direct_port: int = _setting(
        -1, "port of the Direct server, 25 by custom; 0 takes a free one, -1: nothing comes in"
    )
    direct_tls_certificate: str = _setting("", "PEM file of its certificate for STARTTLS")
    direct_tls_key: str = _setting("", "PEM file of the private key of that certificate")
    direct_relay: str = _setting(
        "", "where Direct mail goes out: `smtp://gateway:25`; empty: as `ICP_HUB_SMTP_URL`"
    )
    direct_anchors: str = _setting(
        "", "bundle (PEM or .p7b) of trust anchors for partners whose endpoint names none"
    )
    direct_crl: str = _setting(
        "require",
        "a partner's certificate whose revocation list can't be had is `require`: not"
        " used, tried again later; `try`: used; `off`: no list is asked",
    )
    direct_discovery: str = _setting(
        "",
        "where certificates are looked for that the directory lacks: `dns`, `ldap` or `dns ldap`;"
        " empty: nowhere",
    )
    direct_resolver: str = _setting(
        "", "DNS server for that, `address:port`; empty: as this machine's other names"
    )
    public_url: str = _setting("http://127.0.0.1:8080", "the console's address in links we send")
    max_bytes: int = _setting(50_000_000, "largest submission, in bytes")
    workers: int = _setting(1, "worker processes that `icp-hub up` starts")
    reader_memory_mb: int = _setting(1024, "memory one document's reading may take, in MB")
    reader_seconds: float = _setting(20.0, "time one document's reading may take, in seconds")
    confirm_below: float = _setting(
        0.9, "values read less surely than this (0 to 1) wait for a person, or are marked"
    )
    technical_hours: float = _setting(1.0, "hours until a delivery the wire has not taken is late")
    person_days: int = _setting(2, "business days until a delivery nobody took is overdue")
    agreement_days: int = _setting(10, "business days until a plan without an answer is late")
    step_days: int = _setting(1, "business days between two steps of an escalation")
    smtp_url: str = _setting("", "`smtp://host:25`, `smtps://user:secret@host`; empty: no mail")
    mail_from: str = _setting("icp-hub@localhost", "the sender's address of mails to contacts")
    sms_url: str = _setting(
        "", "gateway for texts, `https://user:secret@host/path` (Twilio's form post); empty: none"
    )
    sms_from: str = _setting("", "the number or name texts come from")
    sms_text: str = _setting(
        "{plans} for you. Please sign in: {url}", "words of a text: {plans} or {count}, and {url}"
    )
    digest_minutes: float = _setting(
        60.0, "shortest gap between two mails, or two texts, to one person"
    )
    link_days: float = _setting(
        7.0, "how long a link in a mail may acknowledge receipt, in days; 0: mails carry no links"
    )
    certificate_days: str = _setting(
        "30 7", "how many days before a certificate's end its owner is told, once each"
    )
    retry_seconds: float = _setting(30.0, "first gap between attempts of a delivery, in seconds")
    max_attempts: int = _setting(12, "attempts of a delivery before a person's turn")
    roster_max_drop: float = _setting(0.1, "share of active members a full roster may drop")
    private_networks: bool = _setting(
        False, "let webhooks, SFTP and plain MLLP go to private addresses (tests, demo)"
    )
    secure_cookies: bool = _setting(False, "send session cookies over HTTPS only")
    state: str = _setting("PA", "the state whose Medicaid plans the hub serves, in two letters")
    law_packs: str = _setting("", "folder of more law packs (`*.toml`, docs/consent-packs.md)")
    consent_policy: str = _setting(
        "", "file of the privacy officer's consent policy (TOML, docs/consent-policy.md)"
    )
    consent_on: str = _setting("", "ids of sleeping consent rules to wake, with spaces between")
    consent_off: str = _setting("", "ids of consent rules and law packs to switch off, with spaces")


def load(environment: Mapping[str, str]) -> Settings:
    """Return the settings of an environment; `Misconfigured` names the first wrong one."""
    values: dict[str, object] = {}
    known = {f"ICP_HUB_{f.name.upper()}": f for f in fields(Settings)}
    for name, text in environment.items():
        if name.startswith("ICP_HUB_") and name not in known:
            raise Misconfigured(name, "is no setting of the hub; see docs/settings.md")
        if name in known:
            values[known[name].name] = _parsed(name, text, known[name].default)
    return Settings(**values)  # type: ignore[arg-type]  # each was parsed to its default's type


def _parsed(name: str, text: str, default: object) -> object:
    try:
        if isinstance(default, bool):
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[
                text.lower()
            ]
        return text if default is MISSING else type(default)(text)  # type: ignore[call-arg]  # int, float, str, Path
    except (ValueError, KeyError):
        raise Misconfigured(name, f"must be like `{default}`") from None


def table() -> str:
    """Return `docs/settings.md`."""
    rows = [
        f"| `ICP_HUB_{f.name.upper()}` | `{f.default}` | {f.metadata['meaning']} |"
        for f in fields(Settings)
    ]
    head = ["# Settings", "", "Generated by `make docs` from `hub/settings.py`.", ""]
    return "\n".join([*head, "| setting | default | meaning |", "|---|---|---|", *rows, ""])
