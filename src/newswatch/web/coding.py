"""Content codings (RFC 9110 8.4, 12.5.3): a body is compressed once for all who ask for it so."""

import re
import zlib
from collections.abc import Callable, Mapping

import brotli
import zstandard

from newswatch.web.kept import Kept

WORTH = 512  # octets; shorter bodies are sent as they are
BODIES = 256  # compressed bodies that are kept
WEIGHT = re.compile(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", re.IGNORECASE)


def gzip(body: bytes) -> bytes:
    """RFC 1952, with no time of making in it: the same bytes give the same bytes."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


def br(body: bytes) -> bytes:
    packed: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=5)
    return packed


def zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=6).compress(body)


# the best first, of those that a client likes equally
CODINGS: Mapping[str, Callable[[bytes], bytes]] = {"br": br, "zstd": zstd, "gzip": gzip}


def chosen(accept_encoding: str) -> str:
    """The coding that a client wants most, of CODINGS; "" where it wants none of them."""
    wanted = weights(accept_encoding)
    rest = wanted.get("*", 0.0)
    liked = {name: wanted.get(name, rest) for name in CODINGS}
    best = max(liked, key=lambda name: liked[name])
    plain = wanted.get("identity", 0.0)
    return best if liked[best] > 0 and liked[best] >= plain else ""


def weights(header: str) -> dict[str, float]:
    found = {}
    for one in header.lower().split(","):
        name, _, parameter = one.partition(";")
        weight = WEIGHT.fullmatch(parameter)
        found[name.strip()] = float(weight[1]) if weight else 1.0
    return found


class Codings:
    """Compressed bodies, by the bodies that they hold."""

    def __init__(self) -> None:
        self.bodies: Kept[tuple[int, str], tuple[bytes, bytes]] = Kept(BODIES)

    def coded(self, body: bytes, coding: str) -> bytes:
        """The body in a coding. It is known again as the same object, without reading it."""
        held = self.bodies.get((id(body), coding))
        if held is None or held[0] is not body:
            held = self.bodies.put((id(body), coding), (body, CODINGS[coding](body)))
        return held[1]
