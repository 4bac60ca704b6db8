"""The tests that stand in a subscriber's file, with the releases that they write down."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from difflib import get_close_matches

from newswatch.config.models import RuleTest, SubscriberModel, SubscriberTest
from newswatch.config.places import Document, KeyPath
from newswatch.config.words import did_you_mean
from newswatch.model import Published, Release, Source
from newswatch.rules.trial import Trial

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)  # when a release without a date was first seen


@dataclass(frozen=True, slots=True)
class Trials:
    """Reads the tests of one file. `sources` are those of the configuration, None while they are
    wrong themselves; `report` takes what is wrong at a place."""

    model: SubscriberModel
    document: Document
    sources: Mapping[str, Source] | None
    report: Callable[[KeyPath, str], None]

    def read(self) -> Iterator[Trial]:
        """All tests, in the order of the file: those of its rules, then its own."""
        for number, rule in enumerate(self.model.rules):
            for position, test in enumerate(rule.tests):
                yield self.trial(test, ("rules", number, "tests", position), rule.id, None)
        for position, own in enumerate(self.model.tests):
            place: KeyPath = ("tests", position)
            self.refuse_unknown_names(own, place)
            yield self.trial(own, place, own.rule, own.channel)

    def refuse_unknown_names(self, test: SubscriberTest, place: KeyPath) -> None:
        rules = [rule.id for rule in self.model.rules]
        for kind, name, known in (
            ("rule", test.rule, rules),
            ("channel", test.channel, list(self.model.channels)),
        ):
            if name is not None and name not in known:
                hint = did_you_mean(get_close_matches(name, known, n=2))
                self.report((*place, kind), f"no {kind} is called {name!r} in this file{hint}")

    def trial(self, test: RuleTest, place: KeyPath, rule: str | None, channel: str | None) -> Trial:
        line, column = self.document.places.get(place, (0, 0))
        return Trial(
            subscriber=self.model.subscriber,
            expected=test.expect == "match",
            release=test.release or as_release(test, self.source(test, place)),
            rule=rule,
            channel=channel,
            file=self.document.file,
            line=line + 1,
            column=column + 1,
        )

    def source(self, test: RuleTest, place: KeyPath) -> Source | None:
        if test.source is None or self.sources is None:
            return None
        if test.source not in self.sources:
            hint = did_you_mean(get_close_matches(test.source, self.sources, n=2))
            self.report((*place, "source"), f"no source is called {test.source!r}{hint}")
        return self.sources.get(test.source)


def as_release(test: RuleTest, source: Source | None) -> Release:
    """The release that a test writes down, as its source would have brought it on its day."""
    day = test.published
    return Release(
        id="",
        source_id=test.source or "",
        publisher=source.publisher if source else "",
        url="",
        title=test.title or "",
        first_seen=datetime.combine(day, time(12), UTC) if day else UNDATED,
        fingerprint="",
        published=Published(day) if day else None,
        content_type=test.content_type,
        institutions=test.institutions,
        topics=test.topics,
        text=test.text or test.teaser or "",
        language=test.language or (source.language if source else None),
    )
