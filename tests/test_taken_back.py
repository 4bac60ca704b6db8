"""What a newsroom's feed takes back (RFC 6721): only its own, and never much at once."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from factories import NOW, make_document, make_source
from newswatch.drift import MOST_WITHDRAWN
from newswatch.intake import take_in
from newswatch.model import (
    Delivery,
    Difference,
    Document,
    Poll,
    Tombstone,
    Validators,
)
from newswatch.normalise import retractions
from newswatch.parse import parse
from newswatch.parse.tombstones import MOST
from newswatch.pipeline import Pipeline
from newswatch.reading import Reading
from newswatch.store import SqlStore
from newswatch.web import make_app
from test_health import OPERATORS
from test_pipeline import DESK, Clock, deliver, make_pipeline, poll, rule
from webdoors import Doors, ask

AT = 'xmlns:at="http://purl.org/atompub/tombstones/1.0"'
HOUR = timedelta(hours=1)
LATER = NOW + HOUR / 2
FEED = make_source(quiet_first_poll=False)
TITLE = "ODIHR opens election observation mission number {} in Tajikistan"
ASKS = replace(rule("tj", country=["TJ"]), corrections=True)
READERS = (replace(DESK, rules=(ASKS,)), OPERATORS)


def entry(number: int, title: str = "") -> str:
    title = title or TITLE.format(number)
    return (
        f"<entry><id>tag:newsroom.example,2025:{number}</id><title>{title}</title>"
        f'<link href="https://newsroom.example/{number}"/>'
        "<published>2025-01-22T09:14:00Z</published><updated>2025-01-22T09:14:00Z</updated>"
        "<summary>The mission opened today.</summary></entry>"
    )


def deleted(ref: int | str, when: datetime = LATER, inside: str = "") -> str:
    ref = f"tag:newsroom.example,2025:{ref}" if isinstance(ref, int) else ref
    return f'<at:deleted-entry ref="{ref}" when="{when.isoformat()}">{inside}</at:deleted-entry>'


def feed(*parts: str, root: str = "") -> Document:
    body = f'<feed xmlns="http://www.w3.org/2005/Atom" {AT} {root}><title>N</title>{"".join(parts)}</feed>'
    return make_document(
        body.encode(),
        content_type="application/atom+xml",
        validators=Validators(etag=str(hash(body)).encode()),
    )


class Watch:
    """A newsroom whose feed becomes one after the other, polled each hour."""

    def __init__(self, store: SqlStore, *documents: Document, **fields: Any) -> None:
        self.store = store
        self.clock = Clock()
        self.pipeline: Pipeline = make_pipeline(
            store,
            list(documents),
            clock=self.clock,
            **{"source": FEED, "subscribers": READERS} | fields,
        )

    def poll(self) -> Poll:
        found = poll(self.pipeline)
        self.clock.now += HOUR
        return found

    def told(self) -> list[Delivery]:
        return [one.delivery for one in deliver(self.pipeline)]

    @property
    def withdrawn(self) -> set[str]:
        """Titles."""
        pages = self.store.history(0)
        last = {release.id: release for _, release in pages}
        return {one.title.split()[6] for one in last.values() if one.withdrawn}


# -- what is read ------------------------------------------------------------------------------------


def read(*parts: str, root: str = "") -> tuple[Tombstone, ...]:
    return parse(feed(entry(1), *parts, root=root), FEED).tombstones


def test_a_tombstone_is_read_with_when_and_why() -> None:
    said = (
        "<at:comment>published  in error</at:comment><at:by><name>Ann</name></at:by>"
        '<link href="https://newsroom.example/2"/><link rel="self" href="https://newsroom.example/x"/>'
    )
    assert read(deleted("urn:2", inside=said)) == (
        Tombstone("urn:2", LATER, ("https://newsroom.example/2",), "published  in error"),
    )


def test_one_in_a_channel_is_read_too() -> None:
    item = "<item><title>One</title><link>https://newsroom.example/1</link></item>"
    body = (
        f'<rss version="2.0" {AT}><channel><title>N</title>{item}{deleted("urn:2")}</channel></rss>'
    )
    parsed = parse(make_document(body.encode()), FEED)
    assert [one.ref for one in parsed.tombstones] == ["urn:2"]
    assert [one.title for one in parsed.entries] == ["One"]


@pytest.mark.parametrize(
    "part",
    [
        f'<at:deleted-entry when="{LATER.isoformat()}"/>',
        '<at:deleted-entry ref="urn:2"/>',
        '<at:deleted-entry ref="urn:2" when="yesterday"/>',
        '<at:deleted-entry ref="urn:2" when="2025-02-05T10:00:00"/>',
        '<at:deleted-entry ref="urn:2" when="0001-01-01T00:00:00+14:00"/>',
        f'<other:deleted-entry xmlns:other="urn:x" ref="urn:2" when="{LATER.isoformat()}"/>',
        f'<entry><id>urn:9</id><title>T</title><content type="xhtml">{deleted("urn:2")}</content></entry>',
    ],
    ids=[
        "no ref",
        "no when",
        "no date",
        "no zone",
        "no instant",
        "another namespace",
        "in an entry",
    ],
)
def test_what_is_no_tombstone_takes_nothing_back(part: str) -> None:
    assert read(part) == ()


def test_a_broken_feed_and_one_with_a_document_type_take_nothing_back() -> None:
    whole = feed(entry(1), deleted(2))
    broken = replace(whole, body=whole.body.replace(b"</feed>", b"<p></feed>"))
    typed = replace(whole, body=b'<!DOCTYPE feed [<!ENTITY x "y">]>' + whole.body)
    assert [len(parse(one, FEED).tombstones) for one in (whole, broken, typed)] == [1, 0, 0]


def test_of_very_many_tombstones_only_the_first_are_read() -> None:
    assert len(read(*(deleted(number) for number in range(MOST + 5)))) == MOST


def test_what_a_tombstone_says_becomes_one_harmless_line() -> None:
    comment = "a\n\u202eb\x07 " + "word " * 400
    (found,) = retractions((Tombstone("urn:2", LATER, (), comment),), FEED, NOW)
    assert found.reason.startswith(
        f"the newsroom's feed says so, of {LATER:%Y-%m-%d %H:%M} UTC: a b word word"
    )
    assert len(found.reason) < 600


def test_one_of_the_far_future_means_nothing() -> None:
    assert retractions((Tombstone("urn:2", NOW + timedelta(days=9)),), FEED, NOW) == ()


# -- what comes of it --------------------------------------------------------------------------------


def test_what_the_feed_takes_back_is_withdrawn_and_told_to_who_was_told_of_it(
    store: SqlStore,
) -> None:
    why = "<at:comment>published in error</at:comment>"
    watch = Watch(store, feed(entry(1), entry(2)), feed(entry(2), deleted(1, inside=why)))
    watch.poll()
    assert len(watch.told()) == 2
    poll = watch.poll()
    assert [one.release.version for one in poll.withdrawals] == [2]
    assert watch.withdrawn == {"1"}
    reason = f"the newsroom's feed says so, of {LATER:%Y-%m-%d %H:%M} UTC: published in error"
    assert [one.changes for one in watch.told()] == [(Difference("withdrawn", "", reason),)]


def test_a_rule_that_does_not_ask_for_corrections_is_told_of_no_withdrawal(
    store: SqlStore,
) -> None:
    readers = (replace(DESK, rules=(replace(ASKS, corrections=False),)),)
    documents = feed(entry(1), entry(2)), feed(entry(2), deleted(1))
    watch = Watch(store, *documents, subscribers=readers)
    watch.poll()
    watch.told()
    watch.poll()
    assert (watch.withdrawn, watch.told()) == ({"1"}, [])


def test_what_still_waits_to_be_told_is_not(store: SqlStore) -> None:
    watch = Watch(store, feed(entry(1), entry(2)), feed(entry(2), deleted(1)))
    watch.poll()
    watch.poll()
    assert {watch.store.release_by_id(one.release_id).withdrawn for one in watch.told()} == {""}  # type: ignore[union-attr]


def test_it_leaves_a_tombstone_in_our_feeds(store: SqlStore) -> None:
    watch = Watch(store, feed(entry(1), entry(2)), feed(entry(2), deleted(1)))
    watch.poll()
    watch.poll()
    site = replace(
        Doors(sources=[FEED]).site(), history=store.history, versions=store.releases_by_version
    )
    body = ask(make_app(site), f"/feeds/source/{FEED.id}.atom").text
    assert body.count("<entry") == 1
    assert body.count("<at:deleted-entry") == 1
    assert "Withdrawn by its publisher: the newsroom's feed says so" in body


def test_a_tombstone_that_stays_in_the_feed_says_nothing_new(store: SqlStore) -> None:
    documents = [feed(entry(2), deleted(1), f"<!-- {n} -->") for n in range(3)]
    watch = Watch(store, feed(entry(1), entry(2)), *documents)
    watch.poll()
    assert [len(watch.poll().withdrawals) for _ in documents] == [1, 0, 0]


def test_of_two_tombstones_the_later_counts(store: SqlStore) -> None:
    both = deleted(1), deleted(1, NOW - HOUR)
    watch = Watch(store, feed(entry(1), entry(2)), feed(entry(2), *both))
    watch.poll()
    watch.poll()
    assert watch.withdrawn == {"1"}


def test_what_is_listed_stands_whatever_a_tombstone_says(store: SqlStore) -> None:
    watch = Watch(store, feed(entry(1)), feed(entry(1), deleted(1)))
    watch.poll()
    watch.poll()
    assert watch.withdrawn == set()


def test_what_is_published_again_otherwise_stands_again(store: SqlStore) -> None:
    changed = TITLE.format(1) + " again"
    first, gone = feed(entry(1), entry(2)), feed(entry(2), deleted(1))
    back = feed(entry(1, changed), entry(2), deleted(1))
    watch = Watch(store, first, gone, back, feed(entry(2), deleted(1), "<!-- aged out -->"))
    for _ in range(3):
        watch.poll()
    assert watch.withdrawn == set()
    watch.poll()  # the old tombstone is still there, and older than what it would take back
    assert watch.withdrawn == set()


def test_a_deletion_from_before_the_release_was_seen_is_of_another_time(store: SqlStore) -> None:
    watch = Watch(store, feed(entry(1), entry(2)), feed(entry(2), deleted(1, NOW - HOUR)))
    watch.poll()
    watch.poll()
    assert watch.withdrawn == set()


@pytest.mark.parametrize(
    "ref",
    ["https://newsroom.example/1", "http://www.newsroom.example/1/?utm_source=x", "g-1"],
)
def test_it_may_be_named_by_its_address_or_its_id(store: SqlStore, ref: str) -> None:
    one = entry(1).replace("tag:newsroom.example,2025:1", "g-1")
    watch = Watch(store, feed(one, entry(2)), feed(entry(2), deleted(ref)))
    watch.poll()
    watch.poll()
    assert watch.withdrawn == {"1"}


def test_a_link_in_the_tombstone_may_name_it(store: SqlStore) -> None:
    link = '<link rel="alternate" href="https://newsroom.example/1"/>'
    watch = Watch(store, feed(entry(1), entry(2)), feed(entry(2), deleted("urn:x", inside=link)))
    watch.poll()
    watch.poll()
    assert watch.withdrawn == {"1"}


def test_a_feed_takes_back_nothing_of_another_newsroom(store: SqlStore) -> None:
    other = make_source(id="other", url="https://other.example/feed", quiet_first_poll=False)
    watch = Watch(store, feed(entry(1), entry(2)))
    watch.poll()
    theirs = [deleted(1), deleted("https://newsroom.example/1")]
    hostile = Watch(store, feed(entry(7)), feed(entry(7), *theirs), source=other)
    hostile.clock.now = watch.clock.now
    hostile.poll()
    assert hostile.poll().withdrawals == ()
    assert watch.withdrawn == set()


def test_it_is_seen_where_only_what_is_new_is_read(store: SqlStore) -> None:
    documents = (
        feed(entry(1), entry(2)),
        feed(entry(2), deleted(1)),
        feed(entry(3), entry(2), deleted(1)),
    )
    watch = Watch(store, *documents, read=Reading(take_in, store.known).read)
    assert [len(watch.poll().withdrawals) for _ in documents] == [0, 1, 0]
    assert watch.withdrawn == {"1"}


# -- many at once ------------------------------------------------------------------------------------


def many(count: int, *more: str) -> tuple[Document, Document]:
    stay = [entry(number) for number in range(20, 26)]
    taken: Iterable[int] = range(1, count + 1)
    return (
        feed(*map(entry, taken), *stay),
        feed(*more, *stay, *(deleted(one) for one in taken)),
    )


def test_a_few_are_believed(store: SqlStore) -> None:
    watch = Watch(store, *many(MOST_WITHDRAWN))
    watch.poll()
    watch.poll()
    assert len(watch.withdrawn) == MOST_WITHDRAWN


def test_more_than_a_few_are_told_to_the_operators_and_not_acted_upon(store: SqlStore) -> None:
    first, then = many(MOST_WITHDRAWN + 1)
    watch = Watch(store, first, *[then] * 4)
    watch.poll()
    watch.told()
    polls = [watch.poll() for _ in range(3)]
    assert watch.withdrawn == set()
    assert {one.state.state for one in polls} == {"withdrawals"}
    (notice,) = (one for one in watch.told() if one.subscriber == "operators")
    text = store.releases_by_id([notice.release_id])[notice.release_id].text
    assert "4 releases are taken back at once, and none was withdrawn" in text
    assert f"newswatch sources release {FEED.id}" in text


def test_what_is_new_beside_them_is_told_at_once(store: SqlStore) -> None:
    watch = Watch(store, *many(MOST_WITHDRAWN + 1, entry(99)))
    watch.poll()
    poll = watch.poll()
    assert [one.release.title for one in poll.changes] == [TITLE.format(99)]
    assert [(one.subscriber, one.state) for one in poll.deliveries] == [("desk", "queued")]


def test_an_operator_says_that_they_are_right(store: SqlStore) -> None:
    first, then = many(MOST_WITHDRAWN + 1)
    watch = Watch(store, first, then, then)
    watch.poll()
    watch.poll()
    store.let_go(FEED.id, watch.clock.now)
    watch.poll()
    assert len(watch.withdrawn) == MOST_WITHDRAWN + 1
    assert store.source_states()[FEED.id].is_well


def test_a_document_in_doubt_takes_nothing_back(store: SqlStore) -> None:
    first, _ = many(2)
    flood = feed(*map(entry, range(100, 130)), entry(20), deleted(1), deleted(2))
    watch = Watch(store, first, flood)
    watch.poll()
    assert watch.poll().state.state == "held"
    assert watch.withdrawn == set()
