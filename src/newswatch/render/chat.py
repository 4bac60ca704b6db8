"""A delivery as a message of a Slack-compatible incoming webhook. Pure.

Slack's own documentation, "Formatting text for app surfaces": `&`, `<` and `>` are escaped, a link
is `<address|text>`. Mattermost, Rocket.Chat and Discord (with `/slack` behind its address) take
the same form.
"""

from newswatch.ports import Message
from newswatch.render.alert import (
    Alert,
    Item,
    day_in_words,
    facts_in_words,
    rule_title,
    shortened,
    why_in_words,
)
from newswatch.render.webhook import HEADERS, as_json

ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def render_chat(alert: Alert) -> Message:
    """A line for the release, one for the facts, and one for each rule that asked for it."""
    text = "\n\n".join(item_text(item, alert) for item in alert.items)
    return Message(alert.channel, alert.deliveries, as_json({"text": text}), HEADERS)


def item_text(item: Item, alert: Alert) -> str:
    release = item.release
    title = escaped(shortened(release.title, 300)).replace("|", "¦")
    facts = " · ".join((day_in_words(release), *facts_in_words(release, alert.letterhead)))
    return "\n".join(
        (
            f"*<{link(release.url)}|{title}>*",
            escaped(f"{release.publisher} · {facts}"),
            *(because(item, alert)),
        )
    )


def because(item: Item, alert: Alert) -> list[str]:
    return [
        escaped(
            f"Because of “{rule_title(match, alert.subscriber)}”: "
            + "; ".join(why_in_words(why, alert.letterhead) for why in match.why[:5])
        )
        for match in item.delivery.matches
    ]


def escaped(text: str) -> str:
    return text.translate(ESCAPES)


def link(url: str) -> str:
    return escaped(url).replace("|", "%7C")
