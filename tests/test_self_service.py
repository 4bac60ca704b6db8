"""Readers of mail help themselves: over HTTP on loopback, with real mails, on both databases."""

import logging
import re
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from html import unescape
from importlib import resources
from pathlib import Path

import httpx
import pytest
import structlog

from newswatch.model import Digest
from newswatch.recipients import Recipient, filled, places, token
from newswatch.render.words import ENGLISH, LANGUAGES, Words
from newswatch.web.manage import digest_words
from readerscene import (
    ANN,
    BEN,
    Scene,
    first_mail,
    for_,
    link,
    on_each_engine,
    on_one_engine,
    scene_at,
    text_of,
)
from shell import Result, Shell

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}


every_language = pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)


scene = pytest.fixture(on_each_engine)
one = pytest.fixture(on_one_engine)


@pytest.fixture
def command(
    one: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    shell = Shell(one.config, monkeypatch, capsys)

    def run(*arguments: str) -> Result:
        capsys.readouterr()  # what the site logged
        return shell(*arguments)

    return run


# -- one click ------------------------------------------------------------------------------------


def test_one_click_unsubscribes_one_address_and_the_other_stays(scene: Scene) -> None:
    mail = first_mail(scene)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    answer = scene.ask("POST", link(mail, "u"), data=ONE_CLICK)
    assert (answer.status_code, answer.history) == (200, [])
    scene.publish()
    assert {one["To"] for one in scene.deliver()} == {BEN}


def test_one_click_is_effective_at_once_and_what_waited_says_why(scene: Scene) -> None:
    mail = first_mail(scene)
    scene.ask("POST", link(mail, "u"), data=ONE_CLICK)
    scene.ask("POST", link(for_(scene.mailbox.mails, BEN), "u"), data=ONE_CLICK)
    scene.publish()
    scene.deliver()
    waiting = [one for one in scene.deliveries() if one.state != "sent"]
    assert {one.state for one in waiting} == {"cancelled"}
    said = "; ".join(f"unsubscribed on 2025-02-05 by {one}" for one in (ANN, BEN))
    assert said in scene.answers()


def test_a_digest_that_waits_is_cancelled_in_the_same_moment(scene: Scene) -> None:
    scene.publish("opens")
    (waiting,) = scene.deliveries("weekly")
    assert waiting.state == "queued"
    path = f"/u/{token(scene.store.link_key(), 'unsubscribe', Recipient('desk', 'weekly', ANN))}"
    assert scene.ask("POST", path, data=ONE_CLICK).status_code == 200
    (waiting,) = scene.deliveries("weekly")
    assert waiting.state == "cancelled"
    assert f"unsubscribed on 2025-02-05 by {ANN}" in scene.answers()


def test_a_form_of_the_other_kind_unsubscribes_too(one: Scene) -> None:
    """RFC 8058 section 3.2: multipart/form-data."""
    mail = first_mail(one)
    parts = {"List-Unsubscribe": (None, "One-Click")}
    assert one.ask("POST", link(mail, "u"), files=parts).status_code == 200
    assert [choice.kind for choice in one.store.choices()] == ["all"]


def test_another_site_or_a_mail_provider_may_send_the_click(one: Scene) -> None:
    mail = first_mail(one)
    assert one.ask("POST", link(mail, "u"), data=ONE_CLICK, headers=ELSEWHERE).status_code == 200


def test_clicking_again_changes_nothing(one: Scene) -> None:
    path = link(first_mail(one), "u")
    one.ask("POST", path, data=ONE_CLICK)
    first = one.store.choices()
    one.clock.now += DAY
    assert one.ask("POST", path, data=ONE_CLICK).status_code == 200
    assert one.store.choices() == first


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("kind", ["u", "manage", "useful"])
def test_following_a_link_changes_nothing(one: Scene, kind: str, method: str) -> None:
    """Scanners of mail follow links."""
    path = link(first_mail(one), kind)
    answer = one.ask(method, path)
    assert answer.status_code == 200
    assert (one.store.choices(), one.store.usefulness()) == ([], {})


def test_a_post_without_the_click_is_refused(one: Scene) -> None:
    path = link(first_mail(one), "u")
    for form in ({}, {"List-Unsubscribe": "yes"}, {"x": "y"}):
        assert one.ask("POST", path, data=form).status_code == 400
    assert one.ask("POST", path, content=b"\xff\xfe").status_code == 400
    assert one.ask("POST", path, content=b"a" * 9_000).status_code == 413
    assert one.store.choices() == []


def test_the_page_that_asks_has_a_button_that_unsubscribes_and_one_that_takes_it_back(
    one: Scene,
) -> None:
    path = link(first_mail(one), "u")
    assert 'name="List-Unsubscribe" value="One-Click"' in one.get(path).text
    assert "You are unsubscribed" in one.ask("POST", path, data=ONE_CLICK).text
    assert "You are unsubscribed" in one.get(path).text
    assert "Unsubscribe?" in one.post(path, take_back="yes").text
    assert one.store.choices() == []


def shown(pages: list[httpx.Response], words: Words) -> str:
    """What pages in a language say, without markup."""
    assert {f'<html lang="{words.language}">' in one.text for one in pages} == {True}
    text = " ".join(re.sub(r"<[^>]*>", "", unescape(one.text)) for one in pages)
    return " ".join(text.split())


def unsaid(table: Mapping[str, str], whole: str) -> set[str]:
    """The names of the words of which a part is nowhere in a text."""
    parts = {name: re.split(r"\{\d?\}", text) for name, text in table.items()}
    return {name for name, of in parts.items() if any(" ".join(p.split()) not in whole for p in of)}


@every_language
def test_the_pages_speak_the_language_of_the_mails(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, words: Words
) -> None:
    with scene_at(tmp_path, sqlite_url, monkeypatch, words.language) as scene:
        mail = first_mail(scene)
        stop, useful = link(mail, "u"), link(mail, "useful")
        pages = [
            scene.get(stop),
            scene.ask("POST", stop, data=ONE_CLICK),
            scene.get(useful),
            *(scene.post(useful, useful=answer) for answer in ("yes", "no")),
        ]
    whole = shown(pages, words)
    mails = "The Central Asia desk (desk-mail)"
    said = dict(words.pages, useful=words.useful)
    said |= {name: said[name].format(ANN, mails) for name in ("gets", "no_more")}
    said["said"] = said["said"].format(said["was_useful"])
    assert [name for name, text in said.items() if " ".join(text.split()) not in whole] == []


@every_language
def test_the_page_on_which_readers_choose_speaks_it_too(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, words: Words
) -> None:
    desk, weekly = {"channel": "desk-mail"}, {"channel": "weekly"}
    with scene_at(tmp_path, sqlite_url, monkeypatch, words.language) as scene:
        path = manage(scene)
        pages = [scene.get(f"{path}?done={action}") for action in words.done]
        pages += [
            scene.post(path, action="pause", until="soon", **desk),
            scene.post(path, action="pause", until="2025-02-05", **desk),
            scene.post(path, action="digest", at="soon", **desk),
        ]
        scene.post(path, action="drop", rule="opened", **desk)
        scene.post(path, action="pause", until="2025-02-10", **desk)
        scene.post(path, action="digest", at="06:30", **weekly)
        pages.append(scene.post(path, action="renew", feed=""))
        scene.publish()
        scene.deliver()
        pages.append(scene.get(path))
        scene.post(path, action="drop", rule="tajikistan", **desk)
        scene.deliver(5 * DAY)
        pages.append(scene.get(path))
        scene.post(path, action="stop")
        pages.append(scene.get(path))
    whole = shown(pages, words)
    assert unsaid(words.done, whole) | unsaid(words.wrong, whole) == set()
    assert unsaid(words.manage, whole) <= {"nothing", "no_rule", "gone", "made_until"}
    assert unsaid(dict(enumerate(words.weekly)), whole) == set()
    not_sent = words.refused["rule"].format(words.day(date(2025, 2, 5)))
    assert unsaid({"not sent": not_sent, "asked": words.country("TJ")}, whole) == set()


@pytest.mark.parametrize("name", ["manage", "unsubscribe", "useful"])
def test_a_page_in_the_language_of_its_reader_has_no_words_of_its_own(name: str) -> None:
    source = (resources.files("newswatch.web") / f"templates/{name}.html").read_text()
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", "", source, flags=re.DOTALL)
    assert set(bare.split()) <= {"·", "newswatch", "(", ")"}


# -- links ----------------------------------------------------------------------------------------


def test_each_address_has_links_of_its_own(one: Scene) -> None:
    one.publish("opens")
    mails = one.deliver()
    for kind in ("u", "manage", "useful"):
        assert len({link(for_(mails, who), kind) for who in (ANN, BEN)}) == 2


def test_the_links_in_text_and_html_are_the_same(one: Scene) -> None:
    mail = first_mail(one)
    for kind in ("manage", "useful"):
        assert link(mail, kind) in text_of(mail, "html")


@pytest.mark.parametrize("path", ["/u/{}", "/manage/{}", "/useful/{}/dlv_1"])
@pytest.mark.parametrize("token", ["A" * 22, "short", "A" * 43, "ä" * 22])
def test_a_wrong_link_is_a_plain_404(one: Scene, path: str, token: str) -> None:
    for method in ("GET", "POST"):
        answer = one.ask(method, path.format(token), data=ONE_CLICK if method == "POST" else None)
        assert answer.status_code == 404
        assert token not in answer.text


def test_a_link_opens_nothing_but_what_it_is_for(one: Scene) -> None:
    mail = first_mail(one)
    stop, manage = (link(mail, kind).rpartition("/")[2] for kind in ("u", "manage"))
    assert one.get(f"/manage/{stop}").status_code == 404
    assert one.get(f"/u/{manage}").status_code == 404


def test_old_links_end_when_the_key_is_renewed_and_new_mails_have_new_ones(
    one: Scene, command: Callable[..., Result]
) -> None:
    path = link(first_mail(one), "manage")
    assert command("choices", "renew").code == 0
    assert one.get(path).status_code == 404
    one.publish()
    renewed = link(for_(one.deliver(), ANN), "manage")
    assert one.get(renewed).status_code == 200


def test_the_links_of_an_address_that_is_taken_out_end(one: Scene) -> None:
    path = link(first_mail(one), "manage")
    file = one.config / "subscribers" / "desk.yaml"
    file.write_text(file.read_text().replace("ann@", "cy@"))
    one.newswatch.swap(one.newswatch.load())
    assert one.get(path).status_code == 404


def test_pages_of_one_reader_are_kept_by_nobody_and_told_to_nobody(one: Scene) -> None:
    mail = first_mail(one)
    for kind in ("u", "manage", "useful"):
        answer = one.get(link(mail, kind))
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
        assert '<meta name="robots" content="noindex">' in answer.text


def test_no_token_is_logged_and_no_address_with_a_choice(
    one: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    mail = first_mail(one)
    tokens = [link(mail, kind).split("/")[2] for kind in ("u", "manage", "useful")]
    with structlog.testing.capture_logs() as log:
        one.ask("POST", link(mail, "u"), data=ONE_CLICK)
        one.post(link(mail, "manage"), action="drop", channel="desk-mail", rule="opened")
        one.get("/manage/" + "A" * 22)
    # of the client and the mail server of the test; and what the daemon turned off (`quiet_server`)
    theirs = ("http", "mail", "uvicorn.access")
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith(theirs)]
    said = repr(log) + repr(ours)
    assert "chosen" in said
    assert not [secret for secret in (*tokens, ANN) if secret in said]
    assert not any(secret in one.get("/status").text for secret in (*tokens, ANN))


def test_a_token_goes_into_a_place_that_a_line_break_cuts() -> None:
    (place,) = {places(["what a mail says"])["manage"]}
    for at in range(1, len(place)):
        cut = f"https://news.test/manage/{place[:at]}=\r\n{place[at:]}</a>".encode()
        whole = filled(cut, {place: "T" * 22}).replace(b"=\r\n", b"")
        assert whole == b"https://news.test/manage/" + b"T" * 22 + b"</a>"


# -- the page -------------------------------------------------------------------------------------


def manage(scene: Scene) -> str:
    return link(first_mail(scene), "manage")


def test_the_page_says_what_comes_and_why(one: Scene) -> None:
    page = one.get(manage(one)).text
    for said in (ANN, "desk-mail", "weekly", "Everything about Tajikistan", "country: Tajikistan"):
        assert said in page
    assert "all in one mail, every Monday at 08:00" in page
    assert BEN not in page


def test_a_reader_stops_one_rule_and_takes_it_back(scene: Scene) -> None:
    path = manage(scene)
    for rule in ("opened", "tajikistan"):
        answer = scene.post(path, action="drop", channel="desk-mail", rule=rule)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?done=drop")
    scene.publish()
    assert {one["To"] for one in scene.deliver()} == {BEN}
    assert "You get nothing more by that rule." in scene.get(f"{path}?done=drop").text
    scene.post(path, action="take", channel="desk-mail", rule="opened")
    assert [one.rule for one in scene.store.choices()] == ["tajikistan"]


def test_a_reader_pauses_until_a_day_and_gets_then_what_waited(scene: Scene) -> None:
    path = manage(scene)
    scene.post(path, action="pause", channel="desk-mail", until="2025-02-10")
    scene.publish()
    assert {one["To"] for one in scene.deliver()} == {BEN}
    (held,) = [one for one in scene.deliveries() if one.state == "held"]
    assert held.held_until is not None
    assert held.held_until.isoformat() == "2025-02-09T23:00:00+00:00"  # midnight in Vienna
    assert "waits for the end of your pause" in scene.get(path).text
    assert {one["To"] for one in scene.deliver(5 * DAY)} == {ANN}


def test_a_reader_ends_a_pause(one: Scene) -> None:
    path = manage(one)
    one.post(path, action="pause", channel="desk-mail", until="2025-02-10")
    assert "10 February 2025" in one.get(path).text
    one.publish()
    one.deliver()
    one.post(path, action="resume", channel="desk-mail")
    assert {mail["To"] for mail in one.deliver()} == {ANN}


def test_a_reader_chooses_a_time_and_takes_it_back(scene: Scene) -> None:
    path = manage(scene)
    scene.post(path, action="digest", channel="weekly", at="06:30", weekday="")
    (waiting,) = scene.deliveries("weekly")
    assert waiting.due.isoformat() == "2025-02-06T05:30:00+00:00"
    assert "every day at 06:30 (Europe/Vienna), as you chose" in scene.get(path).text
    scene.post(path, action="usual", channel="weekly")
    (waiting,) = scene.deliveries("weekly")
    assert waiting.due.isoformat() == "2025-02-10T07:00:00+00:00"


@pytest.mark.parametrize(
    ("digest", "said"),
    [
        (None, "each release by itself, as it comes"),
        (Digest(time(7)), "all in one mail, every day at 07:00"),
        (Digest(time(7), 0), "all in one mail, every Monday at 07:00"),
        (Digest(cron="0 7 * * 1-5"), "all in one mail, when the crontab line “0 7 * * 1-5” says"),
    ],
)
def test_the_page_says_when_mails_come(digest: Digest | None, said: str) -> None:
    assert digest_words(digest, ENGLISH) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "tout en un seul message, chaque dimanche à 07:00"),
        ("ru", "всё одним письмом, каждое воскресенье в 07:00"),
        ("es", "todo en un solo mensaje, cada domingo a las 7:00"),
    ],
)
def test_the_page_says_it_in_the_language_of_the_reader(language: str, said: str) -> None:
    assert digest_words(Digest(time(7), 6), LANGUAGES[language]) == said


