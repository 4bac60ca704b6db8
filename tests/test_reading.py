"""Feeds that are read by what is new in them: always what reading them whole would give."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import NOW, make_document, make_source
from newswatch.errors import ParseError
from newswatch.intake import take_in
from newswatch.model import Document, Source
from newswatch.parse.cut import cut_feed
from newswatch.ports import Intake, Known
from newswatch.reading import Reading

SOURCE = make_source()


def item(number: int, text: str = "As it was.", link: str = "https://newsroom.example/{n}") -> str:
    return (
        f"<item><title>Release number {number} of the observers</title>"
        f"<link>{link.format(n=number)}</link><guid isPermaLink='false'>g{number}</guid>"
        f"<pubDate>Wed, 22 Jan 2025 09:14:00 +0000</pubDate><description>{text}</description></item>"
    )


def rss(*items: str, head: str = "<title>N</title><language>en</language>", root: str = "") -> str:
    return f'<rss version="2.0"{root}><channel>{head}{"".join(items)}</channel></rss>'


def document(text: str, **fields: object) -> Document:
    return make_document(text.encode(), **fields)


@dataclass
class Watched:
    """A reader whose readings are recorded as a store would; keeps how many entries it was given."""

    given: list[int] = field(default_factory=list)
    held: dict[str, Known] = field(default_factory=dict)

    def whole(self, document: Document, source: Source, now: datetime) -> Intake:
        intake = take_in(document, source, now)
        self.given.append(len(intake.gists))
        return intake

    def known(self, ids: Iterable[str]) -> Mapping[str, Known]:
        return {one: self.held[one] for one in ids if one in self.held}

    def record(self, intake: Intake) -> None:
        for one in intake.releases:
            self.held[one.id] = Known(one.id, one.fingerprint, 1, NOW)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def read_all(watched: Watched, documents: Sequence[Document], **fields: object) -> list[Intake]:
    reading = Reading(watched.whole, watched.known)
    found = []
    for one in documents:
        intake = reading.read(one, make_source(**fields), NOW)
        watched.record(intake)
        found.append(intake)
    return found


def facts(intake: Intake) -> object:
    """Everything but the texts, which what is held has already."""
    slim = [replace(one, text="", html="", attachments=()) for one in intake.releases]
    return slim, replace(intake, gists=())


def test_only_the_new_entry_is_read(watched: Watched) -> None:
    before, after = [item(1), item(2)], [item(3), item(1), item(2)]
    _, second = read_all(watched, [document(rss(*before)), document(rss(*after))])
    assert watched.given == [2, 1]
    assert facts(second) == facts(take_in(document(rss(*after)), SOURCE, NOW))
    assert [release.text for release in second.releases] == ["As it was.", "", ""]


def test_a_feed_that_is_only_dated_anew_is_not_read_at_all(watched: Watched) -> None:
    head = "<title>N</title><lastBuildDate>Wed, 22 Jan 2025 {} GMT</lastBuildDate>"
    both = [document(rss(item(1), head=head.format(time))) for time in ("09:14:00", "10:15:01")]
    first, second = read_all(watched, both)
    assert watched.given == [1]
    assert facts(second) == facts(first)


def test_an_edited_entry_is_read_again(watched: Watched) -> None:
    edited = [item(1, "With a correction."), item(2)]
    documents = [document(rss(item(1), item(2))), document(rss(*edited))]
    _, second = read_all(watched, documents)
    assert watched.given == [2, 1]
    assert second.releases[0].text == "With a correction."


def test_what_was_not_recorded_is_read_again(watched: Watched) -> None:
    reading = Reading(watched.whole, watched.known)
    for _ in range(2):
        reading.read(document(rss(item(1))), SOURCE, NOW)
    assert watched.given == [1, 1]


def test_what_was_revised_elsewhere_is_read_again(watched: Watched) -> None:
    """By another process, on the same database."""
    reading = Reading(watched.whole, watched.known)
    (release,) = reading.read(document(rss(item(1))), SOURCE, NOW).releases
    watched.held[release.id] = Known(release.id, "another", 2, NOW)
    assert reading.read(document(rss(item(1))), SOURCE, NOW).releases[0].text == "As it was."


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("<language>en", "<language>fr"),
        lambda text: text.replace('<rss version="2.0"', '<rss version="2.0" xml:base="https://x/"'),
        lambda text: text.replace("<title>N<", "<title>M<"),
    ],
)
def test_other_surroundings_have_everything_read(
    watched: Watched, change: Callable[[str], str]
) -> None:
    text = rss(item(1), item(2))
    read_all(watched, [document(text), document(change(text))])
    assert watched.given == [2, 2]


def test_another_address_has_everything_read(watched: Watched) -> None:
    """Relative links are relative to it."""
    text = rss(item(1, link="/{n}"))
    moved = document(text, url="https://other.example/feed")
    _, second = read_all(watched, [document(text), moved])
    assert second.releases[0].url == "https://other.example/1"


def test_a_source_that_is_read_otherwise_is_read_whole(watched: Watched) -> None:
    reading = Reading(watched.whole, watched.known)
    for source in (SOURCE, make_source(timezone="Asia/Tokyo")):
        watched.record(reading.read(document(rss(item(1))), source, NOW))
    assert watched.given == [1, 1]


def test_entries_that_share_a_link_are_read_together(watched: Watched) -> None:
    shared = "https://newsroom.example/all"
    texts = [rss(item(1, link=shared)), rss(item(2, link=shared), item(1, link=shared))]
    found = read_all(watched, [document(text) for text in texts])
    for text, intake in zip(texts, found, strict=True):
        assert facts(intake) == facts(take_in(document(text), SOURCE, NOW))


def test_an_entry_that_says_nothing_is_told_with_its_number(watched: Watched) -> None:
    texts = [rss(item(1), "<item><x/></item>"), rss(item(2), item(1), "<item><x/></item>")]
    _, second = read_all(watched, [document(text) for text in texts])
    assert second.oddities == ("entry 3 has no title, no text and no link",)


def test_a_date_too_far_ahead_is_looked_at_again(watched: Watched) -> None:
    early = item(1).replace("22 Jan 2025", "12 Feb 2025")
    reading = Reading(watched.whole, watched.known)
    dates = []
    for now in (NOW, NOW + timedelta(days=8)):
        intake = reading.read(document(rss(early)), SOURCE, now)
        watched.record(intake)
        dates.append(intake.releases[0].published)
    assert dates[0] is None
    assert dates[1] is not None


def test_a_document_that_cannot_be_read_is_forgotten_by_nobody(watched: Watched) -> None:
    reading = Reading(watched.whole, watched.known)
    watched.record(reading.read(document(rss(item(1))), SOURCE, NOW))
    with pytest.raises(ParseError):
        reading.read(document("<html><title>Sign in</title>"), SOURCE, NOW)
    reading.read(document(rss(item(2), item(1))), SOURCE, NOW)
    assert watched.given == [1, 1]


# -- the same as reading whole, for any feed ------------------------------------------------------

TEXTS = st.sampled_from(["One.", "Two &amp; a half.", "&lt;p&gt;Three&lt;/p&gt;", ""])
LINKS = st.sampled_from(["https://newsroom.example/{n}", "/{n}", "https://newsroom.example/all"])
ITEMS = st.one_of(
    st.builds(item, st.integers(1, 6), TEXTS, LINKS),
    st.just("<item/>"),
    st.just("<item><!-- <item> --><title><![CDATA[</item>]]></title></item>"),
)
HEADS = st.sampled_from(
    ["<title>N</title>", "<title>N</title><pubDate>Wed, 22 Jan 2025 09:14:00 GMT</pubDate>"]
)
FEEDS = st.builds(
    lambda items, head: rss(*items, head=head), st.lists(ITEMS, min_size=1, max_size=6), HEADS
)


@given(st.lists(FEEDS, min_size=2, max_size=5))
def test_what_is_read_is_what_the_whole_would_give(feeds: list[str]) -> None:
    documents = [document(text) for text in feeds]
    for one, intake in zip(documents, read_all(Watched(), documents), strict=True):
        assert facts(intake) == facts(take_in(one, SOURCE, NOW))


# -- cutting ------------------------------------------------------------------------------------

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>N</a:title>
<a:entry xml:lang="fr"><a:title>One &gt; two</a:title></a:entry>
<!-- <a:entry> -->
<a:entry><a:content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p/></div></a:content>
</a:entry></a:feed>"""


