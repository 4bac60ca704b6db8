"""Whether other mail servers will believe that a mail is the sender's: SPF, DKIM, DMARC, names, and how
the own mail server is spoken to. As far as DNS and one session with it can tell."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from ipaddress import ip_address

import dkim
import dns.exception
import dns.name
import dns.resolver
import dns.reversename
from aiosmtplib import SMTP, SMTPException

from newswatch.model import MailServer
from newswatch.spf import Address, Spf, WrongError

STEP = 10.0  # seconds for a step of the session with the mail server
ANSWER = 3.0  # seconds for an answer of DNS
TAG = re.compile(r"\s*([A-Za-z]+)\s*=\s*([^;]*)")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: "ok", "warn", "fail", or "unknown" where nothing could be asked."""

    check: str
    verdict: str
    text: str
    step: str = ""


class UnaskedError(Exception):
    """DNS cannot be asked."""


@dataclass(slots=True)
class Names:
    """Questions to DNS, each asked once, and none after one that nobody answered."""

    resolver: dns.resolver.Resolver
    known: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    away: str = ""

    @classmethod
    def at(cls, server: str | None) -> "Names":
        """By the name servers of the system, or by one: ADDRESS or ADDRESS:PORT. Raises
        `ValueError`."""
        try:
            resolver = dns.resolver.Resolver(configure=server is None)
        except dns.exception.DNSException:  # the system names none
            resolver = dns.resolver.Resolver(configure=False)
        resolver.lifetime = ANSWER
        if server is not None:
            host, _, port = server.partition(":") if server.count(":") == 1 else (server, "", "")
            resolver.nameservers = [str(ip_address(host))]
            resolver.port = int(port or 53)
        return cls(resolver)

    def ask(self, name: str, kind: str) -> Sequence[str]:
        """() where there is nothing. Raises `UnaskedError`."""
        if self.away:
            raise UnaskedError(self.away)
        if (name, kind) not in self.known:
            self.known[name, kind] = self.answer(name, kind)
        return self.known[name, kind]

    def answer(self, name: str, kind: str) -> Sequence[str]:
        try:
            found = self.resolver.resolve(name, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.name.LabelTooLong):
            return ()
        except (dns.name.EmptyLabel, dns.name.NameTooLong):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            self.away = type(error).__name__
            raise UnaskedError(self.away) from None
        if kind == "TXT":
            return [b"".join(one.strings).decode("utf-8", "replace") for one in found]
        return [one.to_text().rstrip(".") if kind == "PTR" else one.to_text() for one in found]