def test_a_reader_leaves_everything_and_comes_back(one: Scene) -> None:
    path = manage(one)
    one.post(path, action="stop")
    assert {choice.channel for choice in one.store.choices()} == {"desk-mail", "weekly"}
    assert one.get(path).text.count("You are unsubscribed") == 2
    one.post(path, action="start")
    assert one.store.choices() == []


def test_the_page_shows_what_was_sent_and_what_was_not(one: Scene) -> None:
    path = manage(one)
    one.post(path, action="drop", channel="desk-mail", rule="tajikistan")
    one.publish()
    one.deliver()
    page = one.get(path).text
    assert "not sent: you had unsubscribed from this rule on 5 February 2025" in page
    assert re.search(r'/releases/[0-9a-f]{16}">ODIHR opens election observation', page)
    assert ">sent<" in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"action": "pause", "until": "soon"}, "Choose a day"),
        ({"action": "pause", "until": "2025-02-05"}, "a day to come"),
        ({"action": "pause", "until": "2027-02-05"}, "within a year"),
        ({"action": "pause", "until": "9999-12-31"}, "within a year"),
        ({"action": "digest", "at": "25:00"}, "a time of day"),
        ({"action": "digest", "at": "07:00:01"}, "a time of day"),
        ({"action": "digest", "at": "07:00", "weekday": "9"}, "a time of day"),
        ({"action": "digest", "at": "07:00", "weekday": "x"}, "a time of day"),
    ],
)
def test_what_cannot_be_is_said_in_plain_words(one: Scene, form: dict, said: str) -> None:
    answer = one.post(manage(one), channel="desk-mail", **form)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert one.store.choices() == []


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "explode"},
        {"action": "drop", "channel": "desk-mail", "rule": "none"},
        {"action": "drop", "channel": "weekly", "rule": "tajikistan"},
        {"action": "pause", "channel": "other", "until": "2025-03-01"},
        {"action": "stop", "channel": "other"},
        {"action": "renew", "feed": "tajikistan"},
        {"action": "renew"},
    ],
)
def test_a_form_that_no_page_has_is_refused(one: Scene, form: dict) -> None:
    assert one.post(manage(one), **form).status_code == 400
    assert one.store.choices() == []


