"""The site for people, the health checks and the headers of every answer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree, html

from factories import NOW, make_release, make_source, make_state
from newswatch.errors import StoreError
from newswatch.render.words import ENGLISH
from newswatch.web.pages import time_mark
from webdoors import BASE_URL, BROWSER, Doors, ask, make_rule, make_subscribers

PAGES = ("/", "/releases/00000000000000a1", "/status", "/feeds/desk/moldova.atom")


# -- pages ----------------------------------------------------------------------------------------


def test_the_front_page_shows_the_latest_releases_and_the_public_feeds() -> None:
    page = ask(Doors().app(), "/").text
    assert "Observers open mission to Moldova" in page
    assert 'href="/feeds/desk/georgia.atom"' in page
    assert "Secret plans" not in page


def test_a_reader_finds_the_feeds_from_the_front_page() -> None:
    tree = html.fromstring(ask(Doors().app(), "/").content)
    found = tree.xpath("//link[@rel='alternate'][@type='application/atom+xml']/@href")
    assert found == ["/feeds/desk/moldova.atom", "/feeds/desk/georgia.atom", "/feeds/search.atom"]


@pytest.mark.parametrize("path", ["/status", "/releases/00000000000000a1", "/nothing"])
def test_every_page_leads_a_reader_to_a_feed(path: str) -> None:
    tree = html.fromstring(ask(Doors().app(), path).content)
    found = tree.xpath("//link[@rel='alternate'][@type='application/atom+xml']/@href")
    assert "/feeds/search.atom" in found


def test_the_page_of_a_release_leads_to_the_feeds_that_it_is_in() -> None:
    tree = html.fromstring(ask(Doors().app(), "/releases/00000000000000a1").content)
    found = tree.xpath("//link[@rel='alternate'][@type='application/atom+xml']/@href")
    assert found[:2] == ["/feeds/country/MD.atom", "/feeds/event/mission.opened.atom"]


def test_the_page_of_a_withdrawn_release_says_so() -> None:
    doors = Doors(releases=[make_release(withdrawn="Published in <error>")])
    page = ask(doors.app(), "/releases/00000000000000a1").text
    assert "Withdrawn by its publisher" in page
    assert "Published in &lt;error&gt;" in page


def test_the_front_page_of_a_new_installation_says_so() -> None:
    page = ask(Doors(releases=[], subscribers=[]).app(), "/").text
    assert "No release has been read yet" in page
    assert "There is no public feed" in page


def test_a_release_page_shows_what_was_understood_and_from_which_words() -> None:
    page = ask(Doors().app(), "/releases/00000000000000a1").text
    for words in ("Mission opened", "Moldova (MD)", "Romania (RO)", "4 May 2025", "“Moldova”"):
        assert words in page


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,hello"])
def test_a_release_is_linked_only_on_the_web(url: str) -> None:
    page = ask(Doors(releases=[make_release(url=url)]).app(), "/releases/00000000000000a1").text
    assert "Read it at" not in page
    assert url not in page


@pytest.mark.parametrize("release_id", ["00000000000000ff", "x", "..%2f..%2fetc"])
def test_a_release_that_is_not_held_is_not_found(release_id: str) -> None:
    response = ask(Doors().app(), f"/releases/{release_id}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_the_status_page_says_in_words_how_the_sources_are() -> None:
    sources = (make_source(), make_source(id="other", name="Other"), make_source(id="new"))
    states = {
        "newsroom": make_state(),
        "other": make_state(source_id="other", state="unreachable", failures=2),
    }
    page = ask(Doors(sources=sources, states=states).app(), "/status").text
    for words in ("1 of 3 sources", "cannot be reached", "not polled yet", "never", "given up"):
        assert words in page


def test_the_status_page_keeps_reasons_and_addresses_to_itself() -> None:
    source = make_source(url="https://newsroom.example/feed?key=hidden")
    state = make_state(state="http", failures=1, reason="403 for key=hidden")
    page = ask(Doors(sources=[source], states={"newsroom": state}).app(), "/status").text
    assert "answers with an error" in page
    assert "key=hidden" not in page


def test_the_status_page_counts_channels_and_does_not_name_them() -> None:
    page = ask(Doors().app(), "/status").text
    assert "<dt>paused</dt><dd>1</dd>" in page
    assert "desk" not in page


def test_the_schema_of_webhooks_is_served() -> None:
    answer = ask(Doors().app(), "/schemas/webhook-1.json")
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json()["$id"] == "urn:newswatch:schema:webhook-1"


def test_every_state_of_a_delivery_has_its_words() -> None:
    counts = dict.fromkeys(ENGLISH.deliveries, 1)
    page = ask(Doors(counts=counts).app(), "/status").text
    assert all(words in page for words in ENGLISH.deliveries.values())


def test_times_are_for_people_and_for_machines() -> None:
    assert time_mark(NOW) == (
        '<time datetime="2025-02-05T09:00:00Z">5 February 2025, 09:00 UTC</time>'
    )
    assert time_mark(NOW.date()) == '<time datetime="2025-02-05">5 February 2025</time>'
    assert time_mark(None, "<never>") == "&lt;never&gt;"


def test_links_start_at_the_path_of_the_base_url() -> None:
    page = ask(Doors(base_url="https://x.example/news/").app(), "/").text
    assert 'href="/news/releases/00000000000000a1"' in page
    assert 'href="/news/static/site.css?v=1.2.3"' in page


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_its_landmarks_and_one_headline(path: str) -> None:
    tree = html.fromstring(ask(Doors().app(), path, accept=BROWSER).content)
    for landmark in ("header", "nav", "main", "footer", "h1"):
        assert len(tree.findall(f".//{landmark}")) == 1
    assert tree.get("lang") == "en"
    assert tree.find(".//script") is None


@pytest.mark.parametrize("path", [*PAGES, "/opml", "/healthz", "/static/site.css", "/nothing"])
def test_every_answer_is_safe_in_a_browser(path: str) -> None:
    headers = ask(Doors().app(), path, accept=BROWSER).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_stylesheet_is_cached() -> None:
    app = Doors().app()
    first = ask(app, "/static/site.css")
    assert first.headers["content-type"] == "text/css; charset=utf-8"
    again = ask(app, "/static/site.css", if_none_match=first.headers["etag"])
    assert again.status_code == 304


# -- for programs -----------------------------------------------------------------------------------


def test_the_public_feeds_are_listed_as_opml() -> None:
    response = ask(Doors().app(), "/opml")
    assert response.headers["content-type"] == "text/x-opml; charset=utf-8"
    tree = etree.fromstring(response.content)
    assert tree.get("version") == "2.0"
    listed = [dict(one.attrib) for one in tree.iterfind("body/outline/outline")]
    assert listed[:2] == [
        {
            "text": title,
            "title": title,
            "type": "rss",
            "xmlUrl": f"{BASE_URL}/feeds/desk/{rule}.atom",
            "htmlUrl": f"{BASE_URL}/",
        }
        for title, rule in (("Everything about Moldova", "moldova"), ("Georgia", "georgia"))
    ]


def test_hostile_names_are_text_in_the_opml() -> None:
    rules = (make_rule(title='"]]><&\x00'),)
    doors = Doors(subscribers=[replace(make_subscribers()[0], rules=rules)])
    tree = etree.fromstring(ask(doors.app(), "/opml").content)
    assert tree.find("body/outline/outline").get("text") == '"]]><&'


def test_the_process_is_healthy() -> None:
    response = ask(Doors().app(), "/healthz")
    assert (response.status_code, response.text) == (200, "ok")


def test_newswatch_is_ready() -> None:
    response = ask(Doors().app(), "/readyz")
    assert (response.status_code, response.json()) == (200, {"ready": True, "reason": ""})


def test_newswatch_says_why_it_is_not_ready() -> None:
    response = ask(Doors(ready=(False, "no good poll since noon")).app(), "/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "reason": "no good poll since noon"}


# -- errors -----------------------------------------------------------------------------------------


class NoReleases(list):  # type: ignore[type-arg]
    """What the store does when its database is away."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getitem__(self, key: object) -> object:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status"), [(StoreError("secret path"), 503), (KeyError("secret path"), 500)]
)
@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html; charset=utf-8"), ("/feeds/desk/moldova.atom", "application/problem+json")],
)
def test_a_fault_is_told_without_its_details(
    error: Exception, status: int, path: str, kind: str
) -> None:
    response = ask(Doors(releases=NoReleases(error)).app(), path)
    assert (response.status_code, response.headers["content-type"]) == (status, kind)
    assert "secret" not in response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_browser_gets_a_plain_page_for_a_missing_feed() -> None:
    response = ask(Doors().app(), "/feeds/a/b.atom", accept=BROWSER)
    assert response.status_code == 404
    assert "Nothing is at this address." in response.text


def test_a_slash_too_many_is_not_found_rather_than_redirected() -> None:
    assert ask(Doors().app(), "/status/").status_code == 404


def test_the_state_of_a_source_that_is_not_known_yet_is_new() -> None:
    page = ask(Doors(states={}).app(), "/status").text
    assert "not polled yet" in page


def test_a_revised_release_says_since_when() -> None:
    revised = make_release(version=2, updated=NOW + timedelta(days=1))
    page = ask(Doors(releases=[revised]).app(), "/releases/00000000000000a1").text
    assert "version 2 since" in page
    assert "6 February 2025" in page


def test_the_status_page_says_that_an_edited_configuration_is_refused() -> None:
    reason = "running the last good configuration; the new one does not validate"
    page = ask(Doors(ready=(True, reason)).app(), "/status").text
    assert "the new one does not validate" in page
    assert "The configuration:" not in ask(Doors().app(), "/status").text
