"""Configuration: what validates, every problem with its place, secrets, and the shipped default."""

import json
import re
from datetime import time, timedelta
from pathlib import Path
from textwrap import dedent

import jsonschema
import pytest
from ruamel.yaml import YAML

from newswatch.config.load import Configuration, load
from newswatch.config.schema import KINDS, json_schema
from newswatch.config.values import Model
from newswatch.config.words import models_in
from newswatch.errors import ConfigurationError
from newswatch.model import Channel, Digest, MailServer

ROOT = Path(__file__).parent.parent
SECRET = "whsec_" + "c2VjcmV0IG9mIHR3ZW50eS1mb3VyIGJ5dGVzIQ=="
FILES = {
    "newswatch.yaml": """\
        database: sqlite:///var/news.db
        mail: {from: "newswatch <alerts@news.test>", smtp: {host: mail.test, security: tls, port: 465}}
        """,
    "sources.yaml": """\
        sources:
          - id: newsroom
            name: Newsroom
            kind: listing
            url: https://newsroom.test/news
            publisher: The observers
            language: en
            timezone: Europe/Vienna
            poll: {every: 15m}
            listing:
              item: .item
              title: h3
              link: h3 a@href
              topics: {label: "What we do", split: ","}
        """,
    "groups.yaml": """\
        countries:
          neighbours: [CZ, Poland, baltics]
        keywords:
          observation: [observers, "observation mission"]
        """,
    "subscribers/desk.yaml": """\
        subscriber: desk
        name: The desk
        timezone: Europe/Vienna
        channels:
          mail: {kind: email, to: [desk@news.test], digest: {daily: "07:00"}}
          hook: {kind: webhook, url: "https://hook.test/in", secret: {file: hook.secret}}
        rules:
          - id: north
            title: Norway and its neighbours
            when: {country: [NO, neighbours], source: [newsroom]}
            send: [mail, hook]
            feed: {visibility: public}
        """,
    "hook.secret": SECRET,
}


def write(directory: Path, **changes: str) -> Path:
    """The files above, with some of them replaced: `sources_yaml="…"`."""
    for name, text in FILES.items():
        key = re.sub(r"\W", "_", name)
        path = directory / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(changes.get(key, text)))
    return directory / "config"


def problems(directory: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        load(directory)
    return [str(problem).removeprefix(f"{directory}/") for problem in refused.value.problems]


def changed(directory: Path, name: str, old: str, new: str) -> list[str]:
    """The problems after one change of one file."""
    config = write(directory)
    text = (config / name).read_text()
    assert old in text
    (config / name).write_text(text.replace(old, new, 1))
    return problems(config)


# -- what validates -----------------------------------------------------------------------------


def test_a_configuration_is_loaded_whole(tmp_path: Path) -> None:
    found = load(write(tmp_path))
    (source,), (desk,) = found.sources, found.subscribers
    assert (source.id, source.every, source.timezone) == (
        "newsroom",
        timedelta(minutes=15),
        "Europe/Vienna",
    )
    assert desk.channels == (
        Channel("mail", "email", to=("desk@news.test",), digest=Digest(time(7))),
        Channel("hook", "webhook", url="https://hook.test/in", secrets=(SECRET,)),
    )
    assert [(rule.id, rule.file, rule.line) for rule in desk.rules] == [
        ("north", f"{tmp_path}/config/subscribers/desk.yaml", 8)
    ]
    assert found.mail == MailServer("newswatch <alerts@news.test>", "mail.test", 465, "tls")
    assert found.notices == ()


def test_no_is_norway(tmp_path: Path) -> None:
    (desk,) = load(write(tmp_path)).subscribers
    assert desk.rules[0].condition.parts[0].wanted_values == {"NO", "CZ", "PL", "EE", "LV", "LT"}


def test_the_database_lies_beside_the_configuration(tmp_path: Path) -> None:
    assert load(write(tmp_path)).database == f"sqlite:///{tmp_path}/var/news.db"


def test_a_postgresql_address_is_kept(tmp_path: Path) -> None:
    url = "postgresql://news@db.test/news"
    assert (
        load(write(tmp_path, newswatch_yaml=f"database: {url}\nmail: {{from: a@b.test}}")).database
        == url
    )


def test_sources_may_be_spread_over_files(tmp_path: Path) -> None:
    config = write(tmp_path)
    (config / "sources").mkdir()
    (config / "sources" / "more.yaml").write_text(
        "sources: [{id: more, name: More, kind: feed, url: 'https://m.test/', publisher: M}]"
    )
    assert [source.id for source in load(config).sources] == ["newsroom", "more"]


def test_anchors_and_aliases_may_be_used(tmp_path: Path) -> None:
    desk = dedent(FILES["subscribers/desk.yaml"]).replace("[NO, neighbours]", "&c [NO]") + (
        "  - {id: other, title: Other, when: {mentions: *c}}\n"
    )
    (found,) = load(write(tmp_path, subscribers_desk_yaml=desk)).subscribers
    assert found.rules[1].condition.wanted_values == {"NO"}


# -- secrets ------------------------------------------------------------------------------------


def with_secret(directory: Path, secret: str) -> Configuration:
    desk = FILES["subscribers/desk.yaml"].replace("{file: hook.secret}", secret)
    return load(write(directory, subscribers_desk_yaml=desk))


def test_a_secret_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    found = with_secret(tmp_path, "{env: HOOK_SECRET}")
    assert found.subscribers[0].channels[1].secrets == (SECRET,)


def test_a_secret_that_is_not_there_yet_is_a_notice_and_the_channel_waits(tmp_path: Path) -> None:
    found = with_secret(tmp_path, "{env: HOOK_SECRET}")
    assert found.subscribers[0].channels[1].missing == "HOOK_SECRET in the environment"
    assert found.notices == (
        (
            "desk.yaml: channel hook waits for HOOK_SECRET in the environment; "
            "its alerts are kept until then"
        ),
    )


def test_a_secret_file_that_is_not_there_is_a_notice(tmp_path: Path) -> None:
    found = with_secret(tmp_path, "{file: /nowhere/secret}")
    assert "the secret in /nowhere/secret" in found.notices[0]


def test_a_secret_that_is_no_key_is_a_notice_without_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "hunter2-hunter2")
    found = with_secret(tmp_path, "{env: HOOK_SECRET}")
    assert "whsec_" in found.notices[0]
    assert "hunter2" not in repr(found)


