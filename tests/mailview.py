"""Mails as their readers see them: rendered for a small desk, parsed, and their HTML taken apart."""

import re
from dataclasses import replace
from datetime import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

from factories import NOW, make_delivery, make_match, make_reading, make_release
from newswatch.model import Channel, Difference, Digest, Match, Release, Why
from newswatch.ports import Message
from newswatch.render.alert import Letterhead
from newswatch.render.message import render_message
from newswatch.rules.conditions import Everything
from newswatch.rules.rule import Rule, Subscriber

HEAD = Letterhead(
    "https://news.test", "newswatch <alerts@news.test>", "1", str, str, inbox="a@news.test"
)
RULES = (Rule("first", "Erste", Everything()), Rule("second", "Zweite", Everything()))
MAIL = Channel("mail", "email", to=("desk@news.test",))
SEVEN = Digest(time(7))
BY_COUNTRY = replace(MAIL, digest=replace(SEVEN, group="country"))
BY_RULE = replace(MAIL, digest=replace(SEVEN, group="rule"))
MOLDOVA = Why("country", "MD", "Moldova")


def asked_by(*rules: str, why: tuple[Why, ...] = (MOLDOVA,)) -> tuple[Match, ...]:
    return tuple(make_match(rule=rule, why=why) for rule in rules or ("first",))


def rendered(
    *releases: Release,
    language: str = "en",
    channel: Channel = MAIL,
    matches: tuple[tuple[Match, ...], ...] = (),
    **fields: object,
) -> Message:
    desk = Subscriber("desk", "Desk", "Asia/Almaty", (channel,), RULES, language)
    deliveries = [
        make_delivery(
            id=f"dlv_{number}",
            release_id=release.id,
            matches=matches[number] if matches else asked_by(),
            **fields,
        )
        for number, release in enumerate(releases)
    ]
    found = {release.id: release for release in releases}
    return render_message(HEAD, desk, channel, deliveries, found, NOW)


def raw(*releases: Release, **fields: object) -> bytes:
    return rendered(*releases, **fields).body  # type: ignore[arg-type]


def mail(*releases: Release, **fields: object) -> EmailMessage:
    message = message_from_bytes(raw(*releases, **fields), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def without_tokens(text: str) -> str:
    return re.sub(r"(/u/|/manage/|/useful/|=stop:)[\w-]{22}", r"\1TOKEN", text)


class Html(HTMLParser):
    """A document's elements, its visible text, and the texts of some elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def of(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]

    def links(self) -> list[str | None]:
        return [attributes["href"] for tag, attributes in self.elements if tag == "a"]


def html(*releases: Release, **fields: object) -> Html:
    return Html(part(mail(*releases, **fields), "html"))


def about(release_id: str, *countries: str) -> Release:
    return make_release(
        id=release_id,
        title=f"Title {release_id}",
        reading=make_reading(countries=countries, evidence=()),
    )


ALL_REASONS = (
    MOLDOVA,
    Why("mentions", "RO"),
    Why("event", "mission.opened"),
    Why("mission", "EOM"),
    Why("transition", "followed_up"),
    Why("overdue", "interim_report"),
    Why("election", "presidential"),
    Why("published", "within 30d", "2025-02-05"),
    Why("keywords", "none of ж, з"),
    Why("everything", "true", "ж"),
)
ALL_CHANGES = (
    Difference("published", "", "2025-02-05"),
    Difference("countries", "MD; RO", ""),
    Difference("event", "none", "mission.follow_up"),
    Difference("mission", "", "EOM"),
    Difference("elections", "local; presidential 2025-05-04", ""),
    Difference("withdrawn", "ж", ""),
)