def test_who_is_not_on_a_channel_does_not_choose_for_it(one: Scene) -> None:
    path = link(first_mail(one, BEN), "manage")
    assert "weekly" not in one.get(path).text
    assert one.post(path, action="stop", channel="weekly").status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (ELSEWHERE, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.test"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Origin": "https://news.test"}, 303),
        ({"Origin": "null"}, 303),
        ({}, 303),
    ],
)
def test_a_form_that_another_site_sends_changes_nothing(
    one: Scene, headers: dict, status: int
) -> None:
    path = manage(one)
    answer = one.ask("POST", path, data={"action": "stop"}, headers=headers)
    assert answer.status_code == status
    assert bool(one.store.choices()) is (status == 303)


# -- votes ----------------------------------------------------------------------------------------


def test_a_reader_says_whether_it_was_useful_and_changes_his_mind(scene: Scene) -> None:
    path = link(first_mail(scene), "useful")
    assert "Was this useful?" in scene.get(f"{path}/no").text
    assert "Thank you" in scene.post(path, useful="no").text
    assert scene.store.usefulness()["desk", "tajikistan"] == (0, 1)
    assert "You said: <strong>useful" in scene.post(path, useful="yes").text
    scene.post(link(for_(scene.mailbox.mails, BEN), "useful"), useful="no")
    assert scene.store.usefulness()["desk", "tajikistan"] == (1, 1)


