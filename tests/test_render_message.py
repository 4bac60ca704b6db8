"""What is sent: mail in text and HTML, webhook bodies, chat; and what hostile releases become."""

import json
import re
from dataclasses import replace
from datetime import date, time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from factories import NOW, make_delivery, make_match, make_reading, make_release
from mailview import without_tokens
from newswatch.errors import RenderError
from newswatch.match import delivery_id
from newswatch.model import Channel, Digest, Election, Match, Mission, Published, Release, Why
from newswatch.ports import Message
from newswatch.render.alert import Letterhead
from newswatch.render.message import render_message
from newswatch.render.words import LANGUAGES
from newswatch.rules.conditions import Everything
from newswatch.rules.rule import Rule, Subscriber

NAMES = {"MD": "Moldova", "RO": "Romania"}
HEAD = Letterhead(
    base_url="https://news.test",
    sender="newswatch <alerts@news.test>",
    version="0.1.0",
    country_name=lambda code: NAMES.get(code, code),
    source_name=lambda source: f"The {source}",
    inbox="alerts@news.test",
)
DESK = Subscriber(
    "desk", "The desk", rules=(Rule("missions", "Missions to <Moldova>", Everything(), ("mail",)),)
)
MAIL = Channel("mail", "email", to=("desk@news.test",))
HOOK = Channel("hook", "webhook", url="https://hook.test/", secrets=("whsec_x",))
CHAT = Channel("chat", "chat", url="https://chat.test/")
WHY = (
    Why("event", "mission.opened", "opens election observation mission"),
    Why("country", "MD", "Moldova"),
)


def rendered(channel: Channel, *releases: Release, why: tuple[Why, ...] = WHY) -> Message:
    releases = releases or (make_release(),)
    deliveries = [
        make_delivery(
            id=f"dlv_{number}",
            release_id=release.id,
            matches=(make_match(release_id=release.id, why=why),),
        )
        for number, release in enumerate(releases, 1)
    ]
    return render_message(HEAD, DESK, channel, deliveries, {r.id: r for r in releases}, NOW)


def mail(*releases: Release, channel: Channel = MAIL, **fields: object) -> EmailMessage:
    message = message_from_bytes(rendered(channel, *releases, **fields).body, policy=default)  # type: ignore[arg-type]
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


MISSION = Mission(
    "md-2025-05-04-odihr",
    "MD",
    ("ODIHR",),
    "EOM",
    (Election("presidential", date(2025, 5, 4)),),
)


def hook(*releases: Release, **fields: object) -> dict:
    return dict(json.loads(rendered(HOOK, *releases, **fields).body))  # type: ignore[arg-type]


# -- mail ---------------------------------------------------------------------------------------