def test_a_secret_written_into_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    found = changed(tmp_path, "subscribers/desk.yaml", "{file: hook.secret}", '"hunter2"')
    assert found == [
        "subscribers/desk.yaml:6:62: a secret is never written here: write {env: NAME} or {file: PATH}"
    ]


def test_secrets_may_rotate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLD", SECRET)
    found = with_secret(tmp_path, "[{file: hook.secret}, {env: OLD}]")
    assert found.subscribers[0].channels[1].secrets == (SECRET, SECRET)


# -- one mistake each ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "old", "new", "place", "words"),
    [
        ("newswatch.yaml", "database:", "databse:", "1:1", "unknown key 'databse'; did you mean 'database'?"),
        ("newswatch.yaml", "mail:", "database: x\nmail:", "2:1", "stands here twice"),
        ("newswatch.yaml", "port: 465", "port: many", "2:91", "port must be a whole number"),
        ("newswatch.yaml", "security: tls", "security: ssl", "2:80", "'starttls', 'tls' or 'none'"),
        ("newswatch.yaml", "sqlite:///", "mysql:///", "1:11", "database"),
        ("newswatch.yaml", "{from:", "{form:", "2:8", "unknown key 'form'; did you mean 'from'?"),
        ("sources.yaml", "id: newsroom", "id: ../../etc/passwd", "2:9", "cannot be a name"),
        ("sources.yaml", "id: newsroom", "id: con", "2:9", "cannot be a name"),
        ("sources.yaml", "kind: listing", "kind: page", "4:11", "'feed' or 'listing'"),
        ("sources.yaml", "kind: listing", "kind: feed", "2:5", "kind: feed has none"),
        ("sources.yaml", "https://newsroom", "ftp://newsroom", "5:10", "not a web address"),
        ("sources.yaml", "https://newsroom", "https://me:secret@newsroom", "5:10", "shown to readers"),
        ("sources.yaml", "Europe/Vienna", "Europe/Wien", "8:15", "not a time zone"),
        ("sources.yaml", "15m", "15 minutes", "9:19", "not a duration"),
        ("sources.yaml", "15m", "1s", "9:11", "between 1m and 7d"),
        ("sources.yaml", "item: .item", "item: '.item['", "11:13", "not a CSS selector"),
        ("sources.yaml", "title: h3", "titel: h3", "12:7", "unknown key 'titel'; did you mean 'title'?"),
        ("sources.yaml", "h3 a@href", "h3 a@", "13:13", "name of an attribute"),
        ("sources.yaml", "split:", "splitt:", "14:37", "unknown key 'splitt'; did you mean 'split'?"),
        ("groups.yaml", "Poland", "Polland", "2:20", "did you mean 'Poland'?"),
        ("subscribers/desk.yaml", "NO,", "Norwegia,", "10:22", "unknown country or group 'Norwegia'"),
        ("subscribers/desk.yaml", "subscriber: desk", "subscriber: ../../etc/passwd", "1:13", "cannot be a name"),
        ("subscribers/desk.yaml", "subscriber: desk", "subscriber: CON", "1:13", "cannot be a name"),
        ("subscribers/desk.yaml", "subscriber: desk", "subscriber: country", "1:13", "other feeds have this address"),
        ("subscribers/desk.yaml", "country:", "contry:", "10:12", "did you mean 'country'?"),
        ("subscribers/desk.yaml", "[newsroom]", "[newsrom]", "10:48", "did you mean 'newsroom'?"),
        ("subscribers/desk.yaml", "[mail,", "[male,", "11:12", "did you mean 'mail'?"),
        ("subscribers/desk.yaml", "kind: email", "kind: fax", "5:16", "email, webhook or chat"),
        ("subscribers/desk.yaml", "desk@news.test", "desk", "5:28", "not a mail address"),
        ("subscribers/desk.yaml", "[desk@news.test]", "[]", "5:27", "to needs at least 1"),
        ("subscribers/desk.yaml", "name: The desk", "name: ''", "2:7", "name must not be empty"),
        ("subscribers/desk.yaml", '"07:00"', '"7"', "5:53", "not a time of day"),
        ("subscribers/desk.yaml", "daily:", "hourly:", "5:53", "a digest is"),
        ("subscribers/desk.yaml", "public", "everyone", "12:24", "'public', 'private' or 'none'"),
        ("subscribers/desk.yaml", "id: north\n    title", "title", "8:5", "the key 'id' is missing"),
        ("subscribers/desk.yaml", "subscriber: desk", "subscriber: NUL", "1:13", "cannot be a name"),
        ("subscribers/desk.yaml", "{country: [NO, neighbours], source: [newsroom]}", '{text: "a OR (b"}', "10:26", "not closed"),
        ("subscribers/desk.yaml", "{country: [NO, neighbours], source: [newsroom]}", "{}", "10:11", "everything: true"),
        ("subscribers/desk.yaml", "name: The desk", "name: 5", "2:7", "name must be a text, not 5"),
        ("subscribers/desk.yaml", "rules:", "rules: [", None, ""),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, name: str, old: str, new: str, place: str | None, words: str
) -> None:
    found = changed(tmp_path, name, old, new)
    if place is None:
        assert all(line.startswith(name) for line in found)
    else:
        assert any(line.startswith(f"{name}:{place}: ") and words in line for line in found), found


