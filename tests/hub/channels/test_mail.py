"""Mail to contacts over a real SMTP server (aiosmtpd, from PyPI): counts and an address."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from hub.channels.mail import MOST_LINKS, Counts, Letter, Mailer, digest, subject, text
from hub.errors import Misconfigured, Trouble

AT = datetime(2026, 11, 18, 15, tzinfo=UTC)


class Box:
    """An SMTP server's handler that keeps what it takes, or says `answer`."""

    def __init__(self, answer: str = "") -> None:
        self.taken: list[bytes] = []
        self._answer = answer

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  # aiosmtpd's name
        """Take a mail, or answer as told."""
        if self._answer:
            return self._answer
        self.taken.append(envelope.content)
        return "250 OK"


@pytest.fixture
def served():
    """Give a function that serves a box on loopback and returns its URL."""
    running = []

    def serve(box: Box) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Controller(box, hostname="127.0.0.1", port=port)
        controller.start()
        running.append(controller)
        return f"smtp://127.0.0.1:{port}"

    yield serve
    for controller in running:
        controller.stop()


async def test_one_mail(served):
    """A real server takes a mail that says how much waits and where, and nothing else."""
    box = Box()
    mailer = Mailer(served(box), "hub@example.org")
    words = digest(Counts({"person": 2, "agreement": 1}, 1), "https://hub.example.org")
    await mailer.post(Letter("n@example.org", *words, "nudge-7"), AT)

    mail = message_from_bytes(box.taken[0], policy=policy.default)
    assert mail["Subject"] == "3 care plans wait for you"
    assert mail["Message-ID"] == "<nudge-7@example.org>"
    words = mail.get_content().replace("\r\n", "\n")
    assert words == (
        "- 2 care plans: nobody at the practice has taken it.\n"
        "- 1 care plan: the practice took it and has not answered.\n"
        "- 1 care plan or request we told you of: settled. Nothing is left to do.\n\n"
        "Please sign in: https://hub.example.org\n\n"
        "For privacy this mail says no more than that.\n"
    )


def test_only_good_news():
    """A mail that only tells of an end says so in its subject."""
    assert subject(Counts({}, 2)) == "2 care plans or requests no longer wait"
    assert "settled" in text(Counts({}, 2), "https://hub.example.org")


def test_links():
    """A link stands under the reference and sender it is for; more than a few are left out."""
    links = [("Keystone", f"del_{n}", f"https://hub.example.org/received/{n}") for n in range(30)]
    words = text(Counts({"person": 30}), "https://hub.example.org", links)

    assert "Plan del_0 from Keystone: say that you have it" in words
    assert words.count("/received/") == MOST_LINKS


@pytest.mark.parametrize(
    ("answer", "kind"), [("451 try later", "transient"), ("550 no such user", "permanent")]
)
async def test_refused(served, answer, kind):
    """A server's no is told apart: later, or never."""
    mailer = Mailer(served(Box(answer)), "hub@example.org")
    with pytest.raises(Trouble) as caught:
        await mailer.post(Letter("n@example.org", "s", "t", "k"), AT)
    assert (caught.value.kind, caught.value.code) == (kind, f"smtp_{answer[:3]}")


async def test_nobody_there():
    """A server that is not there is a trouble that passes, without words from outside."""
    mailer = Mailer("smtp://127.0.0.1:1", "hub@example.org")
    with pytest.raises(Trouble) as caught:
        await mailer.post(Letter("n@example.org", "s", "t", "k"), AT)
    assert (caught.value.kind, caught.value.code) == ("transient", "mail_unreachable")


def test_wrong_setting():
    """A mail server's address of another kind is named as the wrong setting."""
    with pytest.raises(Misconfigured, match="ICP_HUB_SMTP_URL"):
        Mailer("http://mail.example.org", "hub@example.org")


def test_requests_are_told_apart():
    """A request is not called a care plan, alone or beside plans."""
    assert subject(Counts({}, 1, 1)) == "1 request was stopped"
    assert subject(Counts({"request": 1})) == "1 request waits for you"
    assert (
        subject(Counts({"person": 2, "request": 2})) == "2 care plans and 2 requests wait for you"
    )
    assert "- 1 request: asked and not answered yet." in text(Counts({"request": 1}), "https://h")