def test_a_mail_has_the_headers_of_an_automatic_message() -> None:
    message = mail()
    stop = message["List-Unsubscribe"]
    message.replace_header("List-Unsubscribe", without_tokens(stop))
    assert {name: message[name] for name in message} == {
        "From": "newswatch <alerts@news.test>",
        "Subject": "Observers open mission to Moldova",
        "Date": "Wed, 05 Feb 2025 09:00:00 +0000",
        "Message-ID": "<dlv_1@news.test>",
        "List-Id": "<desk.newswatch.news.test>",
        "List-Unsubscribe": (
            "<https://news.test/u/TOKEN>, <mailto:alerts@news.test?subject=stop:TOKEN>"
        ),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    assert message.get_content_type() == "multipart/alternative"


def stopped_by(**head: str) -> tuple[str | None, str | None]:
    """What the headers say on unsubscribing, where an installation has other addresses."""
    item = make_delivery(id="dlv_1")
    letters = replace(HEAD, **head)  # type: ignore[arg-type]
    message = render_message(letters, DESK, MAIL, [item], {item.release_id: make_release()}, NOW)
    found = message_from_bytes(message.body, policy=default)
    assert f"{letters.base_url}/manage/" in part(found, "plain")  # type: ignore[arg-type]
    stop = found["List-Unsubscribe"]
    return without_tokens(stop) if stop else stop, found["List-Unsubscribe-Post"]


def test_a_site_without_https_offers_no_click_but_a_mail_and_the_page() -> None:
    """RFC 8058 section 3.1 wants an https address."""
    by_mail = "<mailto:alerts@news.test?subject=stop:TOKEN>"
    assert stopped_by(base_url="http://news.test") == (by_mail, None)


def test_no_mail_is_offered_that_nobody_reads() -> None:
    click = ("<https://news.test/u/TOKEN>", "List-Unsubscribe=One-Click")
    assert stopped_by(inbox="") == click
    assert stopped_by(inbox="", base_url="http://news.test") == (None, None)


def test_an_address_with_strange_characters_is_written_as_mailto_wants_it() -> None:
    """RFC 6068 section 2."""
    stop, _ = stopped_by(base_url="http://news.test", inbox="büro+a?b&c@news.test")
    assert stop == "<mailto:b%C3%BCro%2Ba%3Fb%26c@news.test?subject=stop:TOKEN>"


def test_unsubscribing_stands_in_lines_of_the_usual_length_as_it_is() -> None:
    head = rendered(MAIL).body.split(b"\r\n\r\n")[0].split(b"\r\n")
    at = next(n for n, line in enumerate(head) if line.startswith(b"List-Unsubscribe: "))
    assert re.fullmatch(rb"List-Unsubscribe: <https://news\.test/u/[\w-]{22}>,", head[at])
    assert re.fullmatch(rb" <mailto:alerts@news\.test\?subject=stop:[\w-]{22}>", head[at + 1])
    assert max(map(len, head[at : at + 2])) <= 78


def test_what_a_newsroom_writes_is_never_taken_for_the_place_of_a_token() -> None:
    """It may know a mail that was sent before; the next one has other places."""
    first = rendered(MAIL).headers
    guess = make_release(text=" ".join(first.values()))
    second = rendered(MAIL, guess)
    assert not set(first.values()) & set(second.headers.values())
    assert second.body.count(second.headers["manage"].encode()) <= 2


def test_the_text_says_what_and_why() -> None:
    assert without_tokens(part(mail(), "plain")) == (
        "Observers open mission to Moldova\n"
        "The observers, 5 February 2025\n"
        "Moldova · Mission opened (EOM) · presidential election of 4 May 2025\n"
        "\n"
        "The observers opened a mission for the elections in Moldova.\n"
        "\n"
        "https://newsroom.example/releases/1\n"
        "\n"
        "Because of “Missions to <Moldova>”\n"
        "  - event mission opened (“opens election observation mission”)\n"
        "  - country Moldova (“Moldova”)\n"
        "Was this useful? https://news.test/useful/TOKEN/dlv_1\n"
        "\n"
        "-- \n"
        "newswatch sent this to The desk because of the rules named above.\n"
        "What newswatch knows of it: https://news.test/releases/00000000000000a1\n"
        "Choose what you get, pause or stop: https://news.test/manage/TOKEN\n"
    )


def test_the_html_says_the_same_and_is_escaped() -> None:
    html = part(mail(), "html")
    assert "Missions to &lt;Moldova&gt;" in html
    assert '<a href="https://newsroom.example/releases/1"' in html
    assert "event mission opened (“opens election observation mission”)" in html


def test_a_hostile_release_is_text_in_the_html() -> None:
    html = part(mail(make_release(title='<script>alert("1")</script>', text="<img src=x>")), "html")
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    "title",
    [
        "Title\r\nBcc: victim@example.org",
        "Title\nBcc: victim@example.org\n\nbody",
        "=?utf-8?q?Title=0D=0ABcc:_victim=40example.org?=",
        "Title\x0b\x0c\x85\u2028Bcc: x",
        "x" * 5_000,
        "Выборы " * 100,
        "",
    ],
)
def test_a_title_cannot_make_a_header(title: str) -> None:
    message = mail(make_release(title=title))
    assert message["bcc"] is None
    assert len(message["subject"]) <= 180
    assert len(message.get_all("subject")) == 1


def test_lines_of_a_mail_are_no_longer_than_smtp_allows() -> None:
    body = rendered(MAIL, make_release(title="x" * 3_000, text="y" * 50_000)).body
    assert max(len(line) for line in body.split(b"\r\n")) <= 998
    assert body.count(b"\n") == body.count(b"\r\n")


def test_a_digest_holds_all_releases_in_one_mail() -> None:
    other = make_release(id="b", title="Final report", reading=make_reading(countries=("RO",)))
    digest = replace(MAIL, digest=Digest(time(7)))
    message = mail(make_release(), other, channel=digest)
    assert message["subject"] == "2 releases: Moldova, Romania"
    text = part(message, "plain")
    assert text.startswith(
        "2 releases for The desk\n5 February 2025\n\nObservers open mission to Moldova\n"
    )
    assert "\nFinal report\n" in text


