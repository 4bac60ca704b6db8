"""What mails say and how: the subscriber's language, sections, marked words; and what every mail must keep
to, whatever releases hold."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import compat32, default
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

import pytest

from factories import NOW, make_delivery, make_match, make_reading, make_release
from newswatch.deliver.email import addressed
from newswatch.model import (
    Channel,
    Difference,
    Digest,
    Election,
    Evidence,
    Match,
    Mission,
    Release,
    Why,
)
from newswatch.render.alert import Letterhead
from newswatch.render.marks import marked
from newswatch.render.message import render_message
from newswatch.render.words import LANGUAGES
from newswatch.rules.conditions import Everything
from newswatch.rules.rule import Rule, Subscriber

HEAD = Letterhead("https://news.test", "newswatch <alerts@news.test>", "1", str, str)
RULES = (Rule("first", "Erste", Everything()), Rule("second", "Zweite", Everything()))
MAIL = Channel("mail", "email", to=("desk@news.test",))
SEVEN = Digest(time(7))
BY_COUNTRY = replace(MAIL, digest=replace(SEVEN, group="country"))
BY_RULE = replace(MAIL, digest=replace(SEVEN, group="rule"))
MOLDOVA = Why("country", "MD", "Moldova")
every_language = pytest.mark.parametrize("language", LANGUAGES)


def asked_by(*rules: str, why: tuple[Why, ...] = (MOLDOVA,)) -> tuple[Match, ...]:
    return tuple(make_match(rule=rule, why=why) for rule in rules or ("first",))


def raw(
    *releases: Release,
    language: str = "en",
    channel: Channel = MAIL,
    matches: tuple[tuple[Match, ...], ...] = (),
    **fields: object,
) -> bytes:
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
    return render_message(HEAD, desk, channel, deliveries, found, NOW).body


def mail(*releases: Release, **fields: object) -> EmailMessage:
    message = message_from_bytes(raw(*releases, **fields), policy=default)  # type: ignore[arg-type]
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


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


# -- the language --------------------------------------------------------------------------------


def test_a_mail_is_in_the_subscribers_language() -> None:
    message = mail(make_release(), language="ru")
    assert message["Content-Language"] == "ru"
    assert part(message, "plain") == (
        "Observers open mission to Moldova\n"
        "The observers, 5 февраля 2025\u202fг.\n"
        "Молдова · Миссия открыта (EOM) · президентские выборы 4 мая 2025\u202fг.\n"
        "\n"
        "The observers opened a mission for the elections in Moldova.\n"
        "\n"
        "https://newsroom.example/releases/1\n"
        "\n"
        "По правилу «Erste»\n"
        "  - страна: Молдова («Moldova»)\n"
        "\n"
        "-- \n"
        "newswatch отправил это письмо подписчику «Desk» по указанным выше правилам.\n"
        "Чтобы больше не получать эти письма, напишите на alerts@news.test.\n"
        "Что newswatch знает об этом: https://news.test/releases/00000000000000a1\n"
    )


@every_language
def test_the_html_names_its_language_and_that_of_the_release(language: str) -> None:
    found = html(make_release(language="ka"), language=language)
    named = [attributes["lang"] for _, attributes in found.elements if "lang" in attributes]
    assert named == [language, "ka", "ka"]


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


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_nothing_that_newswatch_says_itself_stays_english(language: str) -> None:
    bare = make_release(title="ж", text="ж", publisher="ж", language=None, published=None)
    several = (bare, replace(bare, id="b"), replace(bare, id="c", copy_of="b"))
    reasons = (asked_by(why=ALL_REASONS),) * 3
    told = mail(
        *several, language=language, channel=BY_COUNTRY, matches=reasons, corrects=1, changes=ALL_CHANGES
    )  # fmt: skip
    said = part(told, "plain") + "".join(text for _, text in Html(part(told, "html")).texts)
    english = words_of(LANGUAGES["en"]) - words_of(LANGUAGES[language])
    assert english & set(re.findall(r"[a-z]{3,}", said.lower())) == set()


def words_of(words: object) -> set[str]:
    texts = re.sub(r"'[\w.]+':", "", repr(words))  # keys are no words for people
    return set(re.findall(r"[a-zà-ÿ]{3,}", texts.lower()))


def test_the_subject_of_a_digest_is_in_the_language_too() -> None:
    codes = ("MD", "RO", "GE", "AM", "AZ", "TJ")
    several = [make_release(id=c, reading=make_reading(countries=(c,))) for c in codes]
    assert mail(*several, language="ru")["Subject"] == (
        "6 сообщений: Молдова, Румыния, Грузия, Армения, Азербайджан и другие"
    )
    assert mail(*several[:1], language="fr", channel=BY_RULE)["Subject"] == several[0].title


def test_what_became_of_a_release_is_said_before_its_title() -> None:
    gone = make_release(withdrawn="published in error")
    changes = (Difference("withdrawn", "", "published in error"),)
    message = mail(gone, language="fr", corrects=1, changes=changes)
    assert message["Subject"] == "Retiré : Observers open mission to Moldova"
    assert "\nRetiré\u00a0: published in error\n" in part(message, "plain")
    assert Html(part(message, "html")).of("h1")[0] == "Retiré\u00a0: "


def test_a_change_is_told_in_words_and_not_in_codes() -> None:
    text = part(mail(make_release(), language="es", corrects=1, changes=ALL_CHANGES), "plain")
    assert text.split("\n")[1:7] == [
        "Fecha: ninguno → 5 de febrero de 2025",
        "Países: Moldavia, Rumanía → ninguno",
        "Acontecimiento: ninguno → Seguimiento",
        "Tipo de misión: ninguno → EOM",
        "Elecciones: elecciones locales, elecciones presidenciales del 4 de mayo de 2025 → ninguno",
        "Retirado: ж → no",
    ]


def test_a_release_without_a_date_says_when_it_was_seen() -> None:
    text = part(mail(make_release(published=None)), "plain")
    assert "\nThe observers, first seen 5 February 2025\n" in text


# -- sections ------------------------------------------------------------------------------------


def about(release_id: str, *countries: str) -> Release:
    return make_release(
        id=release_id,
        title=f"Title {release_id}",
        reading=make_reading(countries=countries, evidence=()),
    )


def test_a_digest_by_country_has_a_section_for_each_in_the_order_of_their_names() -> None:
    several = (about("a", "TJ"), about("b"), about("c", "EG"), about("d", "TJ"), about("e", "GE"))
    message = mail(*several, channel=BY_COUNTRY, language="fr", matches=(asked_by(why=()),) * 5)
    text = part(message, "plain")
    headings = ["Égypte (1)", "Géorgie (1)", "Tadjikistan (2)", "Sans pays (1)"]
    assert re.findall(r"^(.+)\n=+$", text, re.MULTILINE) == headings
    assert re.findall(r"^Title (.)", text, re.MULTILINE) == ["c", "e", "a", "d", "b"]
    found = Html(part(message, "html"))
    assert found.of("h2") == headings
    assert text.split("\n")[:2] == [
        "5 communiqués pour Desk",
        "5 février 2025 · " + " · ".join(headings),
    ]
    assert found.of("h1") == ["5 communiqués pour Desk"]


def test_a_release_on_several_countries_stands_once_under_the_one_that_was_asked_for() -> None:
    both = about("a", "AM", "GE")
    for code, heading in (("GE", "Georgia (1)"), ("AM", "Armenia (1)"), ("TJ", "Armenia (1)")):
        matches = (asked_by(why=(Why("country", code),)),)
        assert html(both, channel=BY_COUNTRY, matches=matches).of("h2") == [heading]


def test_a_digest_by_rule_keeps_to_the_order_of_the_file() -> None:
    several = (about("a", "TJ"), about("b"), about("c"), about("d"))
    matches = (asked_by("second"), asked_by("gone"), asked_by("second", "first"), asked_by("first"))
    text = part(mail(*several, channel=BY_RULE, matches=matches), "plain")
    assert re.findall(r"^(.+)\n=+$", text, re.MULTILINE) == ["Erste (2)", "Zweite (1)", "gone (1)"]
    assert re.findall(r"^Title (.)", text, re.MULTILINE) == ["c", "d", "a", "b"]


def test_a_digest_that_asks_for_no_group_has_no_headings() -> None:
    found = html(about("a", "TJ"), about("b", "GE"), channel=replace(MAIL, digest=SEVEN))
    assert len(found.of("h1")) == 1
    assert len(found.of("h2")) == 0  # titles are links in them


def test_the_day_of_a_digest_is_that_of_the_subscriber() -> None:
    late = datetime(2025, 2, 5, 22, tzinfo=UTC)  # 03:00 of the next day in Almaty
    desk = Subscriber("desk", "Desk", "Asia/Almaty")
    release = make_release()
    digest = replace(MAIL, digest=SEVEN)
    sent = render_message(HEAD, desk, digest, [make_delivery()], {release.id: release}, late)
    text = part(message_from_bytes(sent.body, policy=default), "plain")  # type: ignore[arg-type]
    assert text.startswith("1 release for Desk\n6 February 2025\n")


def test_forty_releases_are_not_clipped_by_mail_programs() -> None:
    """Gmail shows 102 kB of a message, and with the rest the way to stop it would be hidden."""
    many = [replace(about(f"r{number}", "TJ"), text="слово " * 200) for number in range(40)]
    assert len(part(mail(*many, channel=BY_COUNTRY, language="ru"), "html").encode()) < 102_000


# -- marked words --------------------------------------------------------------------------------


def marks(release: Release, *why: Why) -> list[str]:
    return html(release, matches=(asked_by(why=why),)).of("mark")


def test_the_words_that_matched_are_marked_in_title_and_text() -> None:
    assert marks(make_release(), Why("event", "mission.opened", "open mission"), MOLDOVA) == [
        "open mission",
        "Moldova",
        "Moldova",
    ]


def test_each_place_of_a_query_is_marked() -> None:
    found = marks(make_release(), Why("text", "open* AND elections", "open … elections … opened"))
    assert found == ["open", "opened", "elections"]


def test_only_whole_words_are_marked() -> None:
    release = make_release(title="Moldovan voters in Moldova", reading=make_reading(evidence=()))
    assert part(mail(release), "html").count("<mark") == 2
    assert ">Moldovan voters in <mark" in part(mail(release), "html")


def test_the_place_where_it_was_read_is_marked_and_not_another() -> None:
    title = "Georgia Harrison visits Georgia"
    read = make_reading(evidence=(Evidence("country", "GE", "title", 24, 31, "Georgia"),))
    release = make_release(title=title, text="", reading=read)
    pieces = marked("title", title, release, asked_by(why=(Why("country", "GE", "Georgia"),)))
    assert pieces == (("Georgia Harrison visits ", False), ("Georgia", True))


def test_words_of_a_script_without_spaces_are_marked_where_they_were_read() -> None:
    title = "選挙監視団が日本に到着"
    read = make_reading(evidence=(Evidence("country", "JP", "title", 6, 8, "日本"),))
    release = make_release(title=title, reading=read)
    pieces = marked("title", title, release, asked_by(why=(Why("country", "JP", "日本"),)))
    assert [one.text for one in pieces if one.is_marked] == ["日本"]


def test_marks_that_overlap_or_touch_are_one() -> None:
    why = (Why("text", "a", "open mission"), Why("text", "b", "mission to"), MOLDOVA)
    release = make_release(text="")
    assert marks(release, *why) == ["open mission to", "Moldova"]
    pieces = marked("title", "abcd", release, asked_by(why=(Why("text", "x", "ab"),)))
    assert "".join(one.text for one in pieces) == "abcd"


def test_words_beyond_the_part_that_is_shown_are_not_marked() -> None:
    release = make_release(title="Title", text="word " * 300 + "Moldova")
    assert marks(release, MOLDOVA) == []


def test_a_mark_on_everything_would_mark_nothing() -> None:
    release = make_release()
    assert marks(release, Why("everything", "true", release.title)) == []


def test_words_over_a_line_end_are_marked() -> None:
    release = make_release(title="Title", text="They open\n  a mission today.")
    assert marks(release, Why("text", "x", "open\n  a mission")) == ["open a mission"]


HOSTILE = (
    "<script>alert(1)</script>",
    "</mark><b>",
    '"><img src=x onerror=alert(1)>',
    "&lt;b&gt;",
    "{{ words }} {} {0.__class__} %s",
    "</title></head><body onload=x>",
)


@pytest.mark.parametrize("evil", HOSTILE)
def test_markup_in_titles_texts_and_evidence_is_text(evil: str) -> None:
    release = make_release(title=f"A {evil} B", text=f"C {evil} D", publisher=evil)
    matches = (asked_by(why=(Why("text", evil, evil), Why("text", evil, "A")), ),)  # fmt: skip
    desk = html(release, matches=matches, corrects=1, changes=(Difference("title", evil, evil),))
    harmless = html(make_release(title="A e B", text="C e D"), matches=(asked_by(why=(Why("text", "e", "e"), Why("text", "e", "A"))),), corrects=1, changes=(Difference("title", "e", "e"),))  # fmt: skip
    assert [tag for tag, _ in desk.elements] == [tag for tag, _ in harmless.elements]
    assert desk.of("mark")[:2] == ["A", evil]
    assert not any(name.startswith("on") for _, found in desk.elements for name in found)


# -- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "ftp://newsroom.example/1"])
def test_a_release_that_cannot_be_linked_is_told_without_a_link(url: str) -> None:
    bare = make_release(url=url, publisher="The observers")
    copy = replace(bare, id="b", copy_of=bare.id, title="Une mission")
    message = mail(bare, copy)
    assert Html(part(message, "html")).links() == [
        "https://news.test/releases/00000000000000a1",
        "mailto:alerts@news.test",
    ]
    text = part(message, "plain")
    assert "in Moldova.\n\nAlso: Une mission (The observers, en)\n\nBecause" in text
    assert url == "" or url not in text


def test_a_release_without_a_title_says_so() -> None:
    message = mail(make_release(title=" "), language="ru")
    assert message["Subject"] == "Без заголовка"
    assert part(message, "plain").startswith("Без заголовка\n")


# -- what every mail keeps to --------------------------------------------------------------------

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
    return addressed(raw(*releases, language=language, **fields), "desk@news.test")  # type: ignore[arg-type,misc]


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
    assert re.search(r"^List-Unsubscribe: <\S+>", head, re.MULTILINE)
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
