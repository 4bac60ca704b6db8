"""Services that are reached through Apprise: a text in the markup that each of them reads. Pure.

Only services for people stand here, and only those that speak HTTP. Nothing that runs a program, writes
a file, talks to this machine's desktop or log, sends mail, or posts to any address in any shape: for
that there are webhooks, which are signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal

from newswatch.errors import RenderError
from newswatch.render.chat.letter import Letter, fitted
from newswatch.render.chat.markdown import MARKUP as MARKDOWN
from newswatch.render.chat.paragraphs import Markup, as_text


@dataclass(frozen=True, slots=True)
class Form:
    """How a service is written to: Apprise's class for it, our markup, what Apprise is told that
    this is, and how many characters a message may have."""

    plugin: str
    markup: Markup
    told_as: Literal["html", "markdown", "text"]
    most: int


def anchor(words: str, url: str) -> str:
    return f'<a href="{escape(url)}">{words}</a>'


def beside(words: str, url: str) -> str:
    return f"{words} – {url}"


HTML = Markup(escape, anchor, strong=lambda words: f"<b>{words}</b>")
PLAIN = Markup(str, beside, strong=str)

SCHEMES: Mapping[str, Form] = {
    "bark": Form("bark.NotifyBark", PLAIN, "text", 3_000),
    "gotify": Form("gotify.NotifyGotify", PLAIN, "text", 30_000),
    "line": Form("line.NotifyLine", PLAIN, "text", 5_000),
    "matrix": Form("matrix.NotifyMatrix", HTML, "html", 20_000),
    "mmost": Form("mattermost.NotifyMattermost", MARKDOWN, "text", 4_000),
    "nctalk": Form("nextcloudtalk.NotifyNextcloudTalk", PLAIN, "text", 30_000),
    "ntfy": Form("ntfy.NotifyNtfy", PLAIN, "text", 3_000),
    "pbul": Form("pushbullet.NotifyPushBullet", PLAIN, "text", 30_000),
    "pover": Form("pushover.NotifyPushover", PLAIN, "text", 1_024),
    "revolt": Form("revolt.NotifyRevolt", MARKDOWN, "markdown", 2_000),
    "rocket": Form("rocketchat.NotifyRocketChat", MARKDOWN, "markdown", 1_000),
    "signal": Form("signal_api.NotifySignalAPI", PLAIN, "text", 30_000),
    "slack": Form("slack.NotifySlack", PLAIN, "text", 16_000),
    "tgram": Form("telegram.NotifyTelegram", HTML, "html", 4_096),
    "threema": Form("threema.NotifyThreema", PLAIN, "text", 3_500),
    "webex": Form("webexteams.NotifyWebexTeams", MARKDOWN, "markdown", 7_000),
    "zulip": Form("zulip.NotifyZulip", MARKDOWN, "markdown", 10_000),
}
OVER_TLS = ("bark", "gotify", "matrix", "mmost", "nctalk", "ntfy", "rocket", "signal")  # with an s


def form_of(url: str) -> Form | None:
    """How the service of an address is written to; None where it is none of these."""
    scheme = url.partition("://")[0].lower()
    bare = scheme.removesuffix("s")
    return SCHEMES.get(bare if bare in OVER_TLS else scheme)


def write(letter: Letter, url: str) -> dict[str, object]:
    """For whoever hands it to Apprise. Raises `RenderError`."""
    form = form_of(url)
    if form is None:
        raise RenderError("the address is of no chat service")
    text = fitted(
        letter, lambda one: as_text(one, form.markup), lambda text: len(text) <= form.most
    )
    if form.told_as == "html":
        text = text.replace("\n", "<br>")
    return {"plugin": form.plugin, "body": text, "format": form.told_as}
