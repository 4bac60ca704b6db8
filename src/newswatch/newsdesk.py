"""What in a newsroom's releases is news, what it says, and who is told. Pure but for the store."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from newswatch.choices import foreseen
from newswatch.copies import DAYS, subjects
from newswatch.dedupe import moved
from newswatch.match import Course, match, owe, told_by
from newswatch.model import (
    Change,
    Channel,
    Choice,
    Correction,
    Delivery,
    Lane,
    Match,
    Release,
    Source,
    Withdrawal,
)
from newswatch.ports import Intake, Known, Store
from newswatch.recognise import read, recognise
from newswatch.revisions import corrected, lasting
from newswatch.routing import joined, routed, stopped_by
from newswatch.rules.rule import Subscriber
from newswatch.rules.standing import Names, Standing
from newswatch.silences import hidden

T = TypeVar("T")
K = TypeVar("K")
ByLane = Mapping[Lane, Delivery]


@dataclass(frozen=True, slots=True)
class Newsdesk:
    """The archive and the rules, for those who decide what is news."""

    store: Store
    standing: Standing

    def known(self, source: Source, releases: Sequence[Release]) -> Mapping[str, Known]:
        """Those that are held, by the id that they have in this document."""
        known = self.store.known([release.id for release in releases])
        rest = [release for release in releases if release.id not in known]
        likenesses = [release.likeness for release in rest if release.likeness]
        like = self.store.like(source.id, likenesses) if likenesses else {}
        return {**known, **moved(releases, known, like)}

    def taken_back(
        self, source: Source, intake: Intake, known: Mapping[str, Known], now: datetime
    ) -> tuple[Withdrawal, ...]:
        """What a newsroom's document takes back of what is held of it. What it lists it does not
        take back; and what changed after it was taken back stands again."""
        said = sorted(intake.retractions, key=lambda one: one.at)
        if not said:
            return ()
        names = self.store.named(source.id, [one.name for one in said])
        meant = {
            release_id: one
            for one in said
            for release_id in (*one.ids, names.get(one.name))
            if release_id is not None
        }
        listed = {one.id for one in intake.releases} | {one.release_id for one in known.values()}
        held = self.store.releases_by_id(meant.keys() - listed)
        return tuple(
            self.withdrawal(one, meant[one.id].reason, now)
            for one in held.values()
            if one.source_id == source.id
            and not one.withdrawn
            and (one.updated or one.first_seen) < meant[one.id].at
        )

    def withdrawal(self, release: Release, reason: str, now: datetime) -> Withdrawal:
        """The version that says that a release was taken back, and what is owed for that to who was
        told of it and asks for corrections."""
        version = release.version + 1
        taken_back = replace(release, version=version, withdrawn=reason, updated=now)
        return Withdrawal(taken_back, self.owed((Change("revised", taken_back),), now))

    def understood(self, found: Sequence[Change]) -> tuple[Change, ...]:
        """Changes with what their releases say, their missions, and the rules that they meet."""
        if not found:
            return ()
        known = group_by(self.store.corrections({c.release.id for c in found}), by_release)
        releases = [read(c.release, known.get(c.release.id, ())) for c in found]
        countries = {code for release in releases for code in release.reading.countries}
        recognised = recognise(
            releases,
            self.store.missions_about(countries),
            self.store.releases_near(subjects(releases), DAYS, {one.id for one in releases}),
        )
        return tuple(
            replace(
                change,
                release=one.release,
                mission=one.mission,
                matches=match(one.release, self.standing),
            )
            for change, one in zip(found, recognised, strict=True)
        )

    def owed(self, found: Sequence[Change], now: datetime) -> tuple[Delivery, ...]:
        """Deliveries for the matches that are news, with the state that they begin in."""
        owed: list[Delivery] = []
        asked = [one for one in found if one.matches or one.kind == "revised"]
        silences = self.store.silences_at(now) if asked else ()
        chosen = group_by(self.store.choices() if asked else (), lane_of_choice)
        for change in asked:
            earlier = self.earlier(change)
            matches = (*change.matches, *self.lasting(change, earlier))
            told = self.told(change, found, earlier)
            course = self.course(change, told, self.waiting(change, owed))
            new = owe(matches, self.standing.subscribers, now, course=course)
            new = tuple(self.as_chosen(one, chosen, now) for one in new)
            owed += [hidden(one, change.release, silences) or one for one in new]
        return tuple(owed)

    def as_chosen(
        self, delivery: Delivery, chosen: Mapping[Lane, Sequence[Choice]], now: datetime
    ) -> Delivery:
        """A delivery as its readers' own choices let it begin."""
        choices = chosen.get((delivery.subscriber, delivery.channel))
        if not choices:
            return delivery
        subscriber = self.standing.by_id[delivery.subscriber]
        channel = next(one for one in subscriber.channels if one.id == delivery.channel)
        return foreseen(delivery, subscriber, channel, choices, now)

    def course(self, change: Change, told: Names, waiting: ByLane) -> Course:
        """What becomes of a delivery for a change. A match is no news where its rule was told, and
        may correct what it was told where that asks for it; a copy whose original still waits for
        it goes out with that."""
        last = self.last_owed(change)
        versions = self.versions(last.values())

        def correction(one: Delivery) -> Delivery | None:
            before = last.get((one.subscriber, one.channel))
            if before is None:
                return None
            version = versions[before.release_id, before.version]
            asked = self.standing.wanting_corrections
            return corrected(one, before, version, change.release, asked)

        def course(one: Delivery, subscriber: Subscriber, channel: Channel) -> Delivery | None:
            first = waiting.get((subscriber.id, channel.id))
            if first is not None:
                return joined(one, first)
            news = tuple(m for m in one.matches if (m.subscriber, m.rule) not in told)
            due = correction(one)
            if due is not None:
                due = replace(due, matches=(*due.matches, *news))
            elif news:
                due = replace(one, matches=news)
            return due and routed(due, subscriber, channel, change.release)

        return course

    def earlier(self, change: Change) -> Sequence[Match]:
        """The rules that earlier versions of a revised release met."""
        return self.store.matches_of(change.release.id) if change.kind == "revised" else ()

    def last_owed(self, change: Change) -> ByLane:
        """What each channel was owed last of a revised release."""
        if change.kind != "revised":
            return {}
        owed = self.store.owed_of(change.release.id)
        return {(one.subscriber, one.channel): one for one in owed}

    def versions(self, owed: Collection[Delivery]) -> Mapping[tuple[str, int], Release]:
        """The releases as they were when they were owed."""
        keys = [(one.release_id, one.version) for one in owed]
        return self.store.releases_by_version(keys) if keys else {}

    def lasting(self, change: Change, earlier: Sequence[Match]) -> tuple[Match, ...]:
        """What met an earlier version and meets this one no more, where a rule wants to know."""
        if not earlier:
            return ()
        asked = self.standing.wanting_corrections
        return lasting(earlier, change.release, change.matches, asked)

    def told(self, change: Change, found: Sequence[Change], earlier: Sequence[Match]) -> Names:
        """The rules that met an earlier version, or, unless they ask for copies, another release
        that told of the same event."""
        told = told_by(earlier)
        original = change.release.copy_of
        if original is None:
            return told
        of_original = [m for c in found if c.release.id == original for m in c.matches]
        of_original += self.store.matches_of(original)
        return told | (told_by(of_original) - self.standing.wanting_copies)

    def waiting(self, change: Change, owed: Sequence[Delivery]) -> ByLane:
        """Deliveries of the release that a new one is a copy of, which wait for its copies."""
        original = change.release.copy_of
        if original is None or change.kind != "new":
            return {}
        of_original = [one for one in owed if one.release_id == original]
        return {
            (one.subscriber, one.channel): one
            for one in (*self.store.waiting(original), *of_original)
            if one.state == "queued" and stopped_by(one, "merge")
        }


def lane_of_choice(choice: Choice) -> Lane:
    return choice.subscriber, choice.channel


def by_release(correction: Correction) -> str:
    return correction.release_id


def group_by(values: Iterable[T], key: Callable[[T], K]) -> Mapping[K, list[T]]:
    grouped: dict[K, list[T]] = {}
    for value in values:
        grouped.setdefault(key(value), []).append(value)
    return grouped
