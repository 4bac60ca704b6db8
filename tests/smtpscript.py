"""An SMTP server on loopback that says any reply, drops the line or hangs, at any stage."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

DROP, HANG, DEAF = "drop", "hang", "deaf"
USUAL = {
    "connect": "220 mail.test ESMTP",
    "EHLO": "250-mail.test\r\n250-AUTH PLAIN\r\n250 SIZE 1000000",
    "AUTH": "235 welcome",
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 go ahead",
    "dot": "250 kept",
    "RSET": "250 OK",
    "QUIT": "221 bye",
}


@dataclass
class Script:
    """What is said at each stage ("RCPT b@news.test" for one address), and what was heard.
    `kept` holds what was taken: the recipient and the mail; whether the client was told or not."""

    port: int = 0
    says: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    kept: list[tuple[str, bytes]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def answer(self, line: str) -> str:
        verb = line.split(" ")[0].upper()
        if verb == "RCPT" and (one := f"RCPT {line[9:].rstrip('>')}") in self.says:
            return self.says[one]
        return self.says.get(verb, USUAL.get(verb, "502 what?"))


@contextmanager
def scripted(**says: str) -> Iterator[Script]:  # noqa: C901 - one small server
    script = Script(says=dict(says))

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            if not self.say(script.says.get("connect", USUAL["connect"])):
                return
            while line := self.rfile.readline().decode().rstrip("\r\n"):
                script.heard.append(line)
                reply = script.answer(line)
                if not self.say(reply) or line == "QUIT":
                    return
                if line == "DATA" and reply.startswith("354") and not self.say(self.take()):
                    return

        def take(self) -> str:
            if script.says.get("dot") == DEAF:  # it takes nothing of the mail
                return HANG
            body = b"".join(iter(self.rfile.readline, b".\r\n"))
            reply = script.says.get("dot", USUAL["dot"])
            if reply.startswith("250") or reply in (DROP, HANG):
                recipient = next(one for one in reversed(script.heard) if one.startswith("RCPT"))
                script.kept.append((recipient[9:].rstrip(">"), body))
            return reply

        def say(self, reply: str) -> bool:
            """Whether the line is still there."""
            if reply == HANG:
                script.over.wait()
            if reply in (DROP, HANG):
                return False
            self.wfile.write(reply.encode() + b"\r\n")
            return not reply.startswith("421")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        script.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield script
        finally:
            script.over.set()
            server.shutdown()
            thread.join()
