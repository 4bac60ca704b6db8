"""A delivery as a message of a Slack-compatible incoming webhook. Pure.

Slack's own documentation, "Formatting text for app surfaces": `&`, `<` and `>` are escaped, a link
is `<address|text>`. Mattermost, Rocket.Chat and Discord (with `/slack` behind its address) take
the same form.
"""

from newswatch.ports import Message
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
from newswatch.render.webhook import HEADERS, as_json
from newswatch.render.words import Words

MOST_WHOLE = 5  # releases in one message, each with its facts and reasons
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def render_chat(alert: Alert) -> Message:
    """A line for the release, one for each change, one for the facts, one for each copy, and one for each rule that asked
    for it. Of many releases, a line each."""
    one_by_one = len(alert.items) <= MOST_WHOLE
    parts = [
        item_text(item, alert) if one_by_one else item_line(item, alert.words)
        for item in alert.items
    ]
    if not one_by_one:
        parts.insert(0, f"*{alert.words.counted(len(parts))}*")
    text = ("\n\n" if one_by_one else "\n").join(parts)
    return Message(alert.channel, alert.deliveries, as_json({"text": text}), HEADERS)


def item_text(item: Item, alert: Alert) -> str:
    release, words = item.release, alert.words
    facts = " · ".join((day_in_words(release, words), *facts_in_words(release, words)))
    return "\n".join(
        (
            f"*{linked(item, 300, words)}*",
            *map(escaped, changes_in_words(item, words)),
            escaped(f"{release.publisher} · {facts}"),
            *(words.also.format(f"{linked(one, 200, words)} ({origin(one)})") for one in item.also),
            *because(item, alert),
        )
    )


def item_line(item: Item, words: Words) -> str:
    return f"• {linked(item, 150, words)} ({origin(item)})"


def origin(item: Item) -> str:
    return escaped(publisher(item.release))


def linked(item: Item, most: int, words: Words) -> str:
    title = escaped(shortened(headline(item, words), most)).replace("|", "¦")
    return f"<{link(item.release.url)}|{title}>"


def because(item: Item, alert: Alert) -> list[str]:
    words = alert.words
    return [
        escaped(
            words.stated.format(
                words.because.format(words.quote(rule_title(match, alert.subscriber))),
                "; ".join(why_in_words(why, words) for why in match.why[:5]),
            )
        )
        for match in item.matches
    ]


def escaped(text: str) -> str:
    return text.translate(ESCAPES)


def link(url: str) -> str:
    return escaped(url).replace("|", "%7C")
