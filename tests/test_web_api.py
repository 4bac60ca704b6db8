"""/api/v1: what it gives and takes, who may write, and that its description is true."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from factories import NOW, make_document, make_poll, make_release
from newswatch.app import Newswatch
from newswatch.catchup import correct
from newswatch.config.load import load
from newswatch.doors import make_site
from newswatch.model import Change, Editor, Release
from newswatch.pipeline import Pipeline
from newswatch.store import SqlStore
from newswatch.web import Desk, make_app
from newswatch.web.shelf import Shelf
from test_pipeline import make_pipeline, poll
from test_recognise import STORY, story
from webdoors import Doors, ask, asking

TOKEN = "a-token-that-nobody-guesses"
EDITORS = (Editor("desk", "another-token-of-another"), Editor("Ada", TOKEN))
BEARER = {"authorization": f"Bearer {TOKEN}"}
RELEASES = "/api/v1/releases"


@pytest.fixture
def pipeline(store: SqlStore) -> Pipeline:
    made = make_pipeline(store, [make_document(story())])
    poll(made)
    return made


@pytest.fixture
def app(store: SqlStore, pipeline: Pipeline) -> Shelf:
    """The site, on an archive that holds the story of Tajikistan."""

    def uncorrect(release: Release) -> None:
        store.drop_corrections(release.id)
        correct(pipeline, release, ())

    site = replace(
        Doors(editors=EDITORS).site(),
        search=store.releases_recent,
        release=store.release_by_id,
        releases=store.releases_by_id,
        missions=store.missions_latest,
        mission=lambda wanted: (
            (found, {}) if (found := store.missions_by_id([wanted]).get(wanted)) else None
        ),
        desk=Desk(
            of=store.corrections,
            every=store.every_correction,
            correct=lambda release, made, alert: correct(pipeline, release, made, alert=alert),
            uncorrect=uncorrect,
            now=lambda: NOW,
        ),
    )
    return make_app(site)


def get(app: Shelf, path: str) -> Any:
    answer = ask(app, path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer.json()


def opened(app: Shelf) -> str:
    (found,) = get(app, f"{RELEASES}?event=mission.opened")["items"]
    return str(found["id"])


def post(app: Shelf, release: str, body: object, **headers: str) -> httpx.Response:
    path = f"{RELEASES}/{release}/corrections"
    return asking(app, "POST", path, json=body, headers=BEARER | headers)


def is_problem(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    return answer.json()


# -- reading --------------------------------------------------------------------------------------


def test_releases_are_given_with_what_was_read_in_them(app: Shelf) -> None:
    found = get(app, RELEASES)
    assert [one["title"] for one in found["items"]] == [title for title, _ in STORY]
    ended = found["items"][0]
    assert ended["reading"]["countries"] == [{"code": "TJ", "name": "TJ"}]
    assert (ended["transition"], ended["mission"]) == ("cancelled", "tj-2025-03-02-odihr")
    assert ended["published"].startswith("2025-02-04T")
    assert found["next"] is None


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("country=TJ", 2),
        ("country=GE", 0),
        ("event=mission.cancelled", 1),
        ("source=newsroom", 2),
        ("source=other", 0),
        ("q=accreditation", 1),
        ("since=2025-02-01", 1),
        ("since=2025-01-01T00:00:00Z", 2),
        ("country=TJ&event=mission.opened&q=opens", 1),
    ],
)
def test_releases_are_chosen_by_all_that_is_asked_for(app: Shelf, query: str, count: int) -> None:
    assert len(get(app, f"{RELEASES}?{query}")["items"]) == count


def test_what_newswatch_says_of_itself_is_for_its_operators(app: Shelf, store: SqlStore) -> None:
    notice = make_release(id="00000000000000ff", source_id="newswatch")
    store.add(make_poll(changes=(Change("new", notice),), deliveries=()))
    assert get(app, f"{RELEASES}?source=newswatch")["items"] == []
    assert len(get(app, RELEASES)["items"]) == 2


def test_a_cursor_leads_through_all_releases(app: Shelf) -> None:
    first = ask(app, f"{RELEASES}?limit=1&country=TJ")
    cursor = first.json()["next"]
    assert first.headers["link"] == f'<?limit=1&country=TJ&cursor={cursor}>; rel="next"'
    second = get(app, f"{RELEASES}?limit=1&country=TJ&cursor={cursor}")
    titles = [one["title"] for one in (*first.json()["items"], *second["items"])]
    assert titles == [title for title, _ in STORY]
    assert second["next"] is None


def test_a_release_says_from_which_words_it_was_read(app: Shelf) -> None:
    found = get(app, f"{RELEASES}/{opened(app)}")
    texts = {"title": found["title"], "text": found["text"]}
    spans = [one for one in found["evidence"] if one["where"] in texts]
    assert spans
    for one in spans:
        assert texts[one["where"]][one["start"] : one["end"]] == one["words"]


def test_missions_are_given_with_state_and_timeline(app: Shelf) -> None:
    (mission,) = get(app, "/api/v1/missions?country=TJ&body=odihr")["items"]
    assert (mission["id"], mission["state"]) == ("tj-2025-03-02-odihr", "cancelled")
    assert mission == get(app, f"/api/v1/missions/{mission['id']}")
    assert [step["event"] for step in mission["steps"]] == ["mission.opened", "mission.cancelled"]
    assert get(app, "/api/v1/missions?country=GE")["items"] == []


def test_an_answer_that_is_held_is_not_sent_again(app: Shelf) -> None:
    tag = ask(app, RELEASES).headers["etag"]
    assert ask(app, RELEASES, if_none_match=tag).status_code == 304


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("contry=TJ", "contry: Extra inputs"),
        ("country=Tajikistan", "country: String should match"),
        ("event=mission.open", "event: Input should be"),
        ("limit=1000", "limit: Input should be less"),
        ("since=soon", "since"),
        (f"q={'x' * 201}", "q: String should have at most 200"),
    ],
)
def test_what_cannot_be_asked_for_is_named(app: Shelf, query: str, words: str) -> None:
    problem = is_problem(ask(app, f"{RELEASES}?{query}"), 400)
    assert any(one.startswith(words) for one in problem["errors"])


@pytest.mark.parametrize("cursor", ["x", "____", "MjAyNS0wMi0wNCBh", "é"])
def test_a_cursor_of_another_is_refused(app: Shelf, cursor: str) -> None:
    is_problem(ask(app, f"{RELEASES}?cursor={cursor}"), 400)


@pytest.mark.parametrize(
    "path",
    [
        f"{RELEASES}/0000000000000000",
        f"{RELEASES}/..",
        f"{RELEASES}/x/corrections",
        "/api/v1/missions/xx-2025-odihr",
        "/api/v1/missions/A_b",
        "/api/v1/nothing",
    ],
)
def test_what_is_not_there_is_a_problem(app: Shelf, path: str) -> None:
    is_problem(ask(app, path), 404)


# -- writing --------------------------------------------------------------------------------------

NO_MISSION = {"event": "none", "mission_type": None, "reason": "it tells of an exhibition"}


def test_a_correction_is_written_by_whoever_has_a_token(app: Shelf) -> None:
    release = opened(app)
    answer = post(app, release, NO_MISSION)
    assert answer.status_code == 200, answer.text
    assert answer.json()["reading"]["event"] == "none"
    assert answer.json()["version"] == 2
    found = get(app, f"{RELEASES}/{release}")
    assert (found["reading"]["event"], found["mission"]) == ("none", None)
    made = get(app, f"{RELEASES}/{release}/corrections")["items"]
    assert [(one["field"], one["value"], one["author"]) for one in made] == [
        ("event", ["none"], "Ada"),
        ("mission", [], "Ada"),
    ]


def test_an_author_may_be_named_and_every_field_be_corrected(app: Shelf) -> None:
    body = {
        "countries": ["GE"],
        "mentioned": ["TJ", "PL"],
        "event": "mission.announced",
        "mission_type": "LEOM",
        "elections": [{"kind": "local", "date": "2025-10-04"}, {"kind": "referendum"}],
        "author": "Grace",
        "reason": "so it says",
    }
    found = post(app, opened(app), body).json()
    assert found["reading"] == {
        "countries": [{"code": "GE", "name": "Georgia"}],
        "mentioned": [{"code": "TJ", "name": "TJ"}, {"code": "PL", "name": "PL"}],
        "event": "mission.announced",
        "mission_type": "LEOM",
        "elections": [
            {"kind": "local", "date": "2025-10-04"},
            {"kind": "referendum", "date": None},
        ],
    }
    assert {one["words"] for one in found["evidence"] if one["where"] == "correction"} == {
        "Grace: so it says"
    }


def test_corrections_are_taken_back(app: Shelf) -> None:
    release = opened(app)
    post(app, release, NO_MISSION)
    path = f"{RELEASES}/{release}/corrections"
    assert asking(app, "DELETE", path, headers=BEARER).status_code == 204
    assert get(app, path)["items"] == []
    assert get(app, f"{RELEASES}/{release}")["reading"]["event"] == "mission.opened"


def test_corrected_releases_are_labelled_examples(app: Shelf) -> None:
    assert ask(app, "/api/v1/corrections.jsonl").text == ""
    post(app, opened(app), NO_MISSION)
    answer = ask(app, "/api/v1/corrections.jsonl")
    (line,) = answer.text.splitlines()
    assert json.loads(line)["labels"]["event"] == "none"
    assert answer.headers["content-type"] == "application/jsonl"


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer é"]
)
def test_nobody_writes_without_a_token(app: Shelf, authorization: str) -> None:
    release = opened(app)
    path = f"{RELEASES}/{release}/corrections"
    headers = {"authorization": authorization.encode()} if authorization else {}
    for method in ("POST", "DELETE"):
        answer = asking(app, method, path, json=NO_MISSION, headers=headers)
        is_problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert get(app, path)["items"] == []


def test_where_no_token_is_configured_nobody_writes() -> None:
    doors = Doors()
    path = f"{RELEASES}/{doors.releases[0].id}/corrections"
    is_problem(asking(doors.app(), "POST", path, json=NO_MISSION, headers=BEARER), 401)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"event": "none"}, "reason: Field required"),
        ({"reason": "because"}, "Value error, nothing to correct"),
        ({"event": "open", "reason": "because"}, "event: Input should be"),
        (
            {"countries": ["QQ"], "reason": "because"},
            "countries: Value error, QQ is the code of no",
        ),
        ({"countries": ["Georgia"], "reason": "because"}, "countries.0: String should match"),
        ({"elections": [{"kind": "x"}], "reason": "y"}, "elections.0.kind: Input should be"),
        ({"evnt": "none", "reason": "because"}, "evnt: Extra inputs"),
        ([], "Input should be an object"),
    ],
)
def test_what_is_wrong_with_a_correction_is_named(app: Shelf, body: object, words: str) -> None:
    problem = is_problem(post(app, opened(app), body), 422)
    assert any(words in one for one in problem["errors"]), problem["errors"]


def test_a_body_must_be_json_and_of_a_sane_size(app: Shelf) -> None:
    path = f"{RELEASES}/{opened(app)}/corrections"
    as_form = asking(app, "POST", path, data={"event": "none"}, headers=BEARER)
    is_problem(as_form, 415)
    is_problem(post(app, opened(app), {"reason": "x" * 200_000}), 413)
    broken = asking(
        app, "POST", path, content=b"{", headers=BEARER | {"content-type": "application/json"}
    )
    is_problem(broken, 422)


def test_a_release_that_is_not_there_cannot_be_corrected(app: Shelf) -> None:
    is_problem(post(app, "0000000000000000", NO_MISSION), 404)


# -- the description --------------------------------------------------------------------------------


@pytest.fixture
def description(app: Shelf) -> Any:
    return get(app, "/api/openapi.json")


def test_every_route_is_described_and_every_description_a_route(
    app: Shelf, description: Any
) -> None:
    described = {
        (method.upper(), path)
        for path, methods in description["paths"].items()
        for method in methods
    }
    routed = {
        (method, route.path)  # type: ignore[attr-defined]
        for route in app.app.routes  # type: ignore[attr-defined]
        if route.path.startswith("/api/v1")  # type: ignore[attr-defined]
        for method in route.methods - {"HEAD"}  # type: ignore[attr-defined]
    }
    assert described == routed
    writing = [
        one for methods in description["paths"].values() for m, one in methods.items() if m != "get"
    ]
    assert all(one["security"] == [{"token": []}] for one in writing)


def schema_of(description: Any, path: str, method: str = "get", status: str = "200") -> Any:
    content = description["paths"][path][method]["responses"][status]["content"]
    (media,) = content.values()
    return media["schema"] | {"components": description["components"]}


def test_answers_are_as_they_are_described(app: Shelf, description: Any) -> None:
    release = opened(app)
    post(app, release, NO_MISSION)
    answers = {
        "/api/v1/releases": RELEASES,
        "/api/v1/releases/{release_id}": f"{RELEASES}/{release}",
        "/api/v1/releases/{release_id}/corrections": f"{RELEASES}/{release}/corrections",
        "/api/v1/missions": "/api/v1/missions",
        "/api/v1/missions/{mission_id}": "/api/v1/missions/tj-2025-03-02-odihr",
    }
    for described, asked in answers.items():
        jsonschema.validate(get(app, asked), schema_of(description, described))
    wrong = ask(app, f"{RELEASES}?x=1").json()
    jsonschema.validate(wrong, schema_of(description, "/api/v1/releases", status="default"))


def test_what_is_described_as_a_correction_is_taken(app: Shelf, description: Any) -> None:
    taken = description["paths"]["/api/v1/releases/{release_id}/corrections"]["post"]
    schema = taken["requestBody"]["content"]["application/json"]["schema"]
    whole = schema | {"components": description["components"]}
    (example,) = description["components"]["schemas"]["Correct"]["examples"]
    release = opened(app)
    for one in (NO_MISSION, example):
        jsonschema.validate(one, whole)
        assert post(app, release, one).status_code == 200
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"event": "none"}, whole)


# -- in an installation ---------------------------------------------------------------------------


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Newswatch]:
    config = tmp_path / "config"
    config.mkdir()
    (tmp_path / "token").write_text(TOKEN + "\n")
    (config / "newswatch.yaml").write_text(
        "database: sqlite:///newswatch.db\n"
        "web: {tokens: [{name: Ada, secret: {file: ../token}}, {name: Bob, secret: {env: NOT_SET}}]}\n"
    )
    (config / "sources.yaml").write_text("sources: []\n")
    with closing(Newswatch.start(lambda: load(config))) as newswatch:
        yield newswatch


def test_tokens_come_from_the_configuration(running: Newswatch) -> None:
    assert [one.name for one in running.configuration.editors] == ["Ada"]
    assert TOKEN not in repr(running.configuration)
    assert "web token 2 (Bob) waits for NOT_SET" in " ".join(running.configuration.notices)
    pipeline = make_pipeline(running.store, [make_document(story())])
    poll(pipeline)
    site = make_site(running)
    release = opened(site)
    assert post(site, release, NO_MISSION).status_code == 200
    assert running.store.corrections([release])
    path = f"{RELEASES}/{release}/corrections"
    assert asking(site, "DELETE", path, headers=BEARER).status_code == 204
    assert running.store.corrections([release]) == []