@dataclass(frozen=True, slots=True)
class MailCheck:
    """The checks of one sender. `selector` and `message` are what DKIM is looked up by; `addresses` is
    where the mail server sends from, where that is known."""

    server: MailServer
    names: Names
    selector: str = ""
    message: bytes = b""
    addresses: tuple[Address, ...] = ()

    @property
    def domain(self) -> str:
        return parseaddr(self.server.sender)[1].rpartition("@")[2].lower()

    def of_names(self) -> Iterator[Finding]:
        """All that DNS tells."""
        checks: Mapping[str, Callable[[], Finding]] = {
            "domain": self.receives,
            "SPF": self.spf,
            "DKIM": self.dkim,
            "DMARC": self.dmarc,
            "relay's name": self.reverse,
            "EHLO": self.hello,
        }
        for name, check in checks.items():
            try:
                yield check()
            except UnaskedError as error:
                yield Finding(
                    name, "unknown", f"DNS cannot be asked ({error})", "Try again online."
                )

    def receives(self) -> Finding:
        """Whether mail to the sender's domain arrives: bounces do (RFC 5321 section 5.1)."""
        servers = self.names.ask(self.domain, "MX")
        if any(one.split()[-1] == "." for one in servers):
            step = "Take the null MX (RFC 7505) away, or send from another domain."
            return Finding("domain", "fail", f"{self.domain} says that it takes no mail", step)
        if servers or self.names.ask(self.domain, "A") or self.names.ask(self.domain, "AAAA"):
            return Finding("domain", "ok", f"{self.domain} takes mail")
        step = "Add an MX record: mails that come back have nowhere to go."
        return Finding("domain", "fail", f"{self.domain} has neither MX nor address", step)

    def spf(self) -> Finding:
        spf = Spf(self.names.ask)
        step = (
            f'Publish "v=spf1 … -all" at {self.domain}, which names the servers that send for it.'
        )
        try:
            record = spf.record(self.domain)
            if not record:
                return Finding("SPF", "fail", f"{self.domain} has no SPF record", step)
            senders = self.senders()
            results = {one: Spf(self.names.ask).check(self.domain, one) for one in senders}
        except WrongError as error:
            return Finding("SPF", "fail", str(error), "Mend the record (RFC 7208).")
        if not results:
            text = f"{self.domain}: {record}; where mail is sent from is not known"
            return Finding("SPF", "warn", text, "Name that with --ip.")
        verdict = "ok" if set(results.values()) == {"pass"} else "fail"
        said = ", ".join(f"{address}: {result}" for address, result in results.items())
        return Finding("SPF", verdict, said, "" if verdict == "ok" else step)

    def senders(self) -> Sequence[Address]:
        """Where mail is sent from: as told, or the mail server's public addresses."""
        if self.addresses:
            return self.addresses
        try:
            found: Sequence[str] = [str(ip_address(self.server.host))]
        except ValueError:
            kinds = ("A", "AAAA")
            found = [one for kind in kinds for one in self.names.ask(self.server.host, kind)]
        return [one for one in map(ip_address, found) if one.is_global]

    def dkim(self) -> Finding:
        if self.message:
            return self.verified()
        if not self.selector:
            step = "Give --message a mail that arrived, or --selector."
            return Finding("DKIM", "warn", "not looked at: no selector is known", step)
        name = f"{self.selector}._domainkey.{self.domain}"
        keys = [one for one in self.names.ask(name, "TXT") if tags(one).get("p") is not None]
        if not keys or not tags(keys[0])["p"]:
            said = "is revoked" if keys else "is not there"
            return Finding("DKIM", "fail", f"the key at {name} {said}", "Publish it (RFC 6376).")
        return Finding("DKIM", "ok", f"there is a key at {name}")

    def verified(self) -> Finding:
        """The signatures of a mail (RFC 6376), and whether one is the sender's (RFC 7489 3.1.1)."""
        head = BytesHeaderParser().parsebytes(self.message)
        signatures = [tags(str(one)) for one in head.get_all("DKIM-Signature") or ()]
        if not signatures:
            step = "Let the mail server sign, or sign before it."
            return Finding("DKIM", "fail", "the mail is not signed", step)
        author = parseaddr(str(head.get("From", "")))[1].rpartition("@")[2].lower()
        good = [self.is_good(number) for number in range(len(signatures))]
        domains = [one.get("d", "").lower() for one in signatures]
        if any(fine and is_aligned(author, one) for fine, one in zip(good, domains, strict=True)):
            return Finding(
                "DKIM", "ok", f"signed by {author or domains[0]}, and the signature is good"
            )
        if any(good):
            text = f"the good signature is of {', '.join(domains)}, and the mail from {author}"
            return Finding("DKIM", "fail", text, "Sign with the domain that stands in From.")
        step = "See whether the mail was changed on its way, and which key is published."
        return Finding("DKIM", "fail", "no signature is good", step)

    def is_good(self, number: int) -> bool:
        def key(name: bytes, **_: object) -> bytes | None:
            found = self.names.ask(name.decode("ascii", "replace").rstrip("."), "TXT")
            return found[0].encode() if found else None

        try:
            return bool(dkim.DKIM(self.message).verify(number, dnsfunc=key))
        except (dkim.DKIMException, ValueError):
            return False

    def dmarc(self) -> Finding:
        """The policy, at the domain or above it (RFC 7489 section 6.6.3, by parents)."""
        labels = self.domain.split(".")
        for start in range(max(1, len(labels) - 1)):
            place = "_dmarc." + ".".join(labels[start:])
            found = [one for one in self.names.ask(place, "TXT") if one.startswith("v=DMARC1")]
            if found:
                return policy(place, found)
        step = f'Publish "v=DMARC1; p=none; rua=mailto:…" at _dmarc.{self.domain} to begin with.'
        return Finding("DMARC", "fail", f"{self.domain} has no DMARC record", step)

    def reverse(self) -> Finding:
        """Whether the addresses that send have names that lead back to them."""
        senders = self.senders()
        if not senders:
            text = "where mail is sent from is not known"
            return Finding("relay's name", "warn", text, "Name its public address with --ip.")
        bad = [str(one) for one in senders if not self.leads_back(one)]
        if bad:
            step = "Ask whoever gives the address for a PTR record that leads back to it."
            return Finding("relay's name", "fail", f"{', '.join(bad)} has no name of its own", step)
        text = ", ".join(map(str, senders)) + ": has a name that leads back"
        return Finding("relay's name", "ok", text)

    def leads_back(self, address: Address) -> bool:
        kind = "A" if address.version == 4 else "AAAA"
        names = self.names.ask(dns.reversename.from_address(str(address)).to_text(), "PTR")
        back = [found for name in names for found in self.names.ask(name, kind)]
        return str(address) in back

    def hello(self) -> Finding:
        name = self.server.hello or self.domain
        step = "Set mail: {smtp: {hello: …}} to a name of this host that DNS knows."
        if "." not in name:
            return Finding("EHLO", "fail", f"{name!r} is no whole name", step)
        if self.names.ask(name, "A") or self.names.ask(name, "AAAA"):
            return Finding("EHLO", "ok", name)
        return Finding("EHLO", "warn", f"{name} has no address", step)

    async def of_session(self) -> Finding:
        """STARTTLS or TLS, the certificate, and the log-in, as they are used for alerts."""
        server = self.server
        where = f"{server.host}:{server.port}"
        session = SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=server.hello or self.domain,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            username=server.username or None,
            password=server.password or None,
            timeout=STEP,
        )
        try:
            async with session:
                offers = session.supports_extension("starttls")
        except (SMTPException, OSError) as error:
            said = type(error).__name__ if server.password else str(error)
            step = "newswatch channels test SUBSCRIBER/CHANNEL tries it with a mail."
            return Finding("mail server", "fail", f"{where} cannot be used: {said}", step)
        if server.security != "none":
            return Finding("mail server", "ok", f"{where}: encrypted, with a good certificate")
        more = ", though it offers STARTTLS" if offers else ""
        step = "Set mail: {smtp: {security: starttls}}, unless it is on this machine."
        verdict = "ok" if is_here(server.host) else "warn"
        return Finding(
            "mail server", verdict, f"{where}: not encrypted{more}", step * (verdict != "ok")
        )


