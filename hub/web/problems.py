"""What a caller is told when something is refused or fails: RFC 9457 problems, never member data.

`application.create` installs the handlers; the edge uses `problem` for what no handler saw. The
`type` is a stable URN, `code` its last word, `request` the id to quote. A 401 and a 404 say the
same whatever was behind them. Nothing here repeats what the caller or an outside party sent.
"""

from __future__ import annotations

import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
import structlog
from starlette.responses import Response

from hub.errors import HubError, Refused, Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException
    from starlette.requests import HTTPConnection

MEDIA_TYPE = "application/problem+json"
_SAME: dict[int, tuple[str, str]] = {
    401: ("unauthenticated", "sign in, or send a valid credential"),
    404: ("not_found", "there is nothing under this address that you may see"),
}
_WORDS: dict[int, tuple[str, str]] = {
    400: ("bad_request", "the request can't be read; see the API's description"),
    405: ("method_not_allowed", "this address does not take this method"),
    413: ("too_large", "the request is larger than this address takes"),
    415: ("media_type", "this address does not take this media type"),
    422: ("invalid_request", "the request does not follow the API's description"),
    500: ("internal", "the hub failed; quote the request id to its operator"),
    503: ("unavailable", "the hub can't answer now; try again"),
}


def problem(refused: Refused, request_id: str) -> Response:
    """Return the problem response of a refusal."""
    status = refused.status
    code, detail = _SAME.get(status, (refused.code, refused.detail))
    extra = {} if status in _SAME else refused.extra
    body = {
        "type": f"urn:icp-hub:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request": request_id,
        **extra,
    }
    return Response(
        msgspec.json.encode(body), status, media_type=MEDIA_TYPE, headers=_headers(status, extra)
    )


def _headers(status: int, extra: Mapping[str, object]) -> dict[str, str]:
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="icp-hub"'
    if "retry_after" in extra:
        headers["retry-after"] = str(extra["retry_after"])
    if status in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT}:
        headers["connection"] = "close"  # the rest of the body is still on its way
    return headers


def by_status(status: int) -> Refused:
    """Return the refusal for a bare HTTP status."""
    code, detail = _WORDS.get(status) or _SAME.get(status) or _WORDS[400]
    return Refused(code, detail, status=status)


def refusal(error: Exception) -> Refused:
    """Return what to tell the caller about an error; ours become a bare 500, the world's a 503."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, Trouble):
        wait = max(1, round(error.retry_after or 5))
        return Refused(
            error.code, _WORDS[503][1], status=HTTPStatus.SERVICE_UNAVAILABLE, retry_after=wait
        )
    return by_status(500)


def from_http(error: HTTPException) -> Refused:
    """Return the refusal of the framework's own exception, or of our own that it wrapped."""
    cause = error.__cause__
    return refusal(cause) if isinstance(cause, HubError) else by_status(error.status_code)


def from_validation(error: RequestValidationError) -> Refused:
    """Return which parts of a request are wrong, as pointers and codes, without what they hold."""
    wrong = [{"at": _pointer(e["loc"], e["type"]), "code": e["type"]} for e in error.errors()[:20]]
    code, detail = _WORDS[422]
    return Refused(code, detail, status=422, errors=wrong)


def _pointer(location: tuple[int | str, ...], kind: str) -> str:
    parts = location[:-1] if kind == "extra_forbidden" else location
    return "/" + "/".join(str(part) for part in parts)


def told_in_log(error: BaseException, request_id: str) -> None:
    """Log an unexpected error: its class and our innermost line, never its message."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/hub/" in f.filename or "/adapters/" in f.filename]
    last = (ours or list(frames))[-1:]
    at = "?"
    if last:
        at = f"{last[0].filename.rpartition('/hub/')[2].removesuffix('.py')}:{last[0].lineno}"
    structlog.get_logger("hub.web").error(
        "unexpected_error", error=type(error).__name__, at=at, request=request_id
    )


def request_id(request: HTTPConnection) -> str:
    """Return the id the edge gave this request."""
    return str(request.scope.get("state", {}).get("request_id", ""))