def test_a_list_whose_one_item_is_wrong_is_not_told_to_be_empty(tmp_path: Path) -> None:
    (told,) = changed(tmp_path, "subscribers/desk.yaml", "desk@news.test", "desk")
    assert "not a mail address" in told


def test_all_problems_of_the_directory_are_told_at_once(tmp_path: Path) -> None:
    config = write(
        tmp_path,
        newswatch_yaml="databse: x\nwebb: {}",
        sources_yaml="sources: [{id: a}]",
        groups_yaml="countries: {x: [Ruritania]}",
        subscribers_desk_yaml="subscriber: desk\nname: D\nrules: [{id: r, title: T, when: {contry: [GE]}}]",
    )
    files = {line.split(":")[0] for line in problems(config)}
    assert files == {"newswatch.yaml", "sources.yaml", "groups.yaml", "subscribers/desk.yaml"}


def test_names_are_given_once(tmp_path: Path) -> None:
    config = write(tmp_path)
    desk = (config / "subscribers" / "desk.yaml").read_text()
    (config / "subscribers" / "twin.yaml").write_text(
        desk + "  - {id: north, title: N, when: {country: [NO]}}\n"
    )
    found = problems(config)
    assert "subscribers/twin.yaml:1:13: another subscriber is called 'desk' already" in found
    assert "subscribers/twin.yaml:13:10: another rule is called 'north' already" in found


def test_an_email_channel_needs_a_mail_server(tmp_path: Path) -> None:
    found = problems(write(tmp_path, newswatch_yaml="database: sqlite:///x.db"))
    assert found == ["subscribers/desk.yaml:5:9: an email channel needs mail: in newswatch.yaml"]


