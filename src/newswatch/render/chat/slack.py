"""Incoming webhooks of Slack and of what is compatible with it. Pure.

Slack's documentation, "Formatting text for app surfaces": `&`, `<` and `>` are escaped, a link is
`<address|text>`. Mattermost, Rocket.Chat and Discord (with `/slack` behind its address) take the
same form. Slack itself shows blocks of rich text, in which nothing is markup; their text is then for
notifications.
"""

from newswatch.render.chat.letter import Letter, Link, Story, fitted
from newswatch.render.chat.paragraphs import Markup, as_text

MOST = 16_000  # characters: Mattermost refuses 16,383, Slack cuts at 40,000
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "¦"})
Element = dict[str, object]


def write_text(letter: Letter) -> dict[str, object]:
    """For services that are compatible with Slack."""
    return fitted(letter, message, lambda body: len(str(body["text"])) <= MOST)


def write(letter: Letter) -> dict[str, object]:
    """For Slack."""
    return fitted(letter, with_blocks, lambda body: len(str(body["text"])) <= MOST)


def message(letter: Letter) -> dict[str, object]:
    return {"text": as_text(letter, MARKUP)}


def with_blocks(letter: Letter) -> dict[str, object]:
    paragraphs = [section(one) for one in elements(letter)]
    return message(letter) | {"blocks": [{"type": "rich_text", "elements": paragraphs}]}


def elements(letter: Letter) -> list[list[Element]]:
    """The paragraphs."""
    parts = [story_elements(one, is_line=letter.is_list) for one in letter.stories]
    if letter.heading:
        parts.insert(0, [text(letter.heading, bold=True)])
    if letter.more:
        parts.append([linked(letter.more, letter.site)])
    return parts


def story_elements(story: Story, *, is_line: bool) -> list[Element]:
    if is_line:
        return [text("• "), *titled(story.link)]
    rest = [line for line in (*story.changes, story.facts) if line]
    parts = [linked(story.link.text, story.link.url, bold=True), *(text(f"\n{r}") for r in rest)]
    for copy in story.copies:
        parts += [text(f"\n{copy.before}"), *titled(copy)]
    return [*parts, *(text(f"\n{reason}") for reason in story.reasons), text("\n")]


def titled(link: Link) -> list[Element]:
    return [linked(link.text, link.url), text(f" ({link.origin})")]


def section(parts: list[Element]) -> Element:
    return {"type": "rich_text_section", "elements": parts}


def text(words: str, *, bold: bool = False) -> Element:
    element: Element = {"type": "text", "text": words}
    return element | {"style": {"bold": True}} if bold else element


def linked(words: str, url: str, *, bold: bool = False) -> Element:
    return {**text(words, bold=bold), "type": "link", "url": url}


def escaped(words: str) -> str:
    """Also apart is what Mattermost and Rocket.Chat would take for a link of Markdown's."""
    return words.translate(ESCAPES).replace("](", "]\u200b(")


def link(words: str, url: str) -> str:
    return f"<{escaped(url).replace('¦', '%7C')}|{words}>"


MARKUP = Markup(escaped, link, strong=lambda words: f"*{words}*")
