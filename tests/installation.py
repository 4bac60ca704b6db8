"""A small configuration on disk, for the tests that run newswatch as its users do."""

import base64
import socket
from pathlib import Path
from textwrap import dedent

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ok!").decode()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def install(
    directory: Path,
    *,
    newsroom: str,
    hook: str,
    smtp_port: int | None = None,
    database: str = "sqlite:///newswatch.db",
    kind: str = "feed",
    quiet: bool = False,
    port: int | None = None,
    retry: str = "[1s, 1s, 1s]",
) -> Path:
    """Writes a configuration directory with one source and one subscriber, and returns it."""
    config = directory / "config"
    (config / "subscribers").mkdir(parents=True)
    (directory / "hook.secret").write_text(SECRET)
    (config / "newswatch.yaml").write_text(
        dedent(f"""\
        database: {database}
        web: {{listen: "127.0.0.1:{port or free_port()}", base_url: "http://news.test"}}
        mail: {{from: "newswatch <alerts@news.test>", smtp: {{host: 127.0.0.1, port: {smtp_port or free_port()}, security: none}}}}
        network: {{allow_private: ["127.0.0.0/8"], contact: "http://news.test/about"}}
        polling: {{quiet_first_poll: {str(quiet).lower()}, per_host: {{concurrency: 1, gap: 0s}}}}
        deliver: {{retry: {retry}}}
        """)
    )
    (config / "sources.yaml").write_text(
        dedent(f"""\
        sources:
          - {{id: newsroom, name: The newsroom, kind: {kind}, url: "{newsroom}", publisher: The observers, language: en, poll: {{every: 30m}}}}
        """)
    )
    (config / "subscribers" / "desk.yaml").write_text(
        dedent(f"""\
        subscriber: desk
        name: The desk
        timezone: Europe/Vienna
        channels:
          mail: {{kind: email, to: [desk@news.test]}}
          hook: {{kind: webhook, url: "{hook}", secret: {{file: {directory / "hook.secret"}}}}}
        rules:
          - id: tajikistan
            title: Everything about Tajikistan
            when: {{country: [TJ]}}
            send: [mail, hook]
            feed: {{visibility: public}}
          - id: missions
            title: Missions opened
            when: {{event: [mission.opened]}}
            send: [hook]
            feed: {{visibility: private}}
        """)
    )
    return config
