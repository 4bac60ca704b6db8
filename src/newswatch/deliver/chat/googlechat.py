"""Google Chat's webhooks: an answer goes into the thread that its message names.

https://developers.google.com/workspace/chat/quickstart/webhooks, "Start or reply to a message thread"
"""

from newswatch.deliver.post import Post
from newswatch.ports import Message

IN_THREAD = "messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"


def post(message: Message) -> Post:
    url = message.channel.url
    joint = "&" if "?" in url else "?"
    return Post(f"{url}{joint}{IN_THREAD}", message.body, message.headers)
