"""Google Chat: all versions of a release in one thread. Pure.

https://developers.google.com/workspace/chat/format-messages: a link is `<address|text>`, `<users/all>`
calls everybody, and nothing escapes; so what has a meaning is put in another letter's place.
"""

from newswatch.render.chat.letter import Letter, fitted
from newswatch.render.chat.paragraphs import Markup, as_text

MOST = 4_096  # characters of a text
LOOKALIKES = str.maketrans({"<": "‹", ">": "›", "|": "¦", "*": "∗", "_": "＿", "~": "∼", "`": "ˋ"})


def write(letter: Letter) -> dict[str, object]:
    text = fitted(letter, lambda one: as_text(one, MARKUP), lambda text: len(text) <= MOST)
    return {"text": text, "thread": {"threadKey": f"newswatch-{letter.thread}"}}


def link(words: str, url: str) -> str:
    return f"<{url.replace('|', '%7C').replace('>', '%3E')}|{words}>"


MARKUP = Markup(lambda words: words.translate(LOOKALIKES), link, lambda words: f"*{words}*")
