"""The page on which a reader of mail sees and chooses what comes: reached by a link in each mail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newswatch.choices import morning, refusal, rules_to
from newswatch.health import OURSELVES
from newswatch.model import Channel, Choice, Delivery, Digest, Release
from newswatch.recipients import Recipient, mail_channels
from newswatch.render.asked import asked
from newswatch.render.words import Words
from newswatch.rules.rule import Rule, Subscriber
from newswatch.web.catalogue import calendar_feed, rule_feed
from newswatch.web.doors import Site, Token
from newswatch.web.headers import PERSONAL
from newswatch.web.pages import Pages
from newswatch.web.recipients import Recipients, form_of, refuse_strangers

SENT = 50  # deliveries that are shown
GRACE = timedelta(days=7)  # that the old address of a private feed works on
LONGEST_PAUSE = timedelta(days=366)

Form = Mapping[str, str]


class Chosen(NamedTuple):
    """Choices that a form makes, and those that it takes back."""

    made: Sequence[Choice] = ()
    undone: Sequence[Choice] = ()


class FormError(Exception):
    """What a form asks for cannot be; the text is the name of the words (`wrong`) that say why."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who has the page: an address, and what its subscriber has for it."""

    subscriber: Subscriber
    address: str
    words: Words
    choices: Sequence[Choice]  # of the address
    now: datetime

    def channel(self, form: Form) -> Channel:
        """The channel that a form is about. Raises `HTTPException`."""
        found = self.subscriber.channel(form.get("channel", ""))
        if found is None or found not in self.channels:
            raise HTTPException(400)
        return found

    @property
    def channels(self) -> Sequence[Channel]:
        return mail_channels(self.subscriber, self.address)

    def choice(self, channel: Channel, kind: str, rule: str = "") -> Choice | None:
        wanted = (channel.id, kind, rule)
        return next((c for c in self.choices if (c.channel, c.kind, c.rule) == wanted), None)

    def key(self, channel: Channel) -> tuple[str, str, str]:
        return self.subscriber.id, channel.id, self.address


# -- what is shown --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A rule that sends to the reader, what it asks for, and whether the reader gave it up."""

    rule: Rule
    asks: str
    dropped: Choice | None


@dataclass(frozen=True, slots=True)
class Section:
    """A channel as its reader has it."""

    channel: Channel
    digest: Digest | None
    own_digest: Choice | None
    pause: Choice | None
    stopped: Choice | None
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery of the reader's, in words."""

    at: datetime
    release: Release | None
    state: str

    @property
    def has_page(self) -> bool:
        return self.release is not None and self.release.source_id != OURSELVES


@dataclass(frozen=True, slots=True)
class Private:
    """A private feed, or the calendar; `name` is what a form calls it."""

    name: str
    title: str
    token: Token | None  # the latest that works


def section(reader: Reader, channel: Channel) -> Section:
    pause, own = reader.choice(channel, "pause"), reader.choice(channel, "digest")
    return Section(
        channel=channel,
        digest=own.digest if own else channel.digest,
        own_digest=own,
        pause=pause if pause and pause.until and pause.until > reader.now else None,
        stopped=reader.choice(channel, "all"),
        rows=[
            Row(rule, asked(rule.condition, reader.words), reader.choice(channel, "rule", rule.id))
            for rule in rules_to(reader.subscriber, channel)
        ],
    )


def state_words(delivery: Delivery, reader: Reader) -> str:
    """What became of a delivery for one of its addresses."""
    words, address = reader.words, reader.address
    mine = [one for one in delivery.stops if f" {one.note}".endswith(f" {address}")]
    left_out = next((one for one in mine if one.stage == "unsubscribed"), None)
    if left_out:
        which, day = refusal(left_out.note)
        return words.refused[which].format(words.day(day))
    if address in delivery.taken:
        return words.deliveries["sent"]
    if delivery.state == "held" and any(one.stage == "pause" for one in mine):
        return words.manage["waits"]
    return words.deliveries[delivery.state]


def digest_words(digest: Digest | None, words: Words) -> str:
    said = words.digests
    if digest is None:
        return said["each"]
    if digest.cron:
        return said["cron"].format(digest.cron)
    day = said["daily"] if digest.weekday is None else words.weekly[digest.weekday]
    return said["weekly"].format(day, words.at_time(digest.at))


# -- what is chosen -------------------------------------------------------------------------------


def pause(reader: Reader, form: Form) -> Chosen:
    day = day_of(form.get("until", ""))
    until = morning(day, reader.subscriber.timezone)
    if not reader.now < until <= reader.now + LONGEST_PAUSE:
        raise FormError("pause")
    key = reader.key(reader.channel(form))
    return Chosen([Choice(*key, "pause", made=reader.now, until=until)])


def digest(reader: Reader, form: Form) -> Chosen:
    at, weekday = form.get("at", ""), form.get("weekday", "")
    try:
        chosen = Digest(time.fromisoformat(at), int(weekday) if weekday else None)
    except ValueError:
        raise FormError("time") from None
    if chosen.weekday not in (None, *range(7)) or chosen.at.tzinfo or len(at) != len("07:00"):
        raise FormError("time")
    key = reader.key(reader.channel(form))
    return Chosen([Choice(*key, "digest", made=reader.now, digest=chosen)])


