"""The commands, as people use them: what they print, and their exit codes."""

import io
import json
import re
import sys
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from installation import SECRET, install
from newsroom import Item, as_rss
from newswatch.cli.outbox import instant
from newswatch.errors import UsageError
from servers import Answer, Web, web_server
from shell import Shell

ROOT = Path(__file__).parent.parent
RECORDS = [
    json.loads(line)
    for line in (ROOT / "tests/data/newsroom/releases.jsonl").read_text().splitlines()
]
ITEMS = [Item.of(record) for record in RECORDS]


@pytest.fixture
def newsroom() -> Iterator[Web]:
    with web_server() as running:
        running.answer(Answer(body=as_rss(ITEMS, "http://newsroom.test")))
        yield running


@pytest.fixture
def hook() -> Iterator[Web]:
    with web_server() as running:
        running.answer(Answer(200))
        yield running


@pytest.fixture
def shell(
    tmp_path: Path,
    newsroom: Web,
    hook: Web,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(install(tmp_path, newsroom=newsroom.url, hook=hook.url), monkeypatch, capsys)


def release(shell: Shell, words: str) -> str:
    """The id of a release."""
    return str(shell("--json", "releases", "search", words).json[0]["id"])


# -- check, schema --------------------------------------------------------------------------------


def test_check_says_that_all_is_well(shell: Shell) -> None:
    result = shell("check")
    assert (result.code, result.out) == (
        0,
        f"{shell.config}: 1 sources, 1 subscribers, 2 rules, no problems\n",
    )


def test_check_tells_every_problem_with_its_place(shell: Shell) -> None:
    (shell.config / "sources.yaml").write_text("sources: [{id: a, id: b}]\n")
    (shell.config / "groups.yaml").write_text("countries: {x: [Ruritania]}\n")
    result = shell("check")
    assert result.code == 2
    assert result.out.splitlines() == [
        f"{shell.config}/groups.yaml:1:17: unknown country or group 'Ruritania'; did you mean 'Mauritania'?",
        f"{shell.config}/sources.yaml:1:19: the key 'id' stands here twice",
    ]
    assert result.err == "2 problems; nothing was changed\n"


def test_check_gives_problems_as_json(shell: Shell) -> None:
    (shell.config / "groups.yaml").write_text("contries: {}\n")
    result = shell("--json", "check")
    assert (result.code, [p["line"] for p in result.json]) == (2, [1])


def test_a_configuration_that_is_not_there_is_told(shell: Shell, tmp_path: Path) -> None:
    shell.config = tmp_path / "nowhere"
    result = shell("run", "--once")
    assert (result.code, "--config DIR" in result.err) == (2, True)


@pytest.mark.parametrize("kind", ["sources", "subscriber", "service", "groups"])
def test_schema_prints_a_schema(shell: Shell, kind: str) -> None:
    assert shell("schema", kind).json["$schema"].endswith("2020-12/schema")


# -- poll, run, status ----------------------------------------------------------------------------


def test_a_dry_run_shows_matches_and_why_and_writes_nothing(shell: Shell, hook: Web) -> None:
    result = shell("poll", "--dry-run")
    assert result.code == 0
    assert "newsroom: 7 entries, 7 new or revised\n" in result.out
    assert (
        "      → desk/missions: event mission.opened (“opens election observation mission”)\n"
        in result.out
    )
    assert shell("releases", "list").code == 1
    assert hook.requests == []


def test_a_pass_polls_and_delivers(shell: Shell, hook: Web) -> None:
    assert shell("run", "--once").code == 0
    assert len(hook.requests) == 2


def test_polling_an_unknown_source_names_those_there_are(shell: Shell) -> None:
    result = shell("poll", "nonsense")
    assert (result.code, result.err) == (
        1,
        "newswatch: no source is called 'nonsense'; there are: newsroom\n",
    )


def test_a_poll_of_which_nothing_came_exits_with_1(shell: Shell, newsroom: Web) -> None:
    newsroom.answer(Answer(500))
    result = shell("poll", "--dry-run")
    assert (result.code, result.out) == (1, "newsroom: http: answered 500 Internal Server Error\n")


def test_status_is_healthy_after_a_good_poll(shell: Shell) -> None:
    shell("poll")
    result = shell("status")
    assert result.code == 0
    assert result.out.splitlines()[0].split() == [
        "source",
        "state",
        "last",
        "success",
        "next",
        "poll",
        "reason",
    ]


def test_status_is_not_healthy_when_a_source_fails(shell: Shell, newsroom: Web) -> None:
    newsroom.answer(Answer(404))
    shell("poll")
    result = shell("status")
    assert (result.code, "answered 404 Not Found" in result.out) == (1, True)


def test_migrate_may_be_run_again(shell: Shell) -> None:
    assert [shell("migrate").code, shell("migrate").code] == [0, 0]


# -- sources, releases ----------------------------------------------------------------------------


def test_preview_shows_what_an_address_gives(shell: Shell, newsroom: Web) -> None:
    result = shell("sources", "preview", newsroom.url)
    assert result.code == 0
    assert f"2025-01-22  {ITEMS[2].title}" in result.out


def test_sources_are_listed_with_what_their_hosts_saw(shell: Shell, newsroom: Web) -> None:
    assert "What each host saw" not in shell("sources", "list").out
    shell("poll")
    shell("poll", "newsroom")
    (source,) = shell("--json", "sources", "list").json
    assert (source["source"]["id"], source["state"]["failures"]) == ("newsroom", 0)
    host = newsroom.url.removeprefix("http://")
    assert source["host"] == {
        "host": host,
        "requests_a_day": 2.0,
        "polls": 2,
        "conditional": 0,
        "not_modified": 0,
        "refused": 0,
    }
    lines = shell("sources", "list").out.splitlines()
    assert lines[1].split()[:2] == ["newsroom", "feed"]
    assert lines[-1].split() == [host, "2.0", "0", "%", "0", "%", "0", "%"]


def test_a_rested_source_is_never_polled(shell: Shell) -> None:
    sources = shell.config / "sources.yaml"
    sources.write_text(sources.read_text().replace("language: en", "language: en, enabled: false"))
    assert shell("sources", "list").out.splitlines()[1].split()[-2] == "never"


@pytest.mark.parametrize(
    "command", [("sources", "list"), ("status",), ("poll", "--dry-run"), ("sources", "preview")]
)
def test_what_has_validators_and_pages_is_data_for_programs(
    shell: Shell, newsroom: Web, command: tuple[str, ...]
) -> None:
    newsroom.answer(Answer(body=as_rss(ITEMS, newsroom.url), headers={"ETag": b'W/"caf\xe9"'}))
    shell("poll")
    more = (newsroom.url,) if command[-1] == "preview" else ()
    assert 'W/\\"café\\"' in shell("--json", *command, *more).out


def test_releases_are_listed_searched_and_shown(shell: Shell) -> None:
    shell("poll")
    assert len(shell("--json", "releases", "list").json) == 7
    assert len(shell("--json", "releases", "list", "--limit", "2").json) == 2
    opened = release(shell, "opens Tajikistan")
    shown = shell("releases", "show", opened).out
    assert re.search(r"^event +mission.opened$", shown, re.MULTILINE)
    assert "“opens election observation mission” (title 6–40)" in shown


def test_what_is_not_there_is_told_with_the_next_step(shell: Shell) -> None:
    result = shell("releases", "show", "nothing")
    assert (result.code, "`newswatch releases list` names them" in result.err) == (1, True)
    assert shell("releases", "search", "Ruritania").code == 1
    assert shell("deliveries", "show", "nothing").code == 1
    assert shell("deliveries", "retry", "nothing").code == 1


# -- enrich, why, deliveries ----------------------------------------------------------------------


def test_enrich_reads_a_file(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text((ROOT / "tests/data/newsroom/releases.jsonl").read_text())
    found = [json.loads(line) for line in shell("enrich", str(path)).out.splitlines()]
    assert [one["event"] for one in found] == [record["reading"]["event"] for record in RECORDS]
    assert set(found[2]) == {
        "id",
        "countries",
        "mentioned",
        "event",
        "mission",
        "elections",
        "evidence",
    }
    assert found[2]["countries"] == [{"code": "TJ", "role": "subject"}]
    assert found[2]["elections"] == [
        {"kind": "parliamentary", "date": "2025-03-02", "resolved": None}
    ]


def test_enrich_tells_a_written_date_from_one_that_it_resolved(
    shell: Shell, tmp_path: Path
) -> None:
    title = "EU observers give first findings on yesterday's presidential election"
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps({"id": "a", "title": title, "published": "2025-02-05"}))
    (election,) = json.loads(shell("enrich", str(path)).out)["elections"]
    assert election == {"kind": "presidential", "date": None, "resolved": "2025-02-04"}


def test_enrich_reads_standard_input_and_names_bad_lines(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = '{"id": "a", "title": "ODIHR opens mission"}\nnonsense\n\n{"id": 1, "title": 5}\n[1]\n'
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    result = shell("enrich")
    assert (result.code, len(result.out.splitlines())) == (1, 1)
    assert [line.split(": ")[0] for line in result.err.splitlines()] == [
        "stdin:2:1",
        "stdin:4:1",
        "stdin:5:1",
    ]


def test_why_says_what_matched_what_stopped_and_what_became_of_it(shell: Shell) -> None:
    shell("run", "--once")
    desk = shell.config / "subscribers/desk.yaml"
    shown = shell("why", release(shell, "assurance accreditation"), "desk").out
    assert f"tajikistan ({desk}:8): matches\n  yes  country TJ: TJ “Tajikistan” (" in shown
    assert (
        f"missions ({desk}:13): does not match\n"
        "  no   event mission.opened: it is mission.cancelled" in shown
    )
    assert "on hook: sent" in shown
    assert "200 OK" in shown


def test_why_of_nobody_is_told(shell: Shell) -> None:
    shell("poll")
    result = shell("why", release(shell, "opens"), "nobody")
    assert (result.code, "there are: desk" in result.err) == (1, True)


def test_deliveries_are_listed_shown_and_retried(shell: Shell, hook: Web) -> None:
    hook.answer(Answer(410))
    shell("run", "--once")
    dead = shell("--json", "deliveries", "list", "--state", "dead").json
    assert dead
    shown = shell("deliveries", "show", dead[0]["id"]).out
    assert "410 Gone" in shown
    hook.answer(Answer(200))
    result = shell("deliveries", "retry", dead[0]["id"])
    assert (
        result.code,
        shell("--json", "deliveries", "show", dead[0]["id"]).json["delivery"]["state"],
    ) == (
        0,
        "queued",
    )


# -- feeds ----------------------------------------------------------------------------------------


def test_feeds_are_listed_and_a_private_one_gets_its_address_once(shell: Shell) -> None:
    listed = shell("feeds", "list").out
    assert "desk/tajikistan  public      http://news.test/feeds/desk/tajikistan.atom" in listed
    first, second = (shell("feeds", "token", "desk/missions").out for _ in range(2))
    assert first.startswith("http://news.test/feeds/")
    assert first.endswith("/missions.atom\n")
    assert first != second
    assert shell("feeds", "token", "desk/tajikistan").code == 1


def test_a_private_feed_has_its_address_changed_and_taken_away(shell: Shell) -> None:
    shell("feeds", "token", "desk/missions")
    assert shell("feeds", "token", "desk/missions", "--grace", "7d").code == 0
    assert shell("feeds", "token", "desk/missions", "--grace", "soon").code == 2
    assert shell("feeds", "revoke", "desk/missions").err.startswith("2 of its addresses worked")
    assert shell("feeds", "revoke", "desk/tajikistan").code == 1


def test_a_release_is_withdrawn_once(shell: Shell) -> None:
    shell("poll")
    release = json.loads(shell("--json", "releases", "list").out)[0]["id"]
    withdraw = ("releases", "withdraw", release, "--reason", "published in error")
    assert [shell(*withdraw).code for _ in range(2)] == [0, 1]
    assert release not in shell("releases", "list").out
    assert shell("releases", "withdraw", "nothing", "--reason", "x").code == 1


# -- what every command keeps to ------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [("nonsense",), ("run", "--nonsense"), ("schema", "x"), ()])
def test_a_wrong_command_line_exits_with_2(shell: Shell, arguments: tuple[str, ...]) -> None:
    assert shell(*arguments).code in (0, 2) if not arguments else shell(*arguments).code == 2


def test_a_database_that_cannot_be_opened_is_a_temporary_failure(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "newswatch.db").mkdir()
    result = shell("status")
    assert (result.code, result.err.startswith("newswatch: ")) == (75, True)
    assert "Traceback" not in result.err


# -- discover, import, export ---------------------------------------------------------------------


SITE = b"""<!DOCTYPE html><html><head><title>Site</title>
<link rel="alternate" type="application/rss+xml" href="/news.rss"></head><body><main>
<div class="item"><h3><a href="/1">The first headline of the site</a></h3><i>5 February 2025</i></div>
<div class="item"><h3><a href="/2">The second headline of the site</a></h3><i>4 February 2025</i></div>
<div class="item"><h3><a href="/3">The third headline of the site</a></h3><i>3 February 2025</i></div>
</main></body></html>"""
HUB = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Site</title>
<link rel="hub" href="https://hub.test/"/><entry><title>One</title></entry></feed>"""


@pytest.fixture
def site(newsroom: Web) -> Web:
    """A site with a page of news, a feed that it names, and none at the usual places."""
    answers = {
        "/": Answer(body=SITE, headers={"Content-Type": "text/html"}),
        "/news.rss": Answer(body=HUB, headers={"Content-Type": "application/atom+xml"}),
    }
    newsroom.handle = lambda request: answers.get(request.path, Answer(404))
    return newsroom


def test_discover_finds_feeds_hubs_and_the_page_itself(shell: Shell, site: Web) -> None:
    result = shell("sources", "discover", f"{site.url}/")
    assert result.code == 0
    rows = [line.split() for line in result.out.splitlines()[1:3]]
    assert rows == [
        ["feed", "1", "https://hub.test/", f"{site.url}/news.rss"],
        ["listing", "3", f"{site.url}/"],
    ]
    assert f"url: {site.url}/news.rss" in result.out


def test_discover_adds_what_it_found(shell: Shell, site: Web) -> None:
    assert shell("sources", "discover", f"{site.url}/", "--write").code == 0
    added = shell("--json", "sources", "list").json[-1]["source"]
    assert (added["id"], added["url"]) == ("127-0-0-1", f"{site.url}/news.rss")
    again = shell("sources", "discover", f"{site.url}/", "--write")
    assert (again.code, "is there already" in again.err) == (1, True)


def test_discover_says_that_there_is_nothing(shell: Shell, newsroom: Web) -> None:
    newsroom.answer(Answer(body=b"<html><p>Nothing</p></html>"))
    result = shell("sources", "discover", newsroom.url)
    assert (result.code, "offers no feed" in result.err) == (1, True)
    newsroom.answer(Answer(500))
    assert "answered 500" in shell("sources", "discover", newsroom.url).err


def test_preview_says_which_selector_gave_each_field(shell: Shell, site: Web) -> None:
    shown = shell("sources", "preview", f"{site.url}/").out
    assert "2025-02-05  The first headline of the site" in shown
    assert re.search(r"^item +div.item$", shown, re.MULTILINE)
    assert re.search(r"^published +div.item > i$", shown, re.MULTILINE)


def test_opml_goes_out_and_comes_in(shell: Shell, tmp_path: Path) -> None:
    exported = shell("sources", "export").out
    other = exported.replace(
        "</body>", '<outline text="Ünion News" xmlUrl="https://u.test/rss"/></body>'
    )
    path = tmp_path / "feeds.opml"
    path.write_text(other)
    assert shell("sources", "import", str(path)).code == 0
    names = [row["source"]["id"] for row in shell("--json", "sources", "list").json]
    assert names == ["newsroom", "union-news"]
    assert shell("sources", "import", str(path)).err == "nothing new in it\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no xml",
        b"<html/>",
        b"<opml><body><outline xmlUrl='file:///etc/passwd'/></body></opml>",
    ],
)
def test_what_is_no_opml_adds_nothing(shell: Shell, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "feeds.opml"
    path.write_bytes(content)
    assert shell("sources", "import", str(path)).code in (0, 1)
    assert not (shell.config / "sources").exists()


# -- when alerts come -------------------------------------------------------------------------------

WHO = ("--author", "Ann", "--reason", "we are there")


def edited(shell: Shell, old: str, new: str) -> None:
    desk = shell.config / "subscribers/desk.yaml"
    text = desk.read_text()
    assert old in text
    desk.write_text(text.replace(old, new, 1))


def silenced(shell: Shell, *what: str) -> str:
    made = shell("silence", "add", "--for", "2h", *what, *WHO)
    assert made.code == 0, made.err
    return made.out.strip()


def test_a_silence_hides_lists_and_lets_go(shell: Shell, hook: Web) -> None:
    name = silenced(shell, "--country", "Tajikistan", "--rule", "desk/tajikistan")
    listed = shell("silence", "list").out
    assert f"{name}  rule desk/tajikistan, country TJ  in 1 h" in listed
    shell("run", "--once")
    sent = len(hook.requests)
    shown = shell("silence", "show", name).out
    assert "because: we are there" in shown
    assert "  held   desk/mail  " in shown
    assert shell("run", "--once").code == 0
    assert len(hook.requests) == sent
    ended = shell("silence", "expire", name, "--send")
    assert ended.err.startswith("ended\n")
    assert shell("silence", "list").code == 1
    assert shell("silence", "list", "--all").code == 0
    assert shell("silence", "expire", name).err == "it had ended already\n"
    shell("run", "--once")
    assert len(hook.requests) > sent


def test_a_silence_and_what_it_hid_are_given_as_json(shell: Shell) -> None:
    shell("--json", "silence", "add", "--for", "2h", "--subscriber", "desk", *WHO)
    (made,) = shell("--json", "silence", "list").json
    shell("run", "--once")
    shown = shell("--json", "silence", "show", made["id"]).json
    assert shown["silence"]["subscribers"] == ["desk"]
    assert {one["state"] for one in shown["hidden"]} == {"held"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--for", "2h"), "name what to mute"),
        (("--country", "GE"), "say how long"),
        (("--for", "2h", "--until", "2099-01-01", "--country", "GE"), "say how long"),
        (("--for", "two hours", "--country", "GE"), "is not a duration"),
        (("--until", "tomorrow", "--country", "GE"), "write it like 2026-01-31T08:00"),
        (("--until", "2020-01-01", "--country", "GE"), "would have ended already"),
        (("--for", "2h", "--country", "Georgja"), "did you mean Georgia"),
        (("--for", "2h", "--subscriber", "dsk"), "did you mean desk?"),
        (("--for", "2h", "--rule", "missions"), "did you mean desk/missions?"),
        (("--for", "2h", "--source", "newsrom"), "did you mean newsroom?"),
        (("--for", "2h", "--event", "mission.canceled"), "did you mean mission.cancelled"),
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(
    shell: Shell, arguments: tuple[str, ...], said: str
) -> None:
    result = shell("silence", "add", *arguments, *WHO)
    assert (result.code, said in result.err) == (2, True), result.err
    assert shell("silence", "list", "--all").code == 1


def test_a_silence_that_is_not_there_is_told(shell: Shell) -> None:
    for command in ("show", "expire"):
        result = shell("silence", command, "sil_x")
        assert (result.code, "no silence is called 'sil_x'" in result.err) == (1, True)


def test_why_names_every_stage_that_held_an_alert(shell: Shell) -> None:
    edited(shell, "to: [desk@news.test]}", "to: [desk@news.test], digest: {daily: '07:00'}}")
    name = silenced(shell, "--subscriber", "desk", "--event", "mission.opened")
    shell("run", "--once")
    shown = shell("why", release(shell, "opens"), "desk").out
    assert "on mail: held\n  waits for the digest of " in shown
    assert f"  waits for a person (silence {name} by Ann: we are there; " in shown


def test_why_names_shadow_rules_and_rollouts(shell: Shell) -> None:
    edited(shell, "title: Missions opened", "title: Missions opened\n    shadow: true")
    edited(shell, "send: [mail, hook]", "send: [mail, hook]\n    rollout: {first: [hook]}")
    shell("run", "--once")
    opens = release(shell, "opens election")
    shown = shell("why", opens, "desk").out
    assert "rule missions was a shadow: matched and recorded, nothing is sent for it" in shown
    assert "rule tajikistan on mail: rollout, it goes to hook first" in shown
    assert "on hook: sent" in shown
    met = shell("releases", "show", opens).out
    assert re.search(r"met by +desk/missions \(shadow\)\n", met)
    assert re.search(r"met by +desk/tajikistan\n", met)


def test_an_old_alert_is_explained_by_the_rule_as_it_was(shell: Shell) -> None:
    shell("run", "--once")
    edited(shell, "when: {country: [TJ]}", "when: {country: [GE]}")
    opens = release(shell, "opens election")
    shell("poll")
    shown = shell("why", opens, "desk").out
    assert "tajikistan" in shown
    assert "does not match" in shown
    assert re.search(r"\nrule tajikistan as it was, loaded \S+ to \S+ \(\w{16}\):\n", shown)
    assert "  when:\n    country: [TJ]\n" in shown.partition("as it was")[2]
    first = next(
        one for one in shell("--json", "deliveries", "list").json if one["channel"] == "mail"
    )
    assert "    country: [TJ]\n" in shell("deliveries", "show", first["id"]).out
    given = shell("--json", "why", opens, "desk").json
    assert [one["rule"] for one in given["rules_as_they_were"]] == ["tajikistan"]


# -- channels, replay, export ---------------------------------------------------------------------


def test_a_channel_is_tried_with_a_message_that_says_so(shell: Shell, hook: Web) -> None:
    result = shell("channels", "test", "desk/hook")
    assert (result.code, result.out) == (0, "desk/hook: taken: 200 OK\n")
    (request,) = hook.requests
    payload = Webhook(SECRET).verify(request.body, request.headers)
    assert payload["type"] == "newswatch.drill"
    assert shell("--json", "deliveries", "list").json == []
    hook.answer(Answer(403))
    result = shell("channels", "test", "desk/hook")
    assert (result.code, result.out) == (1, "desk/hook: not taken: 403 Forbidden\n")


def test_channels_are_named_where_one_is_not_found(shell: Shell) -> None:
    assert "there are: desk/mail, desk/hook" in shell("channels", "test", "desk/fax").err
    assert shell("channels", "test", "desk").code == 2
    assert shell("channels", "resume", "nobody/hook").code == 1


def test_a_channel_that_is_gone_is_listed_and_resumed(shell: Shell, hook: Web) -> None:
    hook.answer(Answer(410))
    shell("run", "--once")
    listed = shell("channels", "list")
    assert listed.code == 1
    assert "gone" in listed.out
    assert "410 Gone" in listed.out
    rows = {row["channel"]: row for row in shell("--json", "channels", "list").json}
    assert (rows["desk/hook"]["state"], rows["desk/hook"]["failures"] > 0) == ("gone", True)
    assert "desk/hook" in shell("status").out
    hook.answer(Answer(200))
    assert shell("channels", "resume", "desk/hook").code == 0
    assert shell("channels", "resume", "desk/hook").code == 1
    shell("run", "--once")
    sent = shell("--json", "deliveries", "list", "--state", "sent").json
    assert {one["channel"] for one in sent} == {"hook"}
    assert shell("--json", "deliveries", "list", "--state", "dead").json == []


def test_a_stopped_channel_is_sent_nothing(shell: Shell, hook: Web) -> None:
    shell("poll")
    assert shell("channels", "stop", "desk/hook", "--reason", "moving").code == 0
    shell("run", "--once")
    assert hook.requests == []
    assert "moving" in shell("channels", "list").out


def test_dead_letters_are_exported_with_their_attempts(shell: Shell, hook: Web) -> None:
    hook.answer(Answer(410))
    shell("run", "--once")
    lines = [json.loads(line) for line in shell("deliveries", "export").out.splitlines()]
    assert lines
    for line in lines:
        assert line["delivery"]["state"] == "dead"
        assert line["release"]["title"]
        assert [attempt["answer"] for attempt in line["attempts"]] == ["410 Gone"]


def test_what_was_owed_is_replayed_with_the_same_ids(shell: Shell, hook: Web) -> None:
    shell("run", "--once")
    first = [request.headers["webhook-id"] for request in hook.requests]
    today = datetime.now(UTC).date().isoformat()
    result = shell("deliveries", "replay", "desk", "--channel", "hook", "--since", today)
    assert (result.code, result.err.count("queued again")) == (0, len(first))
    shell("run", "--once")
    again = [request.headers["webhook-id"] for request in hook.requests][len(first) :]
    assert sorted(first) == sorted(again)
    early = ("--since", "2020-01-01", "--until", "2020-01-02")
    assert shell("deliveries", "replay", "desk", *early).code == 1
    assert shell("deliveries", "replay", "desk", "--since", "yesterday").code == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-02-05", datetime(2025, 2, 5, tzinfo=UTC)),
        ("2025-02-05T09:30", datetime(2025, 2, 5, 9, 30, tzinfo=UTC)),
        ("2025-02-05T09:30Z", datetime(2025, 2, 5, 9, 30, tzinfo=UTC)),
        ("2025-02-05T09:30+01:00", datetime(2025, 2, 5, 8, 30, tzinfo=UTC)),
    ],
)
def test_an_instant_is_a_day_or_more_precise(text: str, expected: datetime) -> None:
    assert instant(text) == expected


def test_the_day_until_which_something_is_asked_for_counts_whole() -> None:
    assert instant("2025-02-05", timedelta(days=1)) == datetime(2025, 2, 6, tzinfo=UTC)
    for text in ("", "5.2.2025", "2025-13-01", "2025-02-05 x"):
        with pytest.raises(UsageError):
            instant(text)


def test_keys_are_of_the_kinds_that_webhooks_take(shell: Shell) -> None:
    key = shell("channels", "key").out.strip()
    assert len(b64decode(key.removeprefix("whsec_"))) == 32
    private, public = (
        line.split()[0] for line in shell("channels", "key", "--asymmetric").out.splitlines()
    )
    assert (private[:5], len(b64decode(private[5:]))) == ("whsk_", 32)
    assert (public[:5], len(b64decode(public[5:]))) == ("whpk_", 32)
