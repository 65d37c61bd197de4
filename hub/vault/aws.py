"""What an error of AWS, or of a server that speaks like it, means to the hub.

`s3.py` and `kms.py` wrap their calls in `trouble`. Everything they do is idempotent, so a lost
answer is transient, never ambiguous. The server's own words are never repeated.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from hub.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

_RETRIED = frozenset(
    {
        "ConditionalRequestConflict",
        "ExpiredToken",
        "InternalError",
        "KMSInternalException",
        "LimitExceededException",
        "OperationAborted",
        "RequestTimeTooSkewed",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
    }
)
_RETRIED_STATUS = 500


@contextlib.contextmanager
def trouble(service: str) -> Iterator[None]:
    """Turn what boto3 raises inside into `Trouble` with a code such as `s3_SlowDown`."""
    try:
        yield
    except ClientError as error:
        raise _classed(service, error) from None
    except NoCredentialsError:
        raise Trouble(
            "permanent", f"{service}_no_credentials", f"no credentials for {service}; set them"
        ) from None
    except (BotoCoreError, OSError) as error:
        name = type(error).__name__
        raise Trouble("transient", f"{service}_{name}", f"{service} did not answer") from None


def code_of(error: ClientError) -> str:
    """Return the error's code if it looks like one, else `Unknown`."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code if re.fullmatch(r"[A-Za-z0-9]{1,60}", code) else "Unknown"


def status_of(error: ClientError) -> int:
    """Return the HTTP status of the answer, or 0."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _classed(service: str, error: ClientError) -> Trouble:
    code = code_of(error)
    if code in _RETRIED or status_of(error) >= _RETRIED_STATUS:
        return Trouble("transient", f"{service}_{code}", f"{service} asks to try again")
    return Trouble("permanent", f"{service}_{code}", f"{service} refused; see the code")
