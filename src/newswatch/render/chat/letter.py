"""What a chat message says, in no service's form yet: releases with their facts and reasons, or a line
each where they are many; and ever less of it, for a service that takes no more. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from newswatch.errors import RenderError
from newswatch.health import OURSELVES
from newswatch.render import safe
from newswatch.render.alert import (
    Alert,
    Item,
    changes_in_words,
    day_in_words,
    facts_in_words,
    headline,
    publisher,
    rule_title,
    shortened,
    why_in_words,
)
from newswatch.render.words import Words

MOST_WHOLE = 5  # releases in one message, each with its facts and reasons
LONGEST_LINK = 1_000  # characters; a longer address gives way to the site's own
SHORT = 150  # characters of a line that has to be short

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Link:
    """A title that leads to a page, and what stands before and behind it."""

    text: str
    url: str
    origin: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One release: its title, what changed, its facts, its copies, and why it came."""

    link: Link
    changes: tuple[str, ...] = ()
    facts: str = ""
    copies: tuple[Link, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """All that one message says. Texts are single lines in which nobody is mentioned."""

    stories: tuple[Story, ...]
    is_list: bool  # a line for each story
    site: str  # where to read on
    thread: str  # the same for all versions of a release
    words: Words
    left_out: int = 0

    @property
    def heading(self) -> str:
        return self.words.counted(len(self.stories) + self.left_out) if self.is_list else ""

    @property
    def more(self) -> str:
        """What to say of the stories that are left out."""
        return self.words.left_out.format(self.left_out) if self.left_out else ""


def letter_of(alert: Alert) -> Letter:
    is_list = len(alert.items) > MOST_WHOLE
    tell = listed if is_list else whole
    return Letter(
        stories=tuple(tell(item, alert) for item in alert.items),
        is_list=is_list,
        site=alert.letterhead.base_url,
        thread=alert.items[0].release.id,
        words=alert.words,
    )


def whole(item: Item, alert: Alert) -> Story:
    """What newswatch says of itself is all in its text: no rule is behind it."""
    release, words = item.release, alert.words
    if release.source_id == OURSELVES and not release.overdue:
        return Story(linked(item, alert, 300), facts=said(shortened(release.text, 1_500)))
    facts = (release.publisher, day_in_words(release, words), *facts_in_words(release, words))
    return Story(
        link=linked(item, alert, 300),
        changes=tuple(map(said, changes_in_words(item, words))),
        facts=said(" · ".join(facts)),
        copies=tuple(copied(one, alert) for one in item.also),
        reasons=tuple(because(item, alert)),
    )


def listed(item: Item, alert: Alert) -> Story:
    return Story(linked(item, alert, SHORT))


def linked(item: Item, alert: Alert, most: int) -> Link:
    release = item.release
    url = safe.address(release.url)
    if not url or len(url) > LONGEST_LINK:
        url = f"{alert.letterhead.base_url}/releases/{release.id}"
    return Link(said(shortened(headline(item, alert.words), most)), url, said(publisher(release)))


def copied(item: Item, alert: Alert) -> Link:
    return replace(linked(item, alert, 200), before=alert.words.also.format(""))


def because(item: Item, alert: Alert) -> Iterator[str]:
    words = alert.words
    for match in item.matches:
        rule = words.because.format(words.quote(rule_title(match, alert.subscriber)))
        why = "; ".join(why_in_words(one, words) for one in match.why[:5])
        yield said(words.stated.format(rule, why))


def said(text: str) -> str:
    """One line without control characters, in which no service sees a mention: behind each @ stands
    a space of no width, so that @everyone, @here and @room of a title call nobody."""
    return safe.line(text).replace("@", "@\u200b")


# -- as much as a service takes ------------------------------------------------------------------


def fitted(letter: Letter, write: Callable[[Letter], T], fits: Callable[[T], bool]) -> T:
    """The message that says most of those that fit. Raises `RenderError` where none does."""
    for one in ever_shorter(letter):
        written = write(one)
        if fits(written):
            return written
    raise RenderError("the message is too long for its chat service, however it is cut")


def ever_shorter(letter: Letter) -> Iterator[Letter]:
    """First the reasons are cut, then left out; then the last stories, one after the other; of the
    last one only its title stays."""
    yield letter
    letter = each(letter, lambda one: replace(one, reasons=cut(one.reasons[:2])))
    yield letter
    letter = each(letter, shorn)
    yield letter
    for count in range(len(letter.stories) - 1, 0, -1):
        rest = len(letter.stories) - count
        yield replace(letter, stories=letter.stories[:count], left_out=rest)
    bare = Story(replace(letter.stories[0].link, text=shortened(letter.stories[0].link.text, 100)))
    yield replace(letter, stories=(bare,), left_out=len(letter.stories) - 1)


def shorn(story: Story) -> Story:
    return replace(story, reasons=(), changes=cut(story.changes), facts=shortened(story.facts, 300))


def each(letter: Letter, change: Callable[[Story], Story]) -> Letter:
    return replace(letter, stories=tuple(map(change, letter.stories)))


def cut(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(shortened(line, SHORT) for line in lines)
