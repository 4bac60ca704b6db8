"""Whether a domain lets an address send its mail (Sender Policy Framework, RFC 7208). Pure but for the
look-up that it is given.

What needs macros (section 7) or `ptr` is not followed, and gives "unknown".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network

LookUp = Callable[[str, str], Sequence[str]]  # a name and a type; () where there is nothing
Address = IPv4Address | IPv6Address
RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
MOST = 10  # mechanisms that ask (section 4.6.4)


class WrongError(Exception):
    """A record that no receiver can follow ("permerror"); the text says why."""


@dataclass(slots=True)
class Spf:
    """One evaluation. Raises whatever the look-up raises, and `WrongError`."""

    look_up: LookUp
    asked: int = 0

    def record(self, domain: str) -> str:
        """The domain's record; "" where there is none."""
        found = [
            one for one in self.look_up(domain, "TXT") if one.lower().split(" ")[0] == "v=spf1"
        ]
        if len(found) > 1:
            raise WrongError(f"{domain} has {len(found)} SPF records, and must have one")
        return found[0] if found else ""

    def check(self, domain: str, address: Address) -> str:
        """One of RESULTS, "none" or "unknown"."""
        record = self.record(domain)
        if not record:
            return "none"
        terms = record.split()[1:]
        for term in terms:
            sign, body = (term[0], term[1:]) if term[0] in RESULTS else ("+", term)
            met = self.meets(body, domain, address)
            if met is None:
                return "unknown"
            if met:
                return RESULTS[sign]
        redirect = next((one[9:] for one in terms if one.lower().startswith("redirect=")), "")
        if not redirect:
            return "neutral"
        self.count()
        return self.check(redirect, address)

    def meets(self, body: str, domain: str, address: Address) -> bool | None:
        """Whether a mechanism meets the address; None where that cannot be told here."""
        name, _, value = body.partition(":")
        kind, _, bits = name.lower().partition("/")
        if "=" in kind:  # a modifier
            return False
        if kind == "all":
            return True
        if kind in ("ip4", "ip6"):
            return is_in(address, value)
        if "%" in body or kind not in ("include", "a", "mx"):
            return None
        self.count()
        target, _, own_bits = value.partition("/")
        if kind == "include":
            return self.includes(value, address)
        return self.has(kind, target or domain, own_bits or bits, address)

    def includes(self, domain: str, address: Address) -> bool | None:
        result = self.check(domain, address)
        if result == "none":
            raise WrongError(f"it includes {domain}, which has no SPF record")
        return None if result == "unknown" else result == "pass"

    def has(self, kind: str, domain: str, bits: str, address: Address) -> bool:
        hosts = [domain]
        if kind == "mx":
            hosts = [one.split()[-1].rstrip(".") for one in self.look_up(domain, "MX")][:MOST]
        family = "A" if address.version == 4 else "AAAA"
        length = prefix(bits, address)
        return any(
            is_in(address, f"{found}{length}")
            for host in hosts
            for found in self.look_up(host, family)
        )

    def count(self) -> None:
        self.asked += 1
        if self.asked > MOST:
            raise WrongError(f"it asks more than {MOST} times")


def prefix(bits: str, address: Address) -> str:
    """Of "24", "/64" or "24//64", that of the address's family."""
    four, _, six = bits.partition("/")
    chosen = four if address.version == 4 else six.strip("/")
    return f"/{chosen}" if chosen else ""


def is_in(address: Address, network: str) -> bool:
    try:
        return address in ip_network(network, strict=False)
    except ValueError:
        raise WrongError(f"{network!r} is no network") from None
