"""Who may write, and read what is not public: bearer tokens (RFC 6750 2.1), compared in constant time."""

from collections.abc import Sequence
from hmac import compare_digest

from newswatch.model import Editor


def editor_of(authorization: str, editors: Sequence[Editor]) -> str:
    """The name of the editor whose token a header carries; "" where it is nobody's. All are
    compared, so that the time tells nothing."""
    scheme, _, token = authorization.partition(" ")
    given = token.strip().encode() if scheme.lower() == "bearer" else b""
    found = [one.name for one in editors if compare_digest(one.token.encode(), given)]
    return found[0] if found and given else ""
