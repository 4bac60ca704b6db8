"""Microsoft Teams, through a workflow "when a webhook request is received": an Adaptive Card. Pure.

What a TextBlock shows is a subset of Markdown; nobody is mentioned without an entity that says whom
(https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format).
"""

from newswatch.render.chat import markdown
from newswatch.render.chat.letter import Letter, Story, fitted
from newswatch.render.chat.markdown import MARKUP
from newswatch.render.chat.paragraphs import item_line
from newswatch.render.webhook import as_json

MOST = 28_000  # bytes of a message
CARD = "application/vnd.microsoft.card.adaptive"
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
Block = dict[str, object]


def write(letter: Letter) -> dict[str, object]:
    return fitted(letter, message, lambda body: len(as_json(body)) <= MOST)


def message(letter: Letter) -> dict[str, object]:
    blocks = [block for story in letter.stories for block in story_blocks(story, letter)]
    if letter.heading:
        blocks.insert(0, text(letter.heading, weight="Bolder"))
    if letter.more:
        blocks.append(text(markdown.link(letter.more, letter.site)))
    card = {"$schema": SCHEMA, "type": "AdaptiveCard", "version": "1.4", "body": blocks}
    attachment = {"contentType": CARD, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def story_blocks(story: Story, letter: Letter) -> list[Block]:
    if letter.is_list:
        return [text(f"• {item_line(story.link, MARKUP)}", spacing="Small")]
    told = [markdown.escaped(one) for one in (*story.changes, story.facts) if one]
    told += [item_line(one, MARKUP) for one in story.copies]
    title = markdown.link(markdown.escaped(story.link.text), story.link.url)
    return [
        text(title, weight="Bolder", size="Medium", separator=True),
        *(text(one, spacing="Small") for one in told),
        *(text(markdown.escaped(r), isSubtle=True, spacing="Small") for r in story.reasons),
    ]


def text(words: str, **looks: object) -> Block:
    return {"type": "TextBlock", "text": words, "wrap": True, **looks}