def test_votes_are_shown_beside_the_rules(one: Scene, command: Callable[..., Result]) -> None:
    path = link(first_mail(one), "useful")
    one.post(path, useful="yes")
    assert "1 of 1, 100 %" in command("rules", "list").out
    rows = command("--json", "rules", "list").json
    assert [(r["useful"], r["not_useful"], r["precision"]) for r in rows] == [(1, 0, 1.0)] * 2


@pytest.mark.parametrize("form", [{}, {"useful": "perhaps"}])
def test_a_vote_is_yes_or_no(one: Scene, form: dict) -> None:
    assert one.post(link(first_mail(one), "useful"), **form).status_code == 400


def test_nobody_votes_on_what_another_channel_was_sent_or_from_another_site(one: Scene) -> None:
    path = link(first_mail(one), "useful")
    (other,) = one.deliveries("weekly")
    assert one.post(f"{path.rpartition('/')[0]}/{other.id}", useful="no").status_code == 404
    assert one.post(f"{path.rpartition('/')[0]}/dlv_none", useful="no").status_code == 404
    assert one.get(f"{path}/perhaps").status_code == 404
    stranger = one.ask("POST", path, data={"useful": "no"}, headers=ELSEWHERE)
    assert stranger.status_code == 403
    assert one.store.usefulness() == {}