def drop(reader: Reader, form: Form) -> Chosen:
    channel, rule = reader.channel(form), form.get("rule", "")
    if rule not in {one.id for one in rules_to(reader.subscriber, channel)}:
        raise HTTPException(400)
    held = reader.choice(channel, "rule", rule)
    return Chosen([held or Choice(*reader.key(channel), "rule", rule, reader.now)])


def stop(reader: Reader, form: Form) -> Chosen:
    """All of a channel; without one, of all channels."""
    channels = [reader.channel(form)] if "channel" in form else reader.channels
    new = [one for one in channels if reader.choice(one, "all") is None]
    return Chosen([Choice(*reader.key(one), "all", made=reader.now) for one in new])


def taken_back(kind: str) -> Callable[[Reader, Form], Chosen]:
    def take_back(reader: Reader, form: Form) -> Chosen:
        channels = [reader.channel(form)] if "channel" in form else reader.channels
        held = (reader.choice(one, kind, form.get("rule", "")) for one in channels)
        return Chosen(undone=[one for one in held if one is not None])

    return take_back


ACTIONS: Mapping[str, Callable[[Reader, Form], Chosen]] = {
    "pause": pause,
    "resume": taken_back("pause"),
    "digest": digest,
    "usual": taken_back("digest"),
    "drop": drop,
    "take": taken_back("rule"),
    "stop": stop,
    "start": taken_back("all"),
}


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FormError("day") from None


# -- the endpoints --------------------------------------------------------------------------------


class ManagePage:
    """The two endpoints. The token in the address is the reader's credential."""

    def __init__(self, recipients: Recipients, pages: Pages) -> None:
        self.recipients = recipients
        self.pages = pages

    @property
    def site(self) -> Site:
        return self.recipients.site

    def show(self, request: Request) -> Response:
        reader = self.reader(request)
        return self.page(request, reader, done=request.query_params.get("done", ""))

    async def change(self, request: Request) -> Response:
        refuse_strangers(request, self.site)
        reader = await run_in_threadpool(self.reader, request)
        form = await form_of(request)
        return await run_in_threadpool(self.changed, request, reader, form)

    def changed(self, request: Request, reader: Reader, form: Form) -> Response:
        """Back to the page, which says what was done; a new address is shown at once, as nobody can
        show it again."""
        action = form.get("action", "")
        if action == "renew":
            return self.page(request, reader, new=self.renewed(reader, form))
        if action not in ACTIONS:
            raise HTTPException(400)
        try:
            chosen = ACTIONS[action](reader, form)
        except FormError as error:
            return self.page(request, reader, wrong=str(error), status=422)
        self.site.self_service.choose(chosen.made, chosen.undone)
        here = f"{self.site.root}/manage/{request.path_params['token']}"
        return RedirectResponse(f"{here}?done={action}", 303, PERSONAL)

    def reader(self, request: Request) -> Reader:
        who: Recipient = self.recipients.named(request, "manage")
        doors = self.site.self_service
        chosen = [one for one in doors.choices(who.subscriber) if one.address == who.address]
        subscriber, words = self.recipients.subscriber(who), self.recipients.words(who)
        return Reader(subscriber, who.address, words, chosen, doors.now())

    def page(
        self,
        request: Request,
        reader: Reader,
        *,
        done: str = "",
        wrong: str = "",
        new: str = "",
        status: int = 200,
    ) -> Response:
        values = {
            "reader": reader,
            "words": reader.words,
            "sections": [section(reader, one) for one in reader.channels],
            "private": self.private(reader),
            "sent": self.sent(reader),
            "action": f"{self.site.root}/manage/{request.path_params['token']}",
            "done": reader.words.done.get(done),
            "wrong": reader.words.wrong.get(wrong),
            "new": new,
            "tomorrow": reader.now.date() + timedelta(days=1),
            "digest_words": digest_words,
            "grace": GRACE,
        }
        return self.pages.page("manage.html", values, status, PERSONAL)

    def sent(self, reader: Reader) -> Sequence[Sent]:
        names = [one.id for one in reader.channels]
        found = self.site.self_service.newest(reader.subscriber.id, names, SENT)
        releases = self.site.releases(one.release_id for one, _ in found)
        return [
            Sent(at, releases.get(one.release_id), state_words(one, reader)) for one, at in found
        ]

    # -- private feeds ----------------------------------------------------------------------------

    def private(self, reader: Reader) -> Sequence[Private]:
        """The calendar first; of a feed with several addresses the one that stays."""
        held = {one.rule: one for one in self.site.self_service.feeds(reader.subscriber.id)}
        held |= {rule: one for rule, one in held.items() if one.until is None}
        fed = [rule for rule in reader.subscriber.rules if rule.feed.visibility == "private"]
        own = Private("", reader.words.manage["calendar"], held.get(""))
        return [own, *(Private(rule.id, rule.title, held.get(rule.id)) for rule in fed)]

    def renewed(self, reader: Reader, form: Form) -> str:
        """The new address of a private feed. Raises `HTTPException`."""
        name = form.get("feed")
        if name not in {one.name for one in self.private(reader)}:
            raise HTTPException(400)
        grace = timedelta(0) if form.get("at-once") else GRACE
        token = self.site.self_service.issue(reader.subscriber.id, name, grace)
        if not name:
            return calendar_feed(reader.subscriber, token).head(self.site, "ics").self_url
        rule = next(one for one in reader.subscriber.rules if one.id == name)
        return rule_feed(reader.subscriber, rule, token).head(self.site, "atom").self_url
