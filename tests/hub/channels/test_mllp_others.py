"""MLLP against programs that others wrote: simple-hl7 of Node and python-hl7, as sender and engine.

Node's is installed by `npm install simple-hl7@3` into a temporary folder (or is in the folder that
ICP_TEST_NODE_MODULES names); python-hl7 is one of our dependencies.
Where node, npm or the registry is missing these tests are skipped and say so.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import socket
import subprocess
from pathlib import Path

import hl7
import pytest
from hl7.mllp import open_hl7_connection, start_hl7_server
from mllp_world import message

from hub.channels.addresses import Guard
from hub.channels.mllp_send import MllpSend
from hub.ports import Endpoint, Parcel, Proof
from tests.hub.channels.test_mllp_server import Desk, running

PACKAGES = ("simple-hl7@3",)

SENDER = """
const hl7 = require('simple-hl7');
const client = hl7.Server.createTcpClient('127.0.0.1', Number(process.argv[2]));
const parser = new hl7.Parser();
const texts = JSON.parse(process.argv[3]);
const next = () => {
  if (!texts.length) { client.close(); process.exit(0); }
  client.send(parser.parse(texts.shift()), (err, ack) => {
    if (err) { console.error(err.message); process.exit(1); }
    const msa = ack.getSegment('MSA');
    console.log(msa.getField(1) + ' ' + msa.getField(2));
    setImmediate(next);
  });
};
next();
"""
ENGINE = """
const hl7 = require('simple-hl7');
const app = hl7.tcp();
app.use((req, res, next) => { console.log(req.type); next(); });
app.use((req, res, next) => res.end());
app.start(Number(process.argv[2]));
console.log('up');
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """Give a folder where node finds simple-hl7, installed from the npm registry."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed: MLLP is not tried against Node's programs")
    given = os.environ.get("ICP_TEST_NODE_MODULES")
    if given and (Path(given) / "simple-hl7").is_dir():
        return Path(given).parent
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text("{}")
    wanted = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        subprocess.run([*wanted, *PACKAGES], cwd=folder, check=True, timeout=120)  # noqa: S603  # our own words
    except (subprocess.SubprocessError, OSError):
        pytest.skip("npm could not install simple-hl7: MLLP is not tried against Node's programs")
    return folder


@pytest.fixture
async def send():
    made = MllpSend(Guard(allow_http_private=True))
    yield made
    await made.close()


def parcel(content):
    digest = hashlib.sha256(content).hexdigest()
    return Parcel("dlv_1", content, "x", "icp.hl7", digest)


async def run(folder, script, *words):
    """Run a script of node and return it as a process with its output."""
    (folder / "script.js").write_text(script)
    return await asyncio.create_subprocess_exec(
        *("node", "script.js", *words), cwd=folder, stdout=asyncio.subprocess.PIPE
    )


async def test_node_sends(node):
    """simple-hl7's client sends three messages over one line and gets each one's answer."""
    desk, texts = Desk(), [message(f"N{n}").decode() for n in range(3)]
    async with running(desk) as server:
        words = (str(server.port), str(texts).replace("'", '"'))
        process = await run(node, SENDER, *words)
        out, _ = await asyncio.wait_for(process.communicate(), 30)

    assert out.decode().split("\n")[:3] == ["AA N0", "AA N1", "AA N2"]
    assert len(desk.contents) == 3


async def test_node_receives(node, send):
    """simple-hl7's server takes a large message of ours and its AA is our proof."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await run(node, ENGINE, str(port))
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"up\n"
        end = Endpoint("e", "p", "mllp", f"mllp://127.0.0.1:{port}", "hl7v2")
        await asyncio.sleep(0.3)
        large = message("rel_1", body="OBX|1|ED|D^D||" + "A" * 500_000)
        proofs = [await send.send(parcel(one), end) for one in (large, message("rel_2"))]
        seen = [await asyncio.wait_for(process.stdout.readline(), 10) for _ in proofs]
    finally:
        process.kill()
        await process.wait()

    assert proofs == [Proof("confirmed", "mllp_aa")] * 2
    assert len(seen) == 2


async def test_python_hl7_sends():
    """python-hl7's client sends and reads its answer."""
    desk = Desk()
    async with running(desk) as server:
        reader, writer = await open_hl7_connection("127.0.0.1", server.port)
        for number in range(3):
            writer.writemessage(hl7.parse(message(f"P{number}").decode()))
            await writer.drain()
            answer = await asyncio.wait_for(reader.readmessage(), 10)
            assert str(answer.segment("MSA")) == f"MSA|AA|P{number}"
        writer.close()

    assert len(desk.contents) == 3


@pytest.mark.parametrize("code", ["AA", "CA"])
async def test_python_hl7_receives(send, code):
    """python-hl7's server takes two messages of ours over one line, in either mode."""
    taken = []

    async def take(reader, writer):
        while not writer.is_closing():
            try:
                found = await reader.readmessage()
            except asyncio.IncompleteReadError:
                break
            taken.append(str(found))
            writer.writemessage(found.create_ack(code))
            await writer.drain()
        writer.close()

    server = await start_hl7_server(take, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        end = Endpoint("e", "p", "mllp", f"mllp://127.0.0.1:{port}", "hl7v2")
        given = [message("rel_1"), message("rel_2")]
        proofs = [await send.send(parcel(one), end) for one in given]
        await send.close()

    assert proofs == [Proof("confirmed", f"mllp_{code.lower()}")] * 2
    assert [one.encode().strip() for one in taken] == [one.strip() for one in given]
