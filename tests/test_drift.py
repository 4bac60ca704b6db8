"""Drift: what a rebuilt, broken or flooding newsroom is called, and that it alerts nobody wrongly."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from factories import NOW, make_document, make_source
from newswatch.model import SOURCE_STATES, Document, Listing, Pick, Poll, Source, Validators
from newswatch.store import SqlStore
from test_health import OPERATORS
from test_pipeline import DESK, Clock, make_pipeline, poll

LAYOUT = Listing(
    item="ul.news > li",
    title=Pick("a"),
    link=Pick("a@href"),
    published=Pick("time"),
    summary=Pick("p"),
    next=Pick("a[rel=next]@href"),
)
SOURCE = make_source(
    kind="listing",
    url="https://newsroom.example/news",
    layouts=(LAYOUT,),
    timezone="UTC",
    expect_every=timedelta(days=99),  # silence is tested elsewhere
)


@dataclass(frozen=True)
class Item:
    """A release as the page shows it."""

    number: int
    title: str = ""
    link: str | None = None
    day: str | None = None
    text: str = "Observers met officials in Tajikistan."

    def html(self) -> str:
        title = self.title or f"Observers in Tajikistan publish statement number {self.number}"
        link = f"/releases/{self.number}" if self.link is None else self.link
        posted = NOW - timedelta(days=max(100 - self.number, 0))
        day = f"{posted:%d %B %Y}" if self.day is None else self.day
        return f'<li><a href="{link}">{title}</a> <time>{day}</time><p>{self.text}</p></li>'


ITEMS = tuple(Item(number) for number in range(90, 70, -1))  # the newest is ten days old


def page(items: Sequence[Item], url: str = SOURCE.url, **fields: Any) -> Document:
    """The listing; `wrap` puts the items into something else."""
    wrap: Callable[[str], str] = fields.pop("wrap", lambda inner: f'<ul class="news">{inner}</ul>')
    title = fields.pop("title", "News")
    encoding = fields.pop("encoding", "utf-8")
    inner = wrap("".join(item.html() for item in items))
    html = f"<!DOCTYPE html><html lang=en><head><title>{title}</title></head><body>{inner}</body>"
    return make_document(
        html.encode(encoding, "replace"),
        url=url,
        content_type="text/html; charset=utf-8",
        validators=Validators(etag=str(hash(html)).encode()),
        **fields,
    )


def each(**changed: Any) -> tuple[Item, ...]:
    return tuple(replace(item, **changed) for item in ITEMS)


def fresh(count: int) -> tuple[Item, ...]:
    """The same list, with newer releases on top of it."""
    return tuple(Item(number) for number in range(90 + count, 70 + count, -1))


# What the page becomes → the state that it is given.
DRIFTS: dict[str, tuple[Document, str]] = {
    "other classes": (page(ITEMS, wrap=lambda inner: f'<ul class="n-2">{inner}</ul>'), "selector"),
    "other elements": (page(ITEMS, wrap=lambda i: i.replace("<li", "<div")), "selector"),
    "rendered by scripts": (page((), wrap=lambda _: '<div id="app"></div>'), "selector"),
    "a notice of maintenance": (page((), wrap=lambda _: "<h1>Maintenance</h1>"), "selector"),
    "a page without anything": (page((), wrap=lambda _: ""), "selector"),
    "an empty list": (page(()), "empty"),
    "no content": (make_document(b"  ", url=SOURCE.url), "empty"),
    "a login form": (page((), wrap=lambda _: "<input type=password>"), "login"),
    "a login page by its title": (page((), title="Sign in", wrap=lambda _: "<p>x"), "login"),
    "a login page by its address": (
        page((), url="https://newsroom.example/sso/login", wrap=lambda _: "<p>x"),
        "login",
    ),
    "another site": (page((), url="https://portal.example/", wrap=lambda _: "<p>x"), "login"),
    "a bot check": (page((), title="Just a moment...", wrap=lambda _: "<p>x"), "blocked"),
    "links lost": (page(each(link="")), "fields"),
    "titles lost": (page(ITEMS, wrap=lambda i: f'<ul class="news">{i.replace("<a", "<b")}</ul>'), "fields"),
    "all titles alike": (page(each(title="Read more about this release")), "fields"),
    "all links alike": (page(each(link="#")), "fields"),
    "a quarter without links": (page((*ITEMS[:15], *each(link="")[15:])), "fields"),
    "far fewer": (page(ITEMS[:4]), "shrunk"),
    "days that cannot be read": (page(each(day="soon")), "dates"),
    "no days": (page(each(day="")), "dates"),
    "days in the future": (page(each(day="1 January 2031")), "dates"),
    "all days today": (page(each(day="today, 5 February 2025")), "dates"),
    "broken characters": (page(each(text="Наблюдатели �� в Таджикистане")), "encoding"),
    "another encoding": (page(each(text="Выборы" * 9), encoding="windows-1251"), "encoding"),
    "all new and old": (
        page(tuple(Item(number, title=f"Old things found in the archive, part {number}") for number in range(20, 0, -1))),
        "churn",
    ),
}  # fmt: skip


class Watch:
    """The listing, read ten times, and then what it becomes."""

    def __init__(self, store: SqlStore, *then: Document, source: Source = SOURCE) -> None:
        used_to = [page(ITEMS, wrap=wrapped(n)) for n in range(10)]
        self.clock = Clock()
        self.pipeline = make_pipeline(
            store,
            [*used_to, *then],
            source=source,
            subscribers=(DESK, OPERATORS),
            clock=self.clock,
        )
        for _ in used_to:
            self.poll()

    def poll(self) -> Poll:
        found = poll(self.pipeline)
        self.clock.now += timedelta(minutes=30)
        return found


def wrapped(number: int) -> Callable[[str], str]:
    """The same list in other bytes."""
    return lambda inner: f'<ul class="news">{inner}</ul><!-- {number} -->'


def owed_to_the_desk(found: Poll) -> int:
    return sum(d.subscriber == "desk" and d.state == "queued" for d in found.deliveries)


@pytest.mark.parametrize("name", DRIFTS)
def test_a_document_that_is_not_what_it_used_to_be_is_named(store: SqlStore, name: str) -> None:
    document, state = DRIFTS[name]
    watch = Watch(store, document)
    before = store.source_states()["newsroom"]
    found = watch.poll()
    assert found.state.state == state
    assert found.state.reason
    assert owed_to_the_desk(found) == 0
    assert found.state.validators == before.validators
    assert found.state.history == before.history


@pytest.mark.parametrize("name", DRIFTS)
def test_when_the_old_page_is_back_all_is_as_it_was(store: SqlStore, name: str) -> None:
    document, _ = DRIFTS[name]
    watch = Watch(store, document, page(ITEMS, wrap=wrapped(9)), page(fresh(1)))
    watch.poll()
    assert watch.poll().state.failures == 0
    assert owed_to_the_desk(watch.poll()) == 1


@pytest.mark.parametrize(
    "document",
    [
        page(ITEMS, wrap=wrapped(99)),
        page(fresh(1)),
        page(fresh(5)),
        page(ITEMS[:10]),
        page(each(day="")[:1] + ITEMS[1:]),
        page((Item(91, link=""), *ITEMS)),
    ],
    ids=[
        "other bytes", "one new", "five new", "half as many", "one without a day",
        "one without a link",
    ],
)  # fmt: skip
def test_what_newsrooms_do_every_day_is_no_drift(store: SqlStore, document: Document) -> None:
    assert Watch(store, document).poll().state.state == "ok"


def test_a_page_of_new_releases_alone_is_looked_at_twice(store: SqlStore) -> None:
    only_new = page(fresh(5)[:5])
    watch = Watch(store, only_new, page(fresh(5)[:5], wrap=wrapped(1)))
    first, second = watch.poll(), watch.poll()
    assert (first.state.state, first.state.held, owed_to_the_desk(first)) == ("churn", "soon", 0)
    assert second.lets_go
    assert of_the_desk(store) == {"queued"}


def test_a_list_may_be_empty_where_that_is_allowed(store: SqlStore) -> None:
    source = replace(SOURCE, allow_empty=True)
    assert Watch(store, page(()), source=source).poll().state.state == "ok"


def test_other_addresses_for_what_is_held_are_no_news(store: SqlStore) -> None:
    """A new system gives every release a new address; title, day and text are the same."""
    renumbered = tuple(replace(item, link=f"/en/node/{item.number}") for item in ITEMS)
    watch = Watch(
        store, page(renumbered), page(renumbered, wrap=wrapped(1)), page((Item(91), *renumbered))
    )
    first, second, third = watch.poll(), watch.poll(), watch.poll()
    assert [change.kind for change in first.changes] == ["revised"] * 20
    assert first.changes[0].release.url == "https://newsroom.example/en/node/90"
    assert (first.state.state, owed_to_the_desk(first)) == ("ok", 0)
    assert second.changes == ()
    assert owed_to_the_desk(third) == 1
    assert len(store.releases_recent(99)) == 21


def test_wrong_days_revise_nothing_and_hide_nothing(store: SqlStore) -> None:
    wrong = tuple(replace(item, day="") for item in fresh(1))
    found = Watch(store, page(wrong)).poll()
    assert found.state.state == "dates"
    assert [c.kind for c in found.changes if c.release.source_id == "newsroom"] == ["new"]
    assert owed_to_the_desk(found) == 1


# -- floods ---------------------------------------------------------------------------------------

RECENT = tuple(Item(number) for number in range(91, 91 + 25))[::-1]  # of these days
ANCIENT = tuple(
    Item(
        number, title=f"Observers in Tajikistan: from the archive, part {number}", day="1 May 2019"
    )
    for number in range(500, 525)
)


def states(store: SqlStore) -> dict[str, int]:
    return {state: count for state, count in store.delivery_counts().items() if count}


def of_the_desk(store: SqlStore) -> set[str]:
    return {d.state for d in store.deliveries(subscriber="desk", limit=999)}


def test_a_flood_is_held_and_told(store: SqlStore) -> None:
    watch = Watch(store, page((*ANCIENT, *ITEMS)))
    found = watch.poll()
    assert (found.state.state, found.state.held) == ("held", "ask")
    assert sum(d.state == "held" for d in found.deliveries) == 25
    (notice,) = store.releases_recent(1, source="newswatch")
    assert notice.text.startswith(
        "An observer's newsroom: 25 new entries at once. Its alerts are held. Look at them, then "
        "run: newswatch sources release newsroom (or, to send none of them: "
        "newswatch sources release newsroom --drop)"
    )


def test_a_flood_of_old_releases_waits_for_a_person(store: SqlStore) -> None:
    flood = (*ANCIENT, *ITEMS)
    watch = Watch(store, page(flood), page(flood, wrap=wrapped(1)), page(flood, wrap=wrapped(2)))
    assert [watch.poll().state.held for _ in range(3)] == ["ask"] * 3
    assert store.source_states()["newsroom"].state == "held"
    assert store.let_go("newsroom", NOW) == 25
    assert "held" not in states(store)


def test_what_is_held_can_be_given_up(store: SqlStore) -> None:
    Watch(store, page((*ANCIENT, *ITEMS))).poll()
    assert store.drop_held("newsroom", NOW, "dropped by hand") == 25
    assert states(store)["cancelled"] == 25
    assert store.source_states()["newsroom"].held == ""


def test_a_flood_of_recent_releases_goes_out_with_the_next_poll(store: SqlStore) -> None:
    flood = (*RECENT, *ITEMS)
    watch = Watch(store, page(flood), page(flood, wrap=wrapped(1)))
    first = watch.poll()
    assert (first.state.state, first.state.held) == ("held", "soon")
    assert first.state.next_poll - first.at == timedelta(minutes=15)
    second = watch.poll()
    assert (second.state.state, second.state.held, second.lets_go) == ("ok", "", True)
    assert "held" not in states(store)


def test_new_addresses_with_every_poll_stay_held(store: SqlStore) -> None:
    """Session numbers in links, and a counter in the titles: nothing is ever known again."""

    def session(number: int) -> Document:
        return page(
            tuple(
                replace(i, link=f"/r/{i.number}?s={number}", title=f"Release {i.number} read {number} times now")
                for i in RECENT[:20]
            )
        )  # fmt: skip

    watch = Watch(store, *[session(n) for n in range(5)])
    polls = [watch.poll() for _ in range(5)]
    assert [poll.state.held for poll in polls] == ["soon", "ask", "ask", "ask", "ask"]
    waits = [(poll.state.next_poll - poll.at) / timedelta(minutes=1) for poll in polls]
    assert waits == [15, 30, 30, 30, 30]
    assert store.source_states()["newsroom"].state == "churn"


def test_when_a_hold_is_over_the_operators_are_told(store: SqlStore) -> None:
    flood = (*RECENT, *ITEMS)
    watch = Watch(store, page(flood), page(flood, wrap=wrapped(1)))
    watch.poll()
    watch.poll()
    titles = [release.title for release in store.releases_recent(9, source="newswatch")]
    assert sorted(titles) == ["newsroom: held", "newsroom: recovered"]


def test_many_new_releases_are_no_flood_where_that_is_usual(store: SqlStore) -> None:
    watch = Watch(store, *[page(fresh(12 * n)) for n in range(1, 4)])
    assert [watch.poll().state.state for _ in range(3)] == ["ok"] * 3


def test_every_state_has_a_meaning() -> None:
    assert {state for _, state in DRIFTS.values()} <= SOURCE_STATES.keys()
