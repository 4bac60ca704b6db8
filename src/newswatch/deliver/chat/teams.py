"""Microsoft Teams' workflows: what asks for less, and what a dead workflow says.

A workflow answers 202 before it posts; the older connectors answered 200 and wrote in the body that
it did not work, for example "Webhook message delivery failed with error: … HTTP error 429".
"""

from dataclasses import replace
from datetime import datetime

import aiohttp

from newswatch.deliver.chat.said import as_object, body_of, gone, with_words
from newswatch.deliver.post import outcome
from newswatch.model import Outcome

GONE = "WorkflowNotFound"
FAILED = "Webhook message delivery failed"


async def read(response: aiohttp.ClientResponse, now: datetime) -> Outcome:
    made, body = outcome(response, now), await body_of(response)
    text = body.decode(errors="replace")
    if made.ok and FAILED in text:
        return with_words(replace(made, ok=False, is_busy="error 429" in text), text)
    error = as_object(body).get("error")
    if made.ok or not isinstance(error, dict):
        return made
    code = str(error.get("code", ""))
    made = with_words(made, code)
    return gone(made) if code == GONE else made
