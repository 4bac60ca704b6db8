"""Slack's incoming webhooks: a refusal says why in a word.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, "Handling errors"
"""

from datetime import datetime

import aiohttp

from newswatch.deliver.chat.said import body_of, gone, refused, with_words
from newswatch.deliver.post import outcome
from newswatch.model import Outcome

GONE = {
    "no_service",
    "no_service_id",
    "no_team",
    "team_disabled",
    "channel_not_found",
    "channel_is_archived",
}
OF_THE_MESSAGE = {"invalid_payload", "invalid_blocks", "no_text", "too_many_attachments"}


async def read(response: aiohttp.ClientResponse, now: datetime) -> Outcome:
    made = outcome(response, now)
    if made.ok or made.disable:
        return made
    word = (await body_of(response)).decode(errors="replace").strip()
    made = with_words(made, word)
    if word in GONE:
        return gone(made)
    return refused(made) if word in OF_THE_MESSAGE else made
