"""What mails say: in the subscriber's language, under headings, with the words that matched marked."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from factories import make_delivery, make_reading, make_release
from mailview import (
    ALL_CHANGES,
    ALL_REASONS,
    BY_COUNTRY,
    BY_RULE,
    HEAD,
    MAIL,
    MOLDOVA,
    SEVEN,
    Html,
    about,
    asked_by,
    html,
    mail,
    part,
    without_tokens,
)
from newswatch.model import (
    Difference,
    Evidence,
    Release,
    Why,
)
from newswatch.render.marks import marked
from newswatch.render.message import render_message
from newswatch.render.words import LANGUAGES
from newswatch.rules.rule import Subscriber

every_language = pytest.mark.parametrize("language", LANGUAGES)


# -- the language --------------------------------------------------------------------------------


def test_a_mail_is_in_the_subscribers_language() -> None:
    message = mail(make_release(), language="ru")
    assert message["Content-Language"] == "ru"
    assert without_tokens(part(message, "plain")) == (
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
        "Это было полезно? https://news.test/useful/TOKEN/dlv_0\n"
        "\n"
        "-- \n"
        "newswatch отправил это письмо подписчику «Desk» по указанным выше правилам.\n"
        "Что newswatch знает об этом: https://news.test/releases/00000000000000a1\n"
        "Выбрать, что вы получаете, приостановить или отказаться: https://news.test/manage/TOKEN\n"
    )


@every_language
def test_the_html_names_its_language_and_that_of_the_release(language: str) -> None:
    found = html(make_release(language="ka"), language=language)
    named = [attributes["lang"] for _, attributes in found.elements if "lang" in attributes]
    assert named == [language, "ka", "ka"]


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
    links = Html(without_tokens(part(message, "html"))).links()
    assert [link.removeprefix("https://news.test") for link in links] == [
        "/releases/00000000000000a1",
        "/useful/TOKEN/dlv_0/yes",
        "/useful/TOKEN/dlv_0/no",
        "/manage/TOKEN",
    ]
    text = part(message, "plain")
    assert "in Moldova.\n\nAlso: Une mission (The observers, en)\n\nBecause" in text
    assert url == "" or url not in text


def test_a_release_without_a_title_says_so() -> None:
    message = mail(make_release(title=" "), language="ru")
    assert message["Subject"] == "Без заголовка"
    assert part(message, "plain").startswith("Без заголовка\n")