def test_a_file_that_nothing_reads_is_told(tmp_path: Path) -> None:
    config = write(tmp_path)
    (config / "source.yaml").write_text("sources: []")
    assert "source.yaml:1:1: nothing reads this file" in problems(config)[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"a: [", "newswatch.yaml"),
        (b"- a\n- b\n", "must hold keys"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\n", "unknown key"),
        (b"x: " + b"[" * 5_000, "newswatch.yaml:1:124: brackets nest too deep"),
        (b"x:\n  y: " + b"{" * 5_000, "newswatch.yaml:2:126: brackets nest too deep"),
        (b"x: " + b"- " * 5_000 + b"a", "newswatch.yaml:1:"),
        (b"? " * 2_000 + b"a", "newswatch.yaml:1:3: a key must be a text"),
    ],
)
def test_a_file_that_is_no_configuration_is_told(
    tmp_path: Path, content: bytes, words: str
) -> None:
    config = write(tmp_path)
    (config / "newswatch.yaml").write_bytes(content)
    assert any(words in line for line in problems(config))


def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    found = problems(write(tmp_path, groups_yaml="\n".join(lines)))
    assert [line for line in found if line.startswith("groups.yaml:6:") and "too many" in line]


# -- the shipped default ------------------------------------------------------------------------


def test_the_shipped_configuration_validates() -> None:
    found = load(ROOT / "config")
    assert len(found.sources) >= 12
    assert len(found.subscribers) == 7  # six examples, and the operators
    channels = [channel for subscriber in found.subscribers for channel in subscriber.channels]
    assert {channel.kind for channel in channels} == {"email", "webhook", "chat"}
    assert any(channel.digest for channel in channels)
    rules = [rule for subscriber in found.subscribers for rule in subscriber.rules]
    assert {rule.feed.visibility for rule in rules} == {"public", "private", "none"}


SHIPPED = [
    (ROOT / "config/newswatch.yaml", "service"),
    (ROOT / "config/sources.yaml", "sources"),
    (ROOT / "config/groups.yaml", "groups"),
    *((path, "subscriber") for path in sorted((ROOT / "config/subscribers").glob("*.yaml"))),
]


@pytest.mark.parametrize(("path", "kind"), SHIPPED, ids=lambda value: getattr(value, "stem", value))
def test_a_shipped_file_names_its_schema_and_fits_it(path: Path, kind: str) -> None:
    first = path.read_text().splitlines()[0]
    schema = path.parent / first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads(schema.read_text()) == json_schema(kind)
    validator = jsonschema.Draft202012Validator(json_schema(kind))
    validator.validate(YAML(typ="safe").load(path))


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_a_schema(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema(kind))


def keys_of(model: type[Model]) -> set[str]:
    found = {field.alias or name for name, field in model.model_fields.items()}
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            found |= keys_of(inner)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_in_the_reference(kind: str) -> None:
    pages = "".join(
        (ROOT / f"docs/reference/{name}.md").read_text() for name in ("configuration", "rules")
    )
    mentioned = {
        word for span in re.findall(r"`([^`]+)`", pages) for word in re.findall(r"\w+", span)
    }
    assert keys_of(KINDS[kind]) - mentioned == set()


# -- chat rooms -----------------------------------------------------------------------------------

ROOM = """\
subscriber: room
name: The room
channels:
  room: {kind: chat, url: {env: ROOM_URL}%s}
rules: []
"""


def the_room(directory: Path, monkeypatch: pytest.MonkeyPatch, url: str, more: str = "") -> Channel:
    monkeypatch.setenv("ROOM_URL", url)
    (directory / "subscribers").mkdir(parents=True)
    (directory / "subscribers/room.yaml").write_text(ROOM % more)
    (subscriber,) = load(directory).subscribers
    return subscriber.channels[0]


@pytest.mark.parametrize(
    ("url", "more", "service"),
    [
        ("https://discord.com/api/webhooks/1/x", "", "discord"),
        ("https://chat.example.org/hooks/x", ", service: mattermost", "mattermost"),
        ("ntfys://ntfy.sh/x", "", "apprise"),
    ],
)
def test_a_room_is_of_the_service_that_its_address_or_its_file_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, more: str, service: str
) -> None:
    room = the_room(tmp_path, monkeypatch, url, more)
    assert (room.service, room.url, room.missing) == (service, url, "")
    assert room.pace.at_once == (1 if service == "apprise" else 4)


@pytest.mark.parametrize(
    ("url", "more"),
    [("json://secret.test/", ""), ("ntfy://x/secret", ", service: slack"), ("secret", "")],
)
def test_a_room_whose_address_will_not_do_waits_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, more: str
) -> None:
    room = the_room(tmp_path, monkeypatch, url, more)
    assert (room.url, "ROOM_URL" in room.missing) == ("", True)
    assert "secret" not in room.missing
