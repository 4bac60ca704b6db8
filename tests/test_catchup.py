"""No gaps: what is listed against what is held, older pages, and documents that are read again."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from installation import install
from servers import Answer, Request, Web, web_server
from test_cli import Shell

LISTING = """\
sources:
  - id: newsroom
    name: The newsroom
    kind: listing
    url: "{url}/news"
    publisher: The observers
    language: en
    listing: {{item: {item}, title: a, link: a@href, published: time, next: "a.older@href"}}
"""
PAGES = 4  # of five releases each


class Newsroom:
    """Four pages of releases on a real server; the newest release is number 20."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.last = 20
        self.markup = '<div class="item"><a href="/r/{n}">{title}</a> <time>{day}</time></div>'
        self.failing: set[int] = set()
        web.handle = self.answer

    def answer(self, request: Request) -> Answer:
        if not request.path.startswith("/news"):
            return Answer(404)
        number = int((re.findall(r"page=(\d+)", request.path) or ["0"])[0])
        if number in self.failing:
            return Answer(500)
        newest = self.last - number * 5
        items = "".join(self.item(n) for n in range(newest, max(newest - 5, 0), -1))
        older = f'<a class="older" href="/news?page={number + 1}">Older</a>'
        body = items + (older if newest > 5 else "")
        return Answer(200, body.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def item(self, number: int) -> str:
        title = f"ODIHR opens mission number {number} in Tajikistan"
        return self.markup.format(n=number, title=title, day=f"{number} January 2025")

    @property
    def asked(self) -> list[str]:
        return [r.path for r in self.web.requests if r.path.startswith("/news")]


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with web_server() as web:
        yield Newsroom(web)


@pytest.fixture
def shell(
    tmp_path: Path,
    newsroom: Newsroom,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    config = install(tmp_path, newsroom=newsroom.web.url, hook=newsroom.web.url, quiet=True)
    write_layout(config, newsroom, ".item")
    monkeypatch.chdir(tmp_path)
    return Shell(config, monkeypatch, capsys)


def write_layout(config: Path, newsroom: Newsroom, item: str) -> None:
    text = LISTING.format(url=newsroom.web.url, item=item)
    (config / "sources.yaml").write_text(text)


def titles(shell: Shell) -> list[int]:
    out = shell("releases", "list", "--limit", "99").out
    return sorted(int(number) for number in re.findall(r"number (\d+)", out))


# -- audit ----------------------------------------------------------------------------------------


def test_an_audit_proves_that_all_that_is_listed_is_held(shell: Shell) -> None:
    shell("poll")
    result = shell("audit")
    assert result.code == 0
    assert result.out.splitlines() == [
        "source    pages  listed  held  missing  result",
        "newsroom  1      5       5     0        nothing is missing",
    ]


def test_an_audit_names_what_is_missing(shell: Shell, newsroom: Newsroom) -> None:
    shell("poll")
    newsroom.last = 22
    result = shell("audit", "newsroom")
    assert result.code == 1
    assert result.out.splitlines()[1] == "newsroom  1      5       3     2        see below"
    assert (
        f"  2025-01-22  ODIHR opens mission number 22 in Tajikistan  {newsroom.web.url}/r/22"
        in result.out
    )
    assert "newswatch sources backfill newsroom" in result.out


def test_an_audit_may_go_back_and_writes_nothing(shell: Shell) -> None:
    shell("poll")
    result = shell("audit", "--pages", "9")
    assert "newsroom  4      20      5     15       see below" in result.out
    assert titles(shell) == [16, 17, 18, 19, 20]


def test_an_audit_of_what_cannot_be_read_is_no_proof(shell: Shell, newsroom: Newsroom) -> None:
    shell("poll")
    newsroom.failing = {0}
    result = shell("audit")
    assert result.code == 1
    assert "answered 500 Internal Server Error" in result.out


def test_an_audit_is_data_for_programs(shell: Shell) -> None:
    shell("poll")
    (one,) = shell("--json", "audit").json
    assert (one["listed"], one["missing"], one["problem"]) == (5, [], "")


# -- backfill -------------------------------------------------------------------------------------


def test_a_backfill_records_older_pages_and_alerts_nobody(shell: Shell, newsroom: Newsroom) -> None:
    shell("poll")
    result = shell("sources", "backfill", "newsroom")
    assert result.out == ("newsroom: 4 pages read, 20 releases listed, 15 of them recorded now\n")
    assert titles(shell) == list(range(1, 21))
    assert shell("--json", "deliveries", "list").json == []


def test_a_backfill_ends_at_a_day(shell: Shell, newsroom: Newsroom) -> None:
    shell("poll")
    shell("sources", "backfill", "newsroom", "--since", "2025-01-12")
    assert titles(shell) == list(range(12, 21))
    assert (
        newsroom.asked[1:] == ["/news", "/news?page=1", "/news?page=2"][: len(newsroom.asked) - 1]
    )


def test_a_backfill_is_bounded(shell: Shell) -> None:
    shell("sources", "backfill", "newsroom", "--pages", "2")
    assert titles(shell) == list(range(11, 21))


def test_an_interrupted_backfill_keeps_what_it_has_and_says_where_it_ended(
    shell: Shell, newsroom: Newsroom
) -> None:
    newsroom.failing = {2}
    result = shell("sources", "backfill", "newsroom")
    assert result.code == 1
    assert "ended early: " in result.err
    assert "page=2: answered 500" in result.err
    assert titles(shell) == list(range(11, 21))


def test_a_page_that_leads_to_itself_ends_a_backfill(shell: Shell, newsroom: Newsroom) -> None:
    newsroom.markup += '<a class="older" href="/news">Older</a>'
    shell("sources", "backfill", "newsroom")
    assert newsroom.asked == ["/news"]


# -- kept documents -------------------------------------------------------------------------------


def test_documents_are_kept_as_they_came(shell: Shell, newsroom: Newsroom) -> None:
    shell("poll")
    (kept,) = shell("--json", "sources", "documents", "newsroom").json
    assert (kept["state"], kept["brought"]) == ("ok", 5)
    printed = shell("sources", "documents", "newsroom", kept["digest"][:8]).out
    assert printed.encode() == newsroom.answer(Request("GET", "/news", {}, b"")).body


def test_an_unknown_document_is_said_so(shell: Shell) -> None:
    shell("poll")
    result = shell("sources", "documents", "newsroom", "feedface")
    assert (result.code, result.err) == (
        1,
        "newswatch: no document of newsroom is called feedface, or more than one\n",
    )


def test_what_a_broken_layout_missed_is_read_again_without_alerts(
    shell: Shell, newsroom: Newsroom
) -> None:
    shell("poll")
    newsroom.markup = newsroom.markup.replace("item", "card")
    for newsroom.last in (25, 30, 35):  # three pages pass by, and nothing can be read
        assert shell("poll").code == 1
    assert titles(shell) == [16, 17, 18, 19, 20]
    newsroom.last = 40
    write_layout(shell.config, newsroom, ".card")
    result = shell("sources", "reread", "newsroom")
    assert result.out == (
        "newsroom: 4 documents, 1 of them cannot be read; 15 releases new, 0 revised\n"
    )
    assert titles(shell) == list(range(16, 36))
    assert shell("--json", "deliveries", "list").json == []


def test_what_was_missed_may_be_alerted_when_it_is_read_again(
    shell: Shell, newsroom: Newsroom
) -> None:
    shell("poll")
    newsroom.markup = newsroom.markup.replace("item", "card")
    newsroom.last = 22
    shell("poll")
    write_layout(shell.config, newsroom, ".card")
    shell("sources", "reread", "newsroom", "--alert")
    owed = shell("--json", "deliveries", "list").json
    assert len({delivery["release_id"] for delivery in owed}) == 2
    shell("sources", "reread", "newsroom", "--alert")
    assert len(shell("--json", "deliveries", "list").json) == len(owed)


def test_reading_again_what_was_read_well_changes_nothing(shell: Shell, newsroom: Newsroom) -> None:
    shell("poll")
    newsroom.last = 23
    shell("poll")
    result = shell("sources", "reread", "newsroom")
    assert result.out == (
        "newsroom: 2 documents, 0 of them cannot be read; 0 releases new, 0 revised\n"
    )


def test_the_last_version_of_a_release_is_the_one_that_counts(
    shell: Shell, newsroom: Newsroom
) -> None:
    shell("poll")
    newsroom.markup = newsroom.markup.replace("{title}", "{title}, as corrected")
    shell("poll")
    assert "0 releases new, 0 revised" in shell("sources", "reread", "newsroom").out


# -- what is held ---------------------------------------------------------------------------------


def flood(shell: Shell, newsroom: Newsroom) -> None:
    """Twenty-five releases at once, of which nothing was known, with the days of last year."""
    shell("poll")
    newsroom.markup = newsroom.markup.replace("/r/", "/x/").replace("{day}", "3 May 2019")
    newsroom.last = 100
    shell("poll")


def test_what_is_held_is_shown_and_sent_when_a_person_says_so(
    shell: Shell, newsroom: Newsroom
) -> None:
    flood(shell, newsroom)
    status = shell("status")
    assert (status.code, "churn" in status.out) == (1, True)
    held = shell("--json", "deliveries", "list", "--state", "held", "--limit", "999").json
    assert shell("sources", "release", "newsroom").out == (
        f"newsroom: {len(held)} deliveries queued\n"
    )
    assert shell("--json", "deliveries", "list", "--state", "held").json == []


def test_what_is_held_can_be_given_up_by_a_person(shell: Shell, newsroom: Newsroom) -> None:
    flood(shell, newsroom)
    out = shell("sources", "release", "newsroom", "--drop").out
    assert re.fullmatch(r"newsroom: \d+ deliveries given up\n", out)
    states = {d["state"] for d in shell("--json", "deliveries", "list").json}
    assert states == {"cancelled"}


def test_a_source_that_is_not_there_holds_nothing(shell: Shell) -> None:
    assert (
        shell("sources", "release", "nowhere").err == "newswatch: no source is called 'nowhere'\n"
    )