# -- private feeds and the calendar ---------------------------------------------------------------


def renewed(scene: Scene, path: str, **form: str) -> str:
    """The path of the new address, which the page shows."""
    page = scene.post(path, action="renew", **form).text
    found = re.search(r"<code>https://news\.test(/feeds/[\w-]{43}/[\w.]+)</code>", page)
    assert found, page
    return found[1]


def test_a_reader_makes_a_new_address_for_a_private_feed(scene: Scene) -> None:
    path = manage(scene)
    assert "It has no address yet." in scene.get(path).text
    first = renewed(scene, path, feed="opened")
    assert scene.get(first).status_code == 200
    second = renewed(scene, path, feed="opened")
    assert first not in scene.get(path).text
    scene.clock.now += 7 * DAY - HOUR
    assert {scene.get(one).status_code for one in (first, second)} == {200}
    scene.clock.now += HOUR
    assert [scene.get(one).status_code for one in (first, second)] == [404, 200]


def test_an_address_that_others_saw_ends_at_once(one: Scene) -> None:
    path = manage(one)
    first = renewed(one, path, feed="opened")
    renewed(one, path, feed="opened", at_once="yes")
    assert one.get(first).status_code == 404


def test_the_calendar_holds_what_concerns_the_rules_of_the_subscriber(scene: Scene) -> None:
    scene.publish()  # a mission to Tajikistan, and others that no rule asks for
    scene.deliver()
    calendar = renewed(scene, link(for_(scene.mailbox.mails, ANN), "manage"), feed="")
    assert calendar.endswith("/calendar.ics")
    answer = scene.get(calendar)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"].startswith("private")
    lines = answer.text.replace("\r\n ", "").split("\r\n")
    assert [one for one in lines if one.startswith("SUMMARY")] == [
        "SUMMARY:Parliamentary election: Tajikistan"
    ]
    assert "X-WR-CALNAME:Elections for The Central Asia desk" in lines
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert max(len(line.encode()) for line in answer.text.split("\r\n")) <= 75


