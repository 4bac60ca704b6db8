"""A chat message as paragraphs of lines, for the services whose messages are one text. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from newswatch.render.chat.letter import Letter, Link, Story


@dataclass(frozen=True, slots=True)
class Markup:
    """How a service writes text that is to be shown as it is, a link, and what stands out."""

    escaped: Callable[[str], str]
    link: Callable[[str, str], str]  # of an escaped text and an address
    strong: Callable[[str], str]


def as_text(letter: Letter, markup: Markup) -> str:
    """Of a story, a line for its title, for each change, for the facts, for each copy and for each
    reason; of many, a line each."""
    parts = ["\n".join(lines(story, markup)) for story in letter.stories]
    if letter.is_list:
        heading = markup.strong(markup.escaped(letter.heading))
        parts = [heading, *(f"• {item_line(story.link, markup)}" for story in letter.stories)]
    if letter.more:
        parts.append(markup.link(markup.escaped(letter.more), letter.site))
    return ("\n" if letter.is_list else "\n\n").join(parts)


def lines(story: Story, markup: Markup) -> Iterator[str]:
    escaped = markup.escaped
    yield markup.strong(markup.link(escaped(story.link.text), story.link.url))
    yield from map(escaped, story.changes)
    if story.facts:
        yield escaped(story.facts)
    yield from (item_line(one, markup) for one in story.copies)
    yield from map(escaped, story.reasons)


def item_line(link: Link, markup: Markup) -> str:
    title = markup.link(markup.escaped(link.text), link.url)
    return f"{markup.escaped(link.before)}{title} ({markup.escaped(link.origin)})"