def test_the_pieces_are_the_document() -> None:
    cut = cut_feed(document(ATOM))
    assert cut is not None
    assert [entry[:9] for entry in cut.entries] == [b"<a:entry ", b"<a:entry>"]
    pieces = chain.from_iterable(zip(cut.around, [*cut.entries, b""], strict=True))
    assert b"".join(pieces).decode() == ATOM
    assert cut.only([0, 1]).decode() == ATOM


def test_a_part_is_a_document_of_its_own() -> None:
    cut = cut_feed(document(ATOM))
    assert cut is not None
    assert [r.title for r in take_in(document(cut.only([0]).decode()), SOURCE, NOW).releases] == [
        "One > two"
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel></channel></rss>",  # nothing to cut
        b"<rss><channel><item><title>&nbsp;</title></item></channel></rss>",
        b"<rss><channel><item></channel></rss>",
        b"<rss><channel><item><item/></item></channel></rss>",
        b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss><item>&a;</item></rss>",
        b"<rss><item><x:y/></item></rss>",
        b"<?xml version='1.0' encoding='iso-8859-1'?><rss><item>\xe9</item></rss>",
        "<?xml version='1.0' encoding='utf-16'?><rss><item/></rss>".encode("utf-16"),
        b"<rss><item>\xff</item></rss>",
        b"{}",
        b"",
        b"<rss>" + b"<!-- " * 100_000,
        b"<item a='" * 100_000,
    ],
)
def test_what_is_not_plainly_well_formed_is_read_whole(body: bytes) -> None:
    assert cut_feed(make_document(body)) is None


def test_the_header_may_say_other_characters() -> None:
    text = rss(item(1))
    assert cut_feed(document(text, content_type="text/xml; charset=windows-1251")) is None
    assert cut_feed(document(text, content_type='text/xml; charset="UTF-8"')) is not None