def test_a_wrong_or_ended_calendar_is_a_404(one: Scene, command: Callable[..., Result]) -> None:
    made = command("feeds", "token", "desk").out.strip().removeprefix("https://news.test")
    assert one.get(made).status_code == 200
    assert one.get(made.replace("calendar.ics", "opened.atom")).status_code == 404
    command("feeds", "revoke", "desk")
    assert one.get(made).status_code == 404
    assert one.get(f"/feeds/{'A' * 43}/calendar.ics").status_code == 404


def test_a_rule_may_be_called_calendar(one: Scene, command: Callable[..., Result]) -> None:
    file = one.config / "subscribers" / "desk.yaml"
    file.write_text(file.read_text().replace("id: opened", "id: calendar"))
    one.newswatch.swap(one.newswatch.load())
    made = command("feeds", "token", "desk/calendar").out.strip().removeprefix("https://news.test")
    assert one.get(made.replace(".atom", ".ics")).status_code == 200


# -- what admins see ------------------------------------------------------------------------------


def test_admins_see_and_undo_what_readers_chose(one: Scene, command: Callable[..., Result]) -> None:
    assert command("choices", "list").code == 1
    path = manage(one)
    one.post(path, action="drop", channel="desk-mail", rule="opened")
    one.post(path, action="pause", channel="desk-mail", until="2025-02-10")
    one.post(path, action="digest", channel="weekly", at="07:00", weekday="4")
    rows = command("--json", "choices", "list").json
    assert [(r["channel"], r["address"], r["chose"], r["idle"]) for r in rows] == [
        ("desk/desk-mail", ANN, "paused until 2025-02-09 23:00 UTC", ""),
        ("desk/desk-mail", ANN, "unsubscribed from rule opened", ""),
        ("desk/weekly", ANN, "own digest: friday 07:00", ""),
    ]
    assert "in force" in command("choices", "list", "--subscriber", "desk").out
    assert command("choices", "list", "--subscriber", "other").code == 1
    assert command("choices", "undo", *[r["id"] for r in rows]).code == 0
    assert one.store.choices() == []
    assert command("choices", "undo", "cho_none").code == 1


def test_undoing_lets_go_what_a_pause_held(one: Scene, command: Callable[..., Result]) -> None:
    path = manage(one)
    one.post(path, action="pause", channel="desk-mail", until="2025-02-10")
    one.publish()
    one.deliver()
    (row,) = command("--json", "choices", "list").json
    command("choices", "undo", row["id"])
    assert {mail["To"] for mail in one.deliver()} == {ANN}


def test_a_choice_about_a_rule_that_is_gone_is_shown_as_that(
    one: Scene, command: Callable[..., Result]
) -> None:
    one.post(manage(one), action="drop", channel="desk-mail", rule="opened")
    file = one.config / "subscribers" / "desk.yaml"
    file.write_text(file.read_text().replace("id: opened", "id: other"))
    assert "the rule no longer sends there" in command("choices", "list").out


def test_why_names_what_readers_chose(one: Scene, command: Callable[..., Result]) -> None:
    path = manage(one)
    one.post(path, action="pause", channel="desk-mail", until="2025-02-10")
    one.publish()
    one.deliver()
    (held,) = [d for d in one.deliveries() if d.state == "held"]
    said = command("why", held.release_id, "desk").out
    assert f"(paused by the subscriber until 2025-02-09T23:00:00+00:00, by {ANN})" in said
    one.post(path, action="drop", channel="desk-mail", rule="tajikistan")
    one.deliver()
    (left,) = [d for d in one.deliveries() if d.release_id == held.release_id]
    said = command("why", left.release_id, "desk").out
    assert left.state in ("sent", "cancelled")
    assert f"unsubscribed from this rule on 2025-02-05 by {ANN}" in said