def test_a_rule_that_is_gone_is_named_by_its_id() -> None:
    delivery = make_delivery(matches=(Match("desk", "old-rule", "00000000000000a1", 1, WHY),))
    message = render_message(
        HEAD, DESK, MAIL, [delivery], {"00000000000000a1": make_release()}, NOW
    )
    assert "“old-rule”" in part(message_from_bytes(message.body, policy=default), "plain")  # type: ignore[arg-type]


def test_a_release_that_is_not_in_the_archive_is_not_sent() -> None:
    with pytest.raises(RenderError, match="not in the archive"):
        render_message(HEAD, DESK, MAIL, [make_delivery()], {}, NOW)


def test_the_mails_of_a_mission_are_one_thread() -> None:
    first = mail(make_release(mission=MISSION))
    second = mail(make_release(id="b2", title="Interim report", mission=MISSION))
    assert first["References"] == first["In-Reply-To"] == second["References"]
    assert first["References"].endswith("@news.test>")
    assert mail()["References"] is None


def test_a_later_version_answers_the_mail_of_the_first() -> None:
    release = make_release(version=2, mission=MISSION)
    delivery = make_delivery(version=2)
    sent = render_message(HEAD, DESK, MAIL, [delivery], {release.id: release}, NOW)
    message = message_from_bytes(sent.body, policy=default)
    first = f"<{delivery_id('desk', 'mail', release.id, 1)}@news.test>"
    assert message["In-Reply-To"] == first
    assert message["References"].split()[1:] == [first]


def test_a_digest_with_more_in_it_is_another_mail() -> None:
    one, two, three = (make_release(id=name) for name in ("a", "b", "c"))
    assert mail(one, two)["Message-ID"] == mail(one, two)["Message-ID"]
    assert mail(one, two)["Message-ID"] != mail(one, two, three)["Message-ID"]


def test_a_mail_holds_no_characters_that_turn_the_text_and_no_link_that_runs() -> None:
    message = mail(make_release(url="javascript:alert(1)", text="a\u202eb\x07c\rd"))
    for kind in ("plain", "html"):
        assert "abc" in part(message, kind)
        assert "javascript" not in part(message, kind)


# -- webhook ------------------------------------------------------------------------------------


def test_a_webhook_holds_the_facts_as_fields() -> None:
    assert hook(make_release(mission=MISSION, transition="opened")) == {
        "type": "release.published",
        "timestamp": "2025-02-05T09:00:00Z",
        "data": {
            "release": {
                "id": "00000000000000a1",
                "url": "https://newsroom.example/releases/1",
                "title": "Observers open mission to Moldova",
                "published": "2025-02-05",
                "source": {"id": "newsroom", "name": "The newsroom"},
                "publisher": "The observers",
                "content_type": "Press release",
                "institutions": ["Office of the observers"],
                "topics": ["Elections"],
                "language": "en",
                "summary": "The observers opened a mission for the elections in Moldova.",
                "countries": [
                    {"code": "MD", "name": "Moldova", "role": "subject"},
                    {"code": "RO", "name": "Romania", "role": "mentioned"},
                ],
                "event": "mission.opened",
                "mission": {
                    "id": "md-2025-05-04-odihr",
                    "body": "ODIHR",
                    "bodies": ["ODIHR"],
                    "country": "MD",
                    "type": "EOM",
                    "election": {"kind": "presidential", "date": "2025-05-04"},
                    "transition": "opened",
                },
                "version": 1,
            },
            "subscriber": "desk",
            "rule": {"id": "missions", "title": "Missions to <Moldova>"},
            "rules": [{"id": "missions", "title": "Missions to <Moldova>"}],
            "why": [
                {
                    "field": "event",
                    "value": "mission.opened",
                    "evidence": "opens election observation mission",
                },
                {"field": "country", "value": "MD", "evidence": "Moldova"},
            ],
        },
    }


def test_a_release_without_mission_has_none() -> None:
    reading = make_reading(event="none", mission=None, elections=())
    assert hook(make_release(reading=reading))["data"]["release"]["mission"] is None


def test_an_election_without_date_has_none() -> None:
    reading = make_reading(elections=(Election("parliamentary"),))
    mission = replace(MISSION, elections=reading.elections)
    found = hook(make_release(reading=reading, mission=mission))["data"]["release"]["mission"]
    assert found["election"] == {"kind": "parliamentary", "date": None}


def test_an_instant_is_published_as_an_instant() -> None:
    release = make_release(published=Published(date(2025, 2, 5), NOW))
    assert hook(release)["data"]["release"]["published"] == "2025-02-05T09:00:00Z"


