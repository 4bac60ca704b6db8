"""What every mail keeps to, in every language and whatever releases hold: its bytes, headers and parts."""

import re
from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.headerregistry import Address
from email.policy import compat32, default
from email.utils import parsedate_to_datetime

import pytest

from factories import NOW, make_release
from mailview import ALL_CHANGES, BY_COUNTRY, BY_RULE, Html, about, part, rendered
from newswatch.deliver.email import addressed
from newswatch.model import Election, Mission
from newswatch.render.words import LANGUAGES

every_language = pytest.mark.parametrize("language", LANGUAGES)

EXPECTED = {
    "To", "From", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id",
    "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "Content-Language",
    "MIME-Version", "Content-Type",
}  # fmt: skip
ONCE = ("To", "From", "Subject", "Date", "Message-ID", "MIME-Version")
ELEMENTS = {
    "html", "head", "meta", "title", "body", "div", "h1", "h2", "h3", "p", "b", "br", "ul", "li",
    "a", "span", "mark",
}  # fmt: skip
ATTRIBUTES = {"href", "style", "lang", "dir", "charset", "name", "content"}
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
EVIL = make_release(
    title="=?utf-8?q?A=0D=0ABcc:=20v=40example.com?=\r\nBcc: victim@example.org\x00\u202e " + "ж" * 400,
    text="\x07\x1b[31m\u202e<script>" + "y" * 3_000 + "\u2066",
    url="https://newsroom.example/a b\u202e\"><script>",
)  # fmt: skip
MISSION = Mission("md-2025", "MD", ("ODIHR",), "EOM", (Election("local", date(2025, 5, 4)),))
MAILS = {
    "immediate": {"releases": [make_release(mission=MISSION)]},
    "correction": {"releases": [make_release(version=2)], "corrects": 1, "changes": ALL_CHANGES},
    "withdrawal": {"releases": [make_release(withdrawn="in error")], "corrects": 1},
    "by country": {"releases": [about("a", "TJ"), about("b", "GE")], "channel": BY_COUNTRY},
    "by rule": {"releases": [about("a", "TJ"), about("b", "GE")], "channel": BY_RULE},
    "no address": {"releases": [make_release(url="")]},
    "forty": {"releases": [about(f"r{n}", "TJ") for n in range(40)], "channel": BY_COUNTRY},
    "hostile": {"releases": [EVIL]},
    "hostile digest": {"releases": [EVIL, replace(EVIL, id="b")], "channel": BY_COUNTRY},
}


def sent(kind: str, language: str) -> bytes:
    fields = dict(MAILS[kind])
    releases = fields.pop("releases")
    message = rendered(*releases, language=language, **fields)  # type: ignore[arg-type,misc]
    return addressed(message, "desk@news.test", b"key")


@every_language
@pytest.mark.parametrize("kind", MAILS)
def test_the_bytes_are_those_of_a_mail(kind: str, language: str) -> None:
    body = sent(kind, language)
    assert body == sent(kind, language)  # a retry is the same mail
    assert body.replace(b"\r\n", b"").count(b"\r") + body.replace(b"\r\n", b"").count(b"\n") == 0
    assert max(map(len, body.split(b"\r\n"))) <= 998
    assert body.partition(b"\r\n\r\n")[0].isascii()


@every_language
@pytest.mark.parametrize("kind", MAILS)
def test_the_headers_are_ours_and_each_is_there_once(kind: str, language: str) -> None:
    body = sent(kind, language)
    names = message_from_bytes(body, policy=compat32).keys()
    assert set(names) <= EXPECTED
    assert len(names) == len(set(names))
    assert set(ONCE) <= set(names)
    head = body.partition(b"\r\n\r\n")[0].decode()
    assert re.search(
        r"^List-Unsubscribe: <https://news\.test/u/[\w-]+>,\r\n <mailto:\S+>", head, re.MULTILINE
    )
    assert re.search(r"^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$", head, re.MULTILINE)
    assert re.search(r"^List-Id: <\S+>$", head.replace("\r", ""), re.MULTILINE)


@every_language
@pytest.mark.parametrize("kind", MAILS)
def test_the_headers_say_what_they_should(kind: str, language: str) -> None:
    message = message_from_bytes(sent(kind, language), policy=default)
    subject = str(message["Subject"])
    assert 0 < len(subject) <= 255
    assert not CONTROL.search(subject)
    assert "=?" not in subject
    assert parsedate_to_datetime(message["Date"]) == NOW
    assert re.fullmatch(r"<[\w.]+@news\.test>", str(message["Message-ID"]))
    assert message["From"].addresses == (Address("newswatch", addr_spec="alerts@news.test"),)
    assert [one.addr_spec for one in message["To"].addresses] == ["desk@news.test"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == language


@every_language
@pytest.mark.parametrize("kind", MAILS)
def test_the_parts_are_plain_and_nothing_in_them_runs_or_is_fetched(
    kind: str, language: str
) -> None:
    message = message_from_bytes(sent(kind, language), policy=default)
    assert [one.get_content_type() for one in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert [one.defects for one in message.walk()] == [[], [], []]
    for one in message.iter_parts():
        assert one.get_content_charset() == "utf-8"
        assert not CONTROL.search(one.get_payload(decode=True).decode("utf-8"))
    page = Html(part(message, "html"))
    assert {tag for tag, _ in page.elements} <= ELEMENTS
    assert {name for _, found in page.elements for name in found} <= ATTRIBUTES
    assert all(str(link).startswith(("https://", "mailto:")) for link in page.links())
    assert "url(" not in part(message, "html").lower()
    assert page.open == []
