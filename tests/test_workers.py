"""Documents made to stop their reader: each is a source's error, and no other is kept waiting."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest

from factories import NOW, make_document, make_source
from newswatch.errors import ParseError
from newswatch.intake import take_in
from newswatch.ports import Intake
from newswatch.workers import Workers, attempt

GOOD = b"<rss version='2.0'><channel><item><title>One</title></item></channel></rss>"
SOURCE = make_source()


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    pool = Workers(count=2, deadline=timedelta(seconds=4), memory=1_500_000_000)
    yield pool
    pool.close()


def read(workers: Workers, body: bytes) -> Intake:
    return workers.read(make_document(body), SOURCE, NOW)


def item(inside: bytes) -> bytes:
    return b"<rss version='2.0'><channel><item>" + inside + b"</item></channel></rss>"


def test_a_document_is_read_as_it_would_be_here(workers: Workers) -> None:
    assert read(workers, GOOD) == take_in(make_document(GOOD), SOURCE, NOW)


def test_an_error_of_parsing_comes_back_with_its_state(workers: Workers) -> None:
    with pytest.raises(ParseError, match="no feed") as refused:
        read(workers, b"just words")
    assert refused.value.state == "parse"


ENTITIES = (
    b'<!DOCTYPE rss [<!ENTITY a "' + b"x" * 50_000 + b'">\n<!ENTITY b "' + b"&a;" * 10_000 + b'">]>'
)


@pytest.mark.parametrize(
    "body",
    [
        b"\n" * 200_000 + GOOD,
        b"<rss " + b" ".join(b"a%d='1'" % n for n in range(130_000)) + b">" + GOOD[19:],
        ENTITIES + item(b"<title>&b;</title>"),
        item(b"<author>" + b"a" * 200_000 + b"</author>"),
        item(b"<title>" + b"<b>" * 200_000 + b"</title>"),
        b"<rss version='2.0'><channel>" + b"<a>" * 200_000,
        item(b"<title>&#xD800;</title>"),
        item(b"<title>&#x110000;</title>"),
        item(b"<description>" + b"<!-- " * 100_000 + b"</description>"),
        b"<?xml version='1.0' encoding='punycode'?>" + GOOD,
        b'{"items": ' + b"[" * 100_000,
        b"\x00" * 100_000,
        ("\ufeff" + "\n" * 50_000 + GOOD.decode()).encode("utf-16-le"),
        b"<rss " + b" ".join(b"a%d='1'" % n for n in range(32_000)) + b">" + GOOD[19:],
        item(b"<author>a@" + b"a." * 50_000 + b"</author>"),
        item(b"<managingEditor>" + b"a-b_c.d" * 20_000 + b"@</managingEditor>"),
        item(b"<description><![CDATA[" + b"<div>" * 200_000 + b"]]></description>"),
        b"<!doctype html><html>" + b"<div>" * 200_000,
        b'{"items": [{"id": ' + b"9" * 10_000 + b"}]}",
    ],
    ids=[
        "newlines", "attributes", "entities", "author", "nested markup", "nested elements",
        "surrogate", "beyond Unicode", "comments", "punycode", "nested JSON", "NUL",
        "newlines in UTF-16", "32k attributes", "mail of dots", "mail of words", "nested HTML",
        "nested page", "number without end",
    ],
)  # fmt: skip
def test_a_hostile_document_is_read_or_refused_and_the_next_is_read(
    workers: Workers, body: bytes
) -> None:
    outcome = outcome_of(workers, body)
    assert isinstance(outcome, Intake) or outcome.state in ("parse", "empty")
    assert len(read(workers, GOOD).releases) == 1


ENTITY_DECLARATIONS = b"".join(b"<!ENTITY e%d 'x'>" % n for n in range(6_000))  # 115 kB


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"\n" * 50_000 + GOOD, "One"),
        (b"\xef\xbb\xbf" + b"\n" * 50_000 + GOOD, "One"),
        (b"<?xml version='1.0'?>" + b"\n" * 50_000 + GOOD, "One"),
        (b"<!DOCTYPE rss" + b"\n" * 50_000 + b">" + GOOD, "One"),
        (b"<!DOCTYPE " + b"\n" * 50_000 + GOOD, "One"),
        (b"<!-- -->" * 20_000 + GOOD, "One"),
        (item(b"<title>" + b"\n" * 50_000 + b"One</title>"), "One"),
        (item(b"<title>One</title><pubDate>" + b"1 " * 500_000 + b"</pubDate>"), "One"),
        (item(b"<title>One" + b"&nbsp;" * 19_200 + b"</title>"), "One"),
        (b"<!DOCTYPE rss [" + ENTITY_DECLARATIONS + b"]>" + GOOD, "One"),
        (item(b"<title>One</title><guid>" + b"x" * 1_000_000 + b"</guid>"), "One"),
        (item(b"<title>One</title><link>https://n.example/" + b"x" * 1_000_000 + b"</link>"), "One"),
        (item(b"<title>" + b"x" * 1_000_000 + b"</title>"), "x" * 1_000),
        (item(b"<title>O&#xD800;n\x00\x07e&#1;</title>"), "One"),
        (item("<title>O\u202en\u2066e\u2069</title>".encode()), "One"),
        (b'{"items": [{"id": "\\ud800", "title": "O\\ud800ne", "language": "\\udfff"}]}', "One"),
        (b'{"title": "\\ud800", "language": "\\ud800", "items": [{"title": "One"}]}', "One"),
        (b'{"items": [{"title": "One", "tags": ["\\ud800"], "date_published": "\\ud800"}]}', "One"),
    ],
    ids=[
        "newlines", "newlines after the mark", "newlines after the declaration",
        "newlines in the document type", "newlines in an open document type", "comments",
        "newlines in a title", "long date", "entities", "declared entities", "long id",
        "long link", "long title", "forbidden characters", "overrides", "surrogates of an entry",
        "surrogates of a feed", "surrogates of tags and dates",
    ],
)  # fmt: skip
def test_a_document_that_looks_hostile_and_says_something_is_read(
    workers: Workers, body: bytes, title: str
) -> None:
    intake = read(workers, body)
    (release,) = intake.releases
    assert release.title == title
    texts = (release.text, release.html, release.url, release.language, *release.topics)
    for text in (*texts, intake.title, intake.language):
        (text or "").encode()  # no lone surrogate is left, which no database could hold


def outcome_of(workers: Workers, body: bytes) -> Intake | ParseError:
    try:
        return read(workers, body)
    except ParseError as refused:
        return refused


def test_a_document_that_takes_too_long_is_ended_while_others_are_read() -> None:
    workers = Workers(count=2, deadline=timedelta(seconds=1))
    slow = b"<rss " + b" ".join(b"a%d='1'" % n for n in range(200_000)) + b">"
    read(workers, GOOD)  # the processes are up
    refusals: list[Intake | ParseError] = []
    thread = Thread(target=lambda: refusals.append(outcome_of(workers, slow)))
    thread.start()
    assert len(read(workers, GOOD).releases) == 1
    assert refusals == []
    thread.join()
    workers.close()
    assert str(refusals[0]) == "parse: could not be read within 1 s"


def test_what_a_library_raises_is_a_reason() -> None:
    hostile = make_document(item(b"<title>&#xD800;</title>"))
    outcome = attempt(take_in, hostile, SOURCE, NOW)
    assert isinstance(outcome, Intake) or outcome.state == "parse"
