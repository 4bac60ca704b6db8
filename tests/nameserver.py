"""A DNS server on loopback that knows what it is told, over UDP."""

import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Records = Mapping[tuple[str, str], Sequence[str]]  # by name and type, as in a zone file


def text(value: str) -> str:
    """A TXT record of strings of at most 255 bytes (RFC 1035 section 3.3)."""
    return " ".join(f'"{value[n : n + 255]}"' for n in range(0, len(value), 255))


def answer(records: Records, raw: bytes) -> bytes:
    query = dns.message.from_wire(raw)
    (question,) = query.question
    name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.AA
    found = records.get((name.lower(), kind), ())
    if found:
        values = map(text, found) if kind == "TXT" else found
        reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *values))
    elif all(known != name.lower() for known, _ in records):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply.to_wire()


@contextmanager
def nameserver(records: Records) -> Iterator[str]:
    """Gives its ADDRESS:PORT."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            raw, socket = self.request
            socket.sendto(answer(records, raw), self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