def test_a_large_release_stays_under_20_kilobytes() -> None:
    large = make_release(
        title="ж" * 1_000, text="ж " * 50_000, topics=tuple("ж" * 1_000 for _ in range(50))
    )
    why = tuple(Why("text", "ж" * 500, str(n) * 500) for n in range(200))
    assert len(rendered(HOOK, large, why=why).body) < 20_000


def test_the_same_delivery_is_the_same_bytes() -> None:
    assert rendered(HOOK).body == rendered(HOOK).body


# -- chat ---------------------------------------------------------------------------------------


def test_chat_says_what_and_why_with_a_link() -> None:
    assert json.loads(rendered(CHAT).body) == {
        "text": "*<https://newsroom.example/releases/1|Observers open mission to Moldova>*\n"
        "The observers · 5 February 2025 · Moldova · Mission opened (EOM) · "
        "presidential election of 4 May 2025\n"
        "Because of “Missions to &lt;Moldova&gt;”: "
        "event mission opened (“opens election observation mission”); country Moldova (“Moldova”)"
    }


def test_chat_speaks_the_language_of_the_subscriber() -> None:
    desk = replace(DESK, language="fr")
    release = make_release()
    sent = render_message(HEAD, desk, CHAT, [make_delivery()], {release.id: release}, NOW)
    text = json.loads(sent.body)["text"]
    assert "5 février 2025 · Moldavie · Mission ouverte (EOM)" in text
    assert "En raison de la règle « Missions to &lt;Moldova&gt; » : pays : Moldavie" in text


def test_a_webhook_says_the_same_in_every_language() -> None:
    release = make_release()
    bodies = [
        render_message(
            HEAD, replace(DESK, language=one), HOOK, [make_delivery()], {release.id: release}, NOW
        ).body
        for one in LANGUAGES
    ]
    assert len(set(bodies)) == 1


def test_a_hostile_title_makes_no_link_and_no_mention_in_chat() -> None:
    text = json.loads(rendered(CHAT, make_release(title="<!channel> <https://evil.test|x>")).body)[
        "text"
    ]
    assert "<!channel>" not in text
    assert "&lt;!channel&gt;" in text


# -- several in one message ---------------------------------------------------------------------

FRENCH = make_release(
    id="b2",
    title="Une <mission> s'ouvre | en Moldavie",
    url="https://newsroom.example/fr/1",
    language="fr",
    copy_of="00000000000000a1",
)


def test_a_copy_is_named_below_its_original_in_a_mail_that_is_about_one_release() -> None:
    message = mail(FRENCH, make_release())
    assert message["Subject"] == "Observers open mission to Moldova"
    text = part(message, "plain")
    assert text.startswith("Observers open mission to Moldova\n")
    assert (
        "https://newsroom.example/releases/1\n"
        "\n"
        "Also: Une <mission> s'ouvre | en Moldavie (The observers, fr)\n"
        "https://newsroom.example/fr/1\n"
        "\n"
        "Because of “Missions to <Moldova>”\n"
    ) in text
    assert text.count("Because of") == 1
    assert "Une &lt;mission&gt; s&#39;ouvre" in part(message, "html")


def test_a_message_settles_the_deliveries_of_copies_too() -> None:
    message = rendered(MAIL, make_release(), FRENCH)
    assert [one.id for one in message.deliveries] == ["dlv_1", "dlv_2"]


def test_a_copy_that_goes_alone_is_told_like_any_release() -> None:
    assert mail(FRENCH)["Subject"] == FRENCH.title


def test_what_a_limit_collected_is_a_digest_in_a_mail() -> None:
    message = mail(make_release(), make_release(id="c3", title="Another"))
    assert message["Subject"] == "2 releases: Moldova"
    assert part(message, "plain").startswith("2 releases for The desk\n")


def test_a_copy_is_a_line_in_chat() -> None:
    text = json.loads(rendered(CHAT, make_release(), FRENCH).body)["text"]
    assert (
        "\nAlso: <https://newsroom.example/fr/1|Une &lt;mission&gt; s'ouvre ¦ en Moldavie>"
        " (The observers, fr)\n"
    ) in text


def test_many_releases_are_a_line_each_in_chat() -> None:
    many = [make_release(id=f"r{n}", title=f"Release {n}") for n in range(6)]
    lines = json.loads(rendered(CHAT, *many).body)["text"].splitlines()
    assert lines[0] == "*6 releases*"
    assert lines[1] == "• <https://newsroom.example/releases/1|Release 0> (The observers, en)"
    assert len(lines) == 7
