"""Conditional requests (RFC 9110 13): whether a client already holds what it asks for."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
CODED = re.compile(r"-(?:br|zstd|gzip)\Z")  # what a coding adds to a tag (RFC 9110 8.8.3.3)


def content_tag(body: bytes) -> str:
    """What a strong ETag is made of: the same bytes have the same."""
    return sha256(body).hexdigest()[:32]


def answer(
    request: Request,
    body: bytes,
    content_type: str,
    *,
    headers: dict[str, str],
    last_modified: datetime | None = None,
) -> Response:
    """The body with its validators, or 304 with the same headers and no body."""
    tag = content_tag(body)
    validators = validators_of(tag, last_modified)
    if is_held(request.headers, tag, last_modified):
        return Response(status_code=304, headers=validators | headers)
    return Response(body, headers=validators | headers | {"Content-Type": content_type})


def validators_of(tag: str, last_modified: datetime | None) -> dict[str, str]:
    validators = {"ETag": f'"{tag}"'}
    if last_modified:
        validators["Last-Modified"] = format_datetime(last_modified, usegmt=True)
    return validators


def is_held(headers: Headers, tag: str, last_modified: datetime | None) -> bool:
    """If-None-Match compares weakly, and where it stands If-Modified-Since is ignored (13.1.3).
    Whoever holds a content in one coding holds it."""
    tags = headers.getlist("if-none-match")
    if tags:
        return any(one.strip() == "*" for one in tags) or tag in held_tags(headers)
    since = instant(headers.get("if-modified-since", ""))
    return since is not None and last_modified is not None and last_modified <= since


def held_tags(headers: Headers) -> list[str]:
    """What a client says it holds: the tags of If-None-Match, without their codings."""
    tags = TAG.findall(",".join(headers.getlist("if-none-match")))
    return [CODED.sub("", tag) for tag in tags]


def instant(value: str) -> datetime | None:
    """An HTTP date; None if it is none."""
    try:
        read = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
