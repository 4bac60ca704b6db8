"""Chat messages: each service's own form and limits, and what hostile releases become in it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_reading, make_release
from newswatch.config.resolve import wrong_room
from newswatch.courier import plugin_of
from newswatch.model import Channel, Release
from newswatch.render.chat import SERVICES, service_at
from newswatch.render.chat.apprise import OVER_TLS, SCHEMES, form_of
from newswatch.render.webhook import as_json
from test_render_message import rendered

URL = "https://newsroom.example/releases/1"
EVIL = (
    "@everyone @here <!channel> <@U1> <users/all> [x](https://evil.test) **b** _i_ `c` | & \u202e"
)
HOSTILE = make_release(title=EVIL, publisher=EVIL)
APPRISE = {
    "ntfy": "ntfys://ntfy.test/topic",
    "tgram": "tgram://123456789:abcdef/12315544",
    "zulip": "zulip://bot@org/" + "a1" * 16,
}


def room(service: str) -> Channel:
    url = APPRISE.get(service, "https://chat.test/")
    return Channel("chat", "chat", url=url, service="apprise" if service in APPRISE else service)


def body(service: str, *releases: Release) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(rendered(room(service), *releases).body)
    return found


EVERY = (*SERVICES, *APPRISE)


def texts(value: object) -> str:
    """All that is shown."""
    if isinstance(value, dict):
        shown = {key: one for key, one in value.items() if key not in ("plugin", "format")}
        return "\n".join(map(texts, shown.values()))
    if isinstance(value, list):
        return "\n".join(map(texts, value))
    return str(value)


@pytest.mark.parametrize("service", EVERY)
def test_every_service_is_told_what_where_and_why(service: str) -> None:
    shown = texts(body(service)).replace("\\", "")
    for words in (
        "Observers open mission to Moldova",
        URL,
        "presidential election of 4 May 2025",
        "Because of “Missions to",
    ):
        assert words in shown


@pytest.mark.parametrize("service", EVERY)
def test_a_hostile_title_calls_nobody_and_makes_no_link(service: str) -> None:
    shown = texts(body(service, HOSTILE))
    assert "@everyone" not in shown
    assert "@here" not in shown
    assert "\u202e" not in shown
    assert "<users/all>" not in texts(body("googlechat", HOSTILE))


@pytest.mark.parametrize("service", ["slack", "slack-compatible"])
def test_slacks_markup_is_escaped(service: str) -> None:
    text = body(service, HOSTILE)["text"]
    assert "<!channel>" not in text
    assert "<@" not in text
    assert "](" not in text


@pytest.mark.parametrize("service", ["discord", "teams", "zulip"])
def test_markdown_is_escaped(service: str) -> None:
    shown = texts(body(service, HOSTILE))
    assert "[x](" not in shown
    assert "**b**" not in shown
    assert r"\*\*b\*\*" in shown


def test_html_is_escaped_for_those_who_read_html() -> None:
    told = body("tgram", HOSTILE)
    assert told["format"] == "html"
    assert "&lt;!channel&gt;" in told["body"]
    assert "<!channel>" not in told["body"]


def test_slack_gets_rich_text_in_which_nothing_is_markup_and_a_text_beside_it() -> None:
    made = body("slack")
    (block,) = made["blocks"]
    first = block["elements"][0]["elements"]
    title = {"text": "Observers open mission to Moldova", "type": "link", "style": {"bold": True}}
    assert first[0] == {**title, "url": URL}
    assert {one["type"] for one in first} == {"link", "text"}
    assert all(one["text"] for one in first)
    assert made["text"].startswith(f"*<{URL}|Observers open")


def test_discord_gets_an_embed_for_each_release_and_calls_nobody() -> None:
    made = body("discord", make_release(), make_release(id="b2"))
    assert made["allowed_mentions"] == {"parse": []}
    assert [one["url"] for one in made["embeds"]] == [URL, URL]
    assert made["embeds"][0]["title"] == "Observers open mission to Moldova"


def test_teams_gets_an_adaptive_card() -> None:
    (attachment,) = body("teams")["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["type"] == "AdaptiveCard"
    assert {block["type"] for block in attachment["content"]["body"]} == {"TextBlock"}


def test_all_versions_of_a_release_are_one_thread_in_google_chat() -> None:
    first, later = (body("googlechat", make_release(version=v, title=f"v{v}")) for v in (1, 2))
    assert first["thread"] == later["thread"] == {"threadKey": "newswatch-00000000000000a1"}


def test_a_title_without_an_address_leads_to_the_site() -> None:
    for url in ("javascript:alert(1)", "https://x.test/" + "a" * 2_000):
        made = body("slack-compatible", make_release(url=url))
        assert made["text"].startswith("*<https://news.test/releases/00000000000000a1|")


def test_what_newswatch_says_of_itself_is_said_whole_and_without_a_rule() -> None:
    text = "The newsroom cannot be read, and that for a long time. " * 5 + "It is tried again."
    notice = make_release(source_id="newswatch", content_type="Notice", text=text)
    shown = texts(body("slack-compatible", notice))
    assert text in shown
    assert "Because of" not in shown


# -- limits ---------------------------------------------------------------------------------------


def length(service: str, made: dict[str, Any]) -> tuple[int, int]:
    """How long a message is as its service counts, and what it takes."""
    if service == "discord":
        shown = [one.get("title", "") + one.get("description", "") for one in made["embeds"]]
        assert len(shown) <= 10
        assert all(len(one.get("title", "")) <= 256 for one in made["embeds"])
        assert all(len(one.get("description", "")) <= 4_096 for one in made["embeds"])
        return sum(map(len, shown)), 6_000
    if service == "teams":
        return len(as_json(made)), 28_000
    if service in APPRISE:
        return len(made["body"]), SCHEMES[service].most + made["body"].count("<br>") * 3
    return len(made["text"]), 4_096 if service == "googlechat" else 16_000


@pytest.mark.parametrize("service", EVERY)
@pytest.mark.parametrize("count", [1, 5, 6, 50])
def test_a_message_is_never_longer_than_its_service_takes(service: str, count: int) -> None:
    title = "*Observers* of_many [bodies] " * 20
    many = [
        make_release(
            id=f"r{n}",
            title=title,
            url=f"https://x.test/{n}/" + "a" * 900,
            publisher="A body with a very long name indeed, " * 20,
            reading=make_reading(countries=("MD",) * 40),
        )
        for n in range(count)
    ]
    found, most = length(service, body(service, *many))
    assert found <= most


def test_what_is_left_out_is_counted_and_leads_to_the_site() -> None:
    many = [make_release(id=f"r{n}", title=f"Release {n} " + "x" * 120) for n in range(50)]
    text = body("googlechat", *many)["text"]
    shown = text.count("•")
    assert text.startswith("*50 releases*\n")
    assert text.endswith(f"\n<https://news.test|… and {50 - shown} more>")
    assert 0 < shown < 50


def test_reasons_are_cut_between_words_before_releases_are_left_out() -> None:
    long = make_release(publisher="name " * 300)
    made = body("ntfy", *[long] * 4)["body"]
    assert "Because of" not in made
    assert made.count(URL) == 1 or made.count("… and") == 1


@given(st.text(max_size=300))
def test_whatever_a_title_holds_a_message_is_made_of_it(title: str) -> None:
    for service in EVERY:
        assert "@everyone" not in texts(body(service, make_release(title=title)))


# -- which service ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("https://hooks.slack.com/services/T/B/x", "slack"),
        ("https://discord.com/api/webhooks/1/x", "discord"),
        ("https://ptb.discord.com/api/webhooks/1/x", "discord"),
        ("https://discord.com/api/webhooks/1/x/slack", "slack-compatible"),
        ("https://prod-1.westus.logic.azure.com:443/workflows/x/triggers/manual/y", "teams"),
        ("https://a.b.environment.api.powerplatform.com/powerautomate/x", "teams"),
        ("https://example.webhook.office.com/webhookb2/x", "teams"),
        ("https://chat.googleapis.com/v1/spaces/x/messages?key=y&token=z", "googlechat"),
        ("https://chat.example.org/hooks/x", "slack-compatible"),
        ("https://evil-discord.com/api/webhooks/1/x", "slack-compatible"),
        ("tgram://123:abc/4", "apprise"),
        ("", "apprise"),
    ],
)
def test_a_service_is_known_by_its_address(url: str, service: str) -> None:
    assert service_at(url) == service


@pytest.mark.parametrize("url", ["tgram://1:a/2", "matrixs://t@m.test/!a:b", "NTFYS://ntfy.sh/x"])
def test_a_service_for_people_may_be_reached_through_apprise(url: str) -> None:
    assert wrong_room(url, "apprise") == ""


NOT_FOR_PEOPLE = (
    *("json://x.test", "jsons://x.test", "xml://x.test", "form://x.test", "file:///etc/passwd"),
    *("syslog://", "dbus://", "gnome://", "glib://", "macosx://", "windows://", "mailtos://u:p@x"),
    *("apprise://x.test/key", "apprises://x.test/key", "exec://ls", "mqtt://x.test", "smpp://x"),
    *(
        "ses://a/b/c",
        "sendgrid://x",
        "twitters://x",
        "linez://x",
        "",
        "not an address",
        "zulips://x",
    ),
)


@pytest.mark.parametrize("url", NOT_FOR_PEOPLE)
def test_nothing_else_may(url: str) -> None:
    assert wrong_room(url, "apprise").startswith("a web address, or one of Apprise's")


@pytest.mark.parametrize(
    "query", ["template=/etc/passwd", "verify=no", "Redirect=yes", "x=1&attach=http://10.0.0.1/"]
)
def test_an_address_may_not_ask_for_files_or_for_less_care(query: str) -> None:
    assert "an address without" in wrong_room(f"ntfy://ntfy.test/topic?{query}", "apprise")


def test_what_is_wrong_with_an_address_is_told_without_it() -> None:
    assert "hunter2" not in wrong_room("jsons://user:hunter2@x.test", "apprise")
    assert "hunter2" not in wrong_room("hunter2", "slack")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_is_one_of_apprises_class_for_it(scheme: str) -> None:
    form = SCHEMES[scheme]
    plugin = plugin_of(form.plugin)
    names = [plugin.protocol or (), plugin.secure_protocol or ()]
    theirs = {one for name in names for one in ([name] if isinstance(name, str) else name)}
    assert scheme in theirs
    assert (f"{scheme}s" in theirs) == (scheme in OVER_TLS)
    most = plugin.body_maxlen
    assert not isinstance(most, int) or form.most <= most
    assert form_of(f"{scheme}://x") is form
