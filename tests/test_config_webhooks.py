"""Webhooks in the configuration: what they may be, and what is refused with its place."""

from pathlib import Path
from textwrap import indent

import pytest

from newswatch.config.load import load
from newswatch.errors import ConfigurationError
from newswatch.model import Channel, Identity, Pace

SECRET = "whsec_c2VjcmV0IG9mIHR3ZW50eS1mb3VyIGJ5dGVzIQ=="
ASYMMETRIC = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
DESK = """\
subscriber: desk
name: The desk
channels:
  hook:
    kind: webhook
{keys}
rules: []
"""
USUAL = 'url: "https://hook.test/in"\nsecret: {file: hook.secret}'


def write(directory: Path, keys: str, service: str = "", secret: str = SECRET) -> Path:
    config = directory / "config"
    (config / "subscribers").mkdir(parents=True)
    (config / "newswatch.yaml").write_text(f"database: sqlite:///x.db\n{service}")
    (config / "sources.yaml").write_text("sources: []\n")
    (config / "hook.secret").write_text(secret)
    (config / "subscribers" / "desk.yaml").write_text(DESK.format(keys=indent(keys, "    ")))
    return config


def hook(directory: Path, keys: str, service: str = "", secret: str = SECRET) -> Channel:
    (desk,) = load(write(directory, keys, service, secret)).subscribers
    (channel,) = desk.channels
    return channel


def refused(directory: Path, keys: str, service: str = "") -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(write(directory, keys, service))
    (problem,) = caught.value.problems
    return f"{problem.line}:{problem.column}: {problem.message}"


def test_a_webhook_needs_an_address_and_a_secret(tmp_path: Path) -> None:
    channel = hook(tmp_path, USUAL)
    assert (channel.url, channel.secrets) == ("https://hook.test/in", (SECRET,))
    assert (channel.pace, channel.envelope, channel.missing) == (Pace(4), "standard", "")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/in", "http://[::1]/in", "http://localhost/"]
)
def test_a_receiver_on_this_machine_may_speak_plain_http(tmp_path: Path, url: str) -> None:
    assert hook(tmp_path, f'url: "{url}"\nsecret: {{file: hook.secret}}').missing == ""


def test_plain_http_elsewhere_has_to_be_asked_for(tmp_path: Path) -> None:
    keys = 'url: "http://hook.test/in"\nsecret: {file: hook.secret}'
    assert "needs plain_http: true" in refused(tmp_path / "a", keys)
    assert hook(tmp_path / "b", f"{keys}\nplain_http: true").url == "http://hook.test/in"


def test_an_address_holds_no_password(tmp_path: Path) -> None:
    keys = 'url: "https://user:hunter2@hook.test/in"\nsecret: {file: hook.secret}'
    found = refused(tmp_path, keys)
    assert "no user and password" in found
    assert "hunter2" not in found


def test_an_address_that_is_a_secret_is_held_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = "url: {env: HOOK_URL}\nsecret: {file: hook.secret}"
    monkeypatch.setenv("HOOK_URL", "https://user:hunter2@hook.test/in")
    missing = hook(tmp_path, keys).missing
    assert "no user and password" in missing
    assert "hunter2" not in missing


@pytest.mark.parametrize("url", ["http://127.0.0.1:8123/x", "https://news.test/x"])
def test_a_webhook_does_not_lead_back_to_newswatch(tmp_path: Path, url: str) -> None:
    service = 'web: {listen: "127.0.0.1:8123", base_url: "https://news.test"}'
    keys = f'url: "{url}"\nsecret: {{file: hook.secret}}'
    assert refused(tmp_path, keys, service).startswith("6:10: this is newswatch itself")


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("whsec_c2hvcnQgc2VjcmV0IDIz", "24 to 64 random bytes"),
        ("whsec_???", "24 to 64 random bytes"),
        ("whsk_c2hvcnQ=", "Ed25519"),
        ("", "file is empty"),
    ],
)
def test_a_secret_that_will_not_do_is_named_and_not_shown(
    tmp_path: Path, secret: str, words: str
) -> None:
    channel = hook(tmp_path, USUAL, secret=secret)
    assert words in channel.missing
    assert not secret or secret not in channel.missing


def test_an_asymmetric_key_will_do(tmp_path: Path) -> None:
    assert hook(tmp_path, USUAL, secret=ASYMMETRIC).missing == ""