def leaving(base_url: str, inbox: str) -> Finding:
    """How a reader leaves by the mail program's own button (RFC 2369, RFC 8058)."""
    ways = ["in one click"] * base_url.startswith("https://") + ["by mail"] * bool(inbox)
    if ways:
        return Finding("unsubscribing", "ok", f"readers can leave {' and '.join(ways)}")
    step = "Give web.base_url as https, or mail.bounces a mailbox that is read."
    return Finding("unsubscribing", "warn", "mails carry no List-Unsubscribe", step)


def policy(place: str, found: Sequence[str]) -> Finding:
    if len(found) > 1:
        return Finding("DMARC", "fail", f"{place} has {len(found)} records", "Leave one.")
    said = tags(found[0])
    asked = said.get("p", "")
    if asked not in ("none", "quarantine", "reject"):
        return Finding("DMARC", "fail", f"{place}: p={asked} is no policy", "Mend it (RFC 7489).")
    strict = "strict" if said.get("aspf") == "s" else "relaxed"
    text = f"{place}: p={asked}, {strict}; From and envelope are the same address, and aligned"
    if "rua" not in said:
        return Finding("DMARC", "warn", f"{text}; no reports", "Add rua=mailto:… to get them.")
    return Finding("DMARC", "ok", text)


def tags(record: str) -> Mapping[str, str]:
    """Tags of a DKIM or DMARC record, by name (RFC 6376 section 3.2)."""
    found = TAG.findall(" ".join(record.split()).replace(";", "; "))
    return {name.lower(): value.strip() for name, value in found}


def is_aligned(author: str, signer: str) -> bool:
    """Relaxed: one is the other, or below it."""
    ends = author.endswith(f".{signer}") or signer.endswith(f".{author}")
    return bool(author and signer) and (author == signer or ends)


def is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
