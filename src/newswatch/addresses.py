"""Which addresses may be connected to: public ones, and networks that the operator allows. Pure."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 section 2.1
GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291 section 2.4: the rest is not routed
# Special networks that `ipaddress` takes for public (IANA special-purpose address registries):
# parts of the IETF's own, relays to 6to4 (RFC 7526), documentation (RFC 9637).
SPECIAL: tuple[Network, ...] = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("3fff::/20"),
)
WEB_PORTS = (80, 443)
LOWEST_PORT = 1024  # of the others: below are mail, remote shells and their like


def why_not(address: Address, port: int, allowed: Sequence[Network]) -> str:
    """What forbids to connect, in words; "" where the address is public and the port one of the
    web's, and in networks that the operator allows."""
    faces = tuple(embedded(address))
    if any(face.version == net.version and face in net for face in faces for net in allowed):
        return ""
    if not all(map(is_public, faces)):
        return f"a private address ({address})"
    if port not in WEB_PORTS and port < LOWEST_PORT:
        return f"port {port}, which is for other services than the web"
    return ""


def is_public(address: Address) -> bool:
    """Whether anybody on the internet may be there. `ipaddress` knows most of what is not."""
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST and address not in NAT64:
        return False
    if any(address.version == net.version and address in net for net in SPECIAL):
        return False
    return address.is_global and not address.is_multicast


def embedded(address: Address) -> Iterator[Address]:
    """The address, and the IPv4 addresses that an IPv6 address carries within (RFC 4291, 3056,
    4380, 6052): each of them may be where the packets end. A mapped address is only the mapped."""
    if isinstance(address, IPv4Address):
        yield address
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
        return
    yield address
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