def test_a_channel_may_have_a_pace_of_its_own(tmp_path: Path) -> None:
    service = "deliver: {per_channel: {concurrency: 2, gap: 1s}}"
    assert hook(tmp_path / "a", USUAL, service).pace == Pace(2, Pace().gap.__class__(seconds=1))
    own = hook(tmp_path / "b", f"{USUAL}\nconcurrency: 8\ngap: 0s", service).pace
    assert own == Pace(8)


# -- headers ------------------------------------------------------------------------------------


def test_headers_of_its_own_may_be_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_TOKEN", "Bearer abc")
    channel = hook(
        tmp_path, USUAL + "\nheaders: {X-Tenant: desk, Authorization: {env: HOOK_TOKEN}}"
    )
    assert channel.headers == (("x-tenant", "desk"), ("authorization", "Bearer abc"))
    assert "abc" not in repr(channel)


def test_a_header_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    channel = hook(tmp_path, USUAL + "\nheaders: {Authorization: {env: HOOK_TOKEN}}")
    assert channel.missing == "HOOK_TOKEN in the environment"


def test_a_header_from_outside_cannot_begin_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_TOKEN", "a\r\nX-Other: b")
    channel = hook(tmp_path, USUAL + "\nheaders: {X-Key: {env: HOOK_TOKEN}}")
    assert "a value for the header x-key" in channel.missing


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Host: evil.test", "not yours"),
        ("Content-Length: '5'", "not yours"),
        ("Transfer-Encoding: chunked", "not yours"),
        ("Webhook-Id: x", "not yours"),
        ("Cookie: a=b", "not yours"),
        ("Proxy-Authorization: x", "not yours"),
        ('"X Y": z', "cannot be the name"),
        ('"X:Y": z', "cannot be the name"),
        (r'X-A: "a\r\nX-B: b"', "printable ASCII"),
        ("X-A: größe", "printable ASCII"),
        ("Authorization: Bearer abc", "looks like a secret"),
        ("X-Api-Key: abc", "looks like a secret"),
    ],
)
def test_a_header_that_will_not_do_is_refused(tmp_path: Path, header: str, words: str) -> None:
    found = refused(tmp_path, f"{USUAL}\nheaders: {{{header}}}")
    assert words in found
    assert "Bearer abc" not in found


# -- certificates -------------------------------------------------------------------------------


def test_a_client_certificate_is_two_files(tmp_path: Path) -> None:
    keys = USUAL + "\nclient: {certificate: client.pem, key: client.key}"
    config = write(tmp_path, keys)
    (config / "client.pem").write_text("")
    (waiting,) = load(config).subscribers[0].channels
    assert waiting.missing == f"the file {config}/client.key"
    (config / "client.key").write_text("")
    (channel,) = load(config).subscribers[0].channels
    assert channel.identity == Identity(f"{config}/client.pem", f"{config}/client.key")
    assert channel.missing == ""


# -- templates ----------------------------------------------------------------------------------


def test_a_template_that_gives_json_is_taken(tmp_path: Path) -> None:
    template = "template: '{\"text\": {{ data.release.title | tojson }}}'"
    assert hook(tmp_path, f"{USUAL}\n{template}").template.startswith('{"text"')


@pytest.mark.parametrize(
    ("template", "place", "words"),
    [
        ("{\n  {% if %}\n}", "10:", "cannot be read"),
        ("{{ data.release.titel | tojson }}", "8:", "no attribute 'titel'"),
        ('{"a": {{ data.release.title }}}', "8:", "gives no JSON"),
        ("{{ data.release.mission.type | tojson }}", "8:", "without mission"),
        ("{{ ''.__class__.__mro__ }}", "8:", "unsafe"),
        ("{% for i in range(99999) %}xxxxxxxxxx{% endfor %}", "8:", "more than 100,000"),
        ('{% include "/etc/passwd" %}', "8:", "cannot be filled"),
        ("NaN", "8:", "NaN"),
    ],
)
def test_a_template_that_will_not_do_is_refused_with_its_place(
    tmp_path: Path, template: str, place: str, words: str
) -> None:
    found = refused(tmp_path, f"{USUAL}\ntemplate: |\n{indent(template, '  ')}")
    assert found.startswith(place), found
    assert words in found


def test_a_template_has_no_envelope_around_it(tmp_path: Path) -> None:
    keys = f"{USUAL}\ntemplate: '1'\nenvelope: cloudevents"
    assert "leave envelope out" in refused(tmp_path, keys)
