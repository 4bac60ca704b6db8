"""Documents from entries that are kept."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from factories import NOW, make_release
from newswatch.model import Release
from newswatch.render.entry import FeedHead
from newswatch.render.formats import FORMATS
from newswatch.web import press
from newswatch.web.history import Span, Step
from newswatch.web.press import Press
from webdoors import Doors

HEAD = FeedHead("urn:x", "X", "https://news.example/x.atom", "https://news.example/")
RELEASES = [make_release(id=f"{n:016x}", first_seen=NOW + timedelta(hours=n)) for n in range(9)]
STEPS = [Step(one.id, one.version, one.first_seen, one.shown) for one in RELEASES]


def test_entries_are_written_once_whatever_documents_show_them() -> None:
    asked: list[tuple[str, int]] = []
    doors = Doors(releases=RELEASES)
    by_key = {(one.id, one.version): one for one in RELEASES}

    def versions(keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Release]:
        wanted = list(keys)
        asked.extend(wanted)
        return {key: by_key[key] for key in wanted}

    made = Press(replace(doors.site(), versions=versions))
    made.issue(HEAD, Span(tuple(STEPS[:6]), ()), FORMATS["atom"])
    made.issue(HEAD, Span(tuple(STEPS[3:]), ()), FORMATS["atom"])
    assert asked == [(step.release_id, 1) for step in STEPS]


def test_a_document_is_whole_when_its_entries_push_each_other_out() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(press, "ENTRIES", 4)
        made = Press(Doors(releases=RELEASES).site())
        made.issue(HEAD, Span(tuple(STEPS[:4]), ()), FORMATS["atom"])
        body = made.issue(HEAD, Span(tuple(STEPS), ()), FORMATS["atom"]).body
    assert body.count(b"<entry") == len(STEPS)


def test_the_tag_follows_every_change_of_the_content() -> None:
    made = Press(Doors(releases=RELEASES).site())
    left = Step("f" * 16, 2, NOW, NOW, left="Withdrawn")
    spans = [
        Span(tuple(STEPS), ()),
        Span(tuple(STEPS[1:]), ()),
        Span(tuple(reversed(STEPS)), ()),
        Span(tuple(STEPS), (left,)),
    ]
    tags = {made.issue(HEAD, span, FORMATS["atom"]).tag for span in spans}
    assert len(tags) == len(spans)
    assert made.issue(HEAD, spans[0], FORMATS["rss"]).tag not in tags
