"""Whether the sender will be believed: a name server and a mail server on loopback."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from installation import free_port
from nameserver import nameserver
from newswatch.mailcheck import Finding, MailCheck, Names, leaving
from newswatch.model import MailServer
from newswatch.spf import Spf, WrongError
from shell import Shell
from smtpscript import scripted

RELAY = "8.8.8.8"  # any public address
GOOD: dict[tuple[str, str], Sequence[str]] = {
    ("news.test", "MX"): ["10 mx.news.test."],
    ("news.test", "A"): [RELAY],
    ("news.test", "TXT"): ["another record", "v=spf1 include:spf.relay.test -all"],
    ("spf.relay.test", "TXT"): [f"v=spf1 ip4:{RELAY} -all"],
    ("_dmarc.news.test", "TXT"): ["v=DMARC1; p=reject; rua=mailto:d@news.test"],
    ("8.8.8.8.in-addr.arpa", "PTR"): ["mail.news.test."],
    ("mail.news.test", "A"): [RELAY],
    ("s1._domainkey.news.test", "TXT"): ["v=DKIM1; k=rsa; p=AAAA"],
}
SERVER = MailServer("newswatch <alerts@news.test>", "127.0.0.1", 25, "none")
ORDER = ("domain", "SPF", "DKIM", "DMARC", "relay's name", "EHLO")


def found(
    changes: Mapping[tuple[str, str], Sequence[str]] = {},
    message: bytes = b"",
) -> dict[str, Finding]:
    with nameserver(GOOD | dict(changes)) as at:
        check = MailCheck(SERVER, Names.at(at), "s1", message, (ip_address(RELAY),))
        return {one.check: one for one in check.of_names()}


def test_a_sender_with_everything_in_order_is_believed() -> None:
    assert [(one, found()[one].verdict) for one in ORDER] == [(one, "ok") for one in ORDER]


@pytest.mark.parametrize(
    ("changes", "check", "verdict", "said"),
    [
        ({("news.test", "MX"): ["0 ."]}, "domain", "fail", "takes no mail"),
        ({("news.test", "MX"): [], ("news.test", "A"): []}, "domain", "fail", "neither MX"),
        ({("news.test", "TXT"): []}, "SPF", "fail", "has no SPF record"),
        ({("news.test", "TXT"): ["v=spf1 -all"] * 1}, "SPF", "fail", f"{RELAY}: fail"),
        ({("news.test", "TXT"): ["v=spf1 ~all"]}, "SPF", "fail", "softfail"),
        ({("news.test", "TXT"): ["v=spf1 -all", "v=spf1 a -all"]}, "SPF", "fail", "2 SPF records"),
        ({("spf.relay.test", "TXT"): []}, "SPF", "fail", "includes spf.relay.test"),
        ({("s1._domainkey.news.test", "TXT"): []}, "DKIM", "fail", "is not there"),
        ({("s1._domainkey.news.test", "TXT"): ["v=DKIM1; p="]}, "DKIM", "fail", "is revoked"),
        ({("_dmarc.news.test", "TXT"): []}, "DMARC", "fail", "no DMARC record"),
        ({("_dmarc.news.test", "TXT"): ["v=DMARC1; p=none"]}, "DMARC", "warn", "no reports"),
        ({("_dmarc.news.test", "TXT"): ["v=DMARC1; p=maybe"]}, "DMARC", "fail", "no policy"),
        ({("8.8.8.8.in-addr.arpa", "PTR"): []}, "relay's name", "fail", "no name of its own"),
        ({("mail.news.test", "A"): ["9.9.9.9"]}, "relay's name", "fail", "no name of its own"),
        ({("news.test", "A"): []}, "EHLO", "warn", "has no address"),
    ],
)
def test_what_is_wrong_is_named_with_the_next_step(
    changes: Mapping[tuple[str, str], Sequence[str]], check: str, verdict: str, said: str
) -> None:
    finding = found(changes)[check]
    assert (finding.verdict, said in finding.text) == (verdict, True), finding
    assert finding.step


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 a -all", "pass"),
        ("v=spf1 mx -all", "fail"),
        ("v=spf1 a:mail.news.test/24 -all", "pass"),
        ("v=spf1 ?ip4:8.8.0.0/16", "neutral"),
        ("v=spf1 ip6:2001:db8::/32 -all", "fail"),
        ("v=spf1 redirect=spf.relay.test", "pass"),
        ("v=spf1", "neutral"),
        ("v=spf1 exists:%{i}.x.test -all", "unknown"),
    ],
)
def test_an_spf_record_is_followed(record: str, result: str) -> None:
    records = GOOD | {("news.test", "TXT"): [record]}
    spf = Spf(lambda name, kind: records.get((name, kind), ()))
    assert spf.check("news.test", ip_address(RELAY)) == result


@pytest.mark.parametrize(
    "record", ["v=spf1 include:news.test -all", "v=spf1 redirect=news.test", "v=spf1 ip4:x -all"]
)
def test_an_spf_record_that_nobody_can_follow_is_wrong(record: str) -> None:
    spf = Spf(lambda name, kind: [record] if kind == "TXT" else ())
    with pytest.raises(WrongError):
        spf.check("news.test", ip_address(RELAY))


# -- signatures ---------------------------------------------------------------------------------


def signed(domain: str, author: str = "alerts@news.test") -> tuple[bytes, str]:
    """A mail as it arrived, and the key that is published."""
    key = generate_private_key(65_537, 2_048)
    private = key.private_bytes(
        pem.Encoding.PEM, pem.PrivateFormat.TraditionalOpenSSL, pem.NoEncryption()
    )
    public = key.public_key().public_bytes(pem.Encoding.DER, pem.PublicFormat.SubjectPublicKeyInfo)
    mail = f"From: <{author}>\r\nTo: a@b.test\r\nSubject: x\r\n\r\nText.\r\n".encode()
    signature: bytes = dkim.sign(mail, b"s1", domain.encode(), private)
    return signature + mail, f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"


def test_a_mail_that_is_signed_by_its_author_is_believed() -> None:
    mail, key = signed("news.test")
    assert found({("s1._domainkey.news.test", "TXT"): [key]}, mail)["DKIM"].verdict == "ok"


def test_a_mail_that_was_changed_is_not() -> None:
    mail, key = signed("news.test")
    changed = mail.replace(b"Text.", b"Other.")
    finding = found({("s1._domainkey.news.test", "TXT"): [key]}, changed)["DKIM"]
    assert (finding.verdict, finding.text) == ("fail", "no signature is good")


def test_a_good_signature_of_somebody_else_is_not_enough() -> None:
    mail, key = signed("relay.test")
    finding = found({("s1._domainkey.relay.test", "TXT"): [key]}, mail)["DKIM"]
    assert (finding.verdict, "relay.test" in finding.text) == ("fail", True)


def test_a_mail_without_a_signature_is_told() -> None:
    assert found({}, b"From: a@news.test\r\n\r\nx")["DKIM"].text == "the mail is not signed"


# -- the mail server ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("security", "verdict"), [("none", "ok"), ("starttls", "fail"), ("tls", "fail")]
)
def test_the_mail_server_is_asked_as_for_alerts(security: str, verdict: str) -> None:
    with scripted() as server:
        asked = MailServer("a@news.test", "127.0.0.1", server.port, security)  # type: ignore[arg-type]
        finding = asyncio.run(MailCheck(asked, Names.at("127.0.0.1")).of_session())
    assert (finding.check, finding.verdict) == ("mail server", verdict)


def test_a_password_that_is_refused_is_not_repeated() -> None:
    with scripted(AUTH="535 not secret") as server:
        asked = MailServer("a@news.test", "127.0.0.1", server.port, "none", "nw", "secret")
        finding = asyncio.run(MailCheck(asked, Names.at("127.0.0.1")).of_session())
    assert finding.verdict == "fail"
    assert "secret" not in finding.text


@pytest.mark.parametrize(
    ("base_url", "inbox", "verdict", "text"),
    [
        ("https://news.test", "", "ok", "readers can leave in one click"),
        ("http://news.test", "a@news.test", "ok", "readers can leave by mail"),
        ("https://news.test", "a@news.test", "ok", "readers can leave in one click and by mail"),
        ("http://news.test", "", "warn", "mails carry no List-Unsubscribe"),
    ],
)
def test_how_readers_leave_is_told(base_url: str, inbox: str, verdict: str, text: str) -> None:
    finding = leaving(base_url, inbox)
    assert (finding.verdict, finding.text) == (verdict, text)


# -- the command --------------------------------------------------------------------------------


def test_without_dns_each_check_says_so(shell: Shell) -> None:
    with scripted() as server:
        use(shell.config, server.port)
        result = shell("mail", "check", "--nameserver", f"127.0.0.1:{free_port()}")
    assert result.code == 75
    checks = ("domain", "SPF", "DMARC", "EHLO")  # what the others need is known without it
    lines = [line for line in result.out.splitlines() if "DNS cannot be asked" in line]
    assert [line.split()[:2] for line in lines] == [["unknown", check] for check in checks]


def test_the_command_shows_each_check_and_fails_for_one(shell: Shell) -> None:
    with scripted() as server, nameserver(GOOD) as at:
        use(shell.config, server.port)
        told = ("mail", "check", "--nameserver", at, "--selector", "s1")
        good, bad = shell(*told, "--ip", RELAY), shell("--json", *told, "--ip", "9.9.9.9")
    assert good.code == 0
    assert good.out.count("\nok ") == 7
    assert "warn  unsubscribing" in good.out  # its site has no https
    assert bad.code == 1
    assert {one["check"] for one in bad.json if one["verdict"] == "fail"} == {"SPF", "relay's name"}


def use(config: Path, port: int) -> None:
    file = config / "newswatch.yaml"
    before, _, after = file.read_text().partition("127.0.0.1, port: ")
    file.write_text(f"{before}127.0.0.1, port: {port},{after.partition(',')[2]}")
