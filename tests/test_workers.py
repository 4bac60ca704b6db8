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
    pool = Workers(count=2, deadline=timedelta(seconds=2), memory=1_500_000_000)
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
    ],
    ids=[
        "newlines", "attributes", "entities", "author", "nested markup", "nested elements",
        "surrogate", "beyond Unicode", "comments", "punycode", "nested JSON", "NUL",
    ],
)  # fmt: skip
def test_a_hostile_document_is_read_or_refused_and_the_next_is_read(
    workers: Workers, body: bytes
) -> None:
    outcome = outcome_of(workers, body)
    assert isinstance(outcome, Intake) or outcome.state in ("parse", "empty")
    assert len(read(workers, GOOD).releases) == 1


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
