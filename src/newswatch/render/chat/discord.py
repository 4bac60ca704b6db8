"""Discord's own webhooks: an embed for each release. Pure.

https://discord.com/developers/docs/resources/message#embed-object-embed-limits: 10 embeds; of one, a
title of 256 characters, a description of 4,096; of all together, 6,000.
"""

from newswatch.render.alert import shortened
from newswatch.render.chat import markdown
from newswatch.render.chat.letter import Letter, Story, fitted
from newswatch.render.chat.markdown import MARKUP
from newswatch.render.chat.paragraphs import as_text, item_line

MOST = 6_000
MOST_TITLE, MOST_DESCRIPTION = 256, 4_096
NOBODY: dict[str, object] = {"parse": []}  # of those who are mentioned, is called
Embed = dict[str, str]


def write(letter: Letter) -> dict[str, object]:
    embeds = fitted(letter, embeds_of, fits)
    return {"embeds": embeds, "allowed_mentions": NOBODY}


def embeds_of(letter: Letter) -> list[Embed]:
    if letter.is_list:
        return [{"description": as_text(letter, MARKUP)}]
    more = [{"title": letter.more, "url": letter.site}] if letter.more else []
    return [*map(embed, letter.stories), *more]


def embed(story: Story) -> Embed:
    lines = [markdown.escaped(line) for line in (*story.changes, story.facts) if line]
    lines += [item_line(one, MARKUP) for one in story.copies]
    lines += map(markdown.escaped, story.reasons)
    return {"title": title(story.link.text), "url": story.link.url, "description": "\n".join(lines)}


def title(words: str) -> str:
    escaped = markdown.escaped(words)
    if len(escaped) <= MOST_TITLE:
        return escaped
    return markdown.escaped(shortened(words, MOST_TITLE // 2))  # a backslash for each, at worst


def fits(embeds: list[Embed]) -> bool:
    texts = [embed.get("title", "") + embed.get("description", "") for embed in embeds]
    longest = max(len(embed.get("description", "")) for embed in embeds)
    return sum(map(len, texts)) <= MOST and longest <= MOST_DESCRIPTION
