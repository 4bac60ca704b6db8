"""The reader of events: what its model was made from, its evidence and confidence, and bad input."""

import importlib.util
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_release
from newswatch.model import EVENTS, Published, Reading
from newswatch.understand import read
from newswatch.understand.genre import lexicon, lowered
from newswatch.understand.passage import passage
from newswatch.understand.tagged import glance, tag
from newswatch.understand.traits import traits
from newswatch.understand.weights import BIAS, BITS, Weights, packed, weights, weights_for

ROOT = Path(__file__).resolve().parent.parent
DAY = date(2025, 2, 5)


def reading(title: str, text: str = "", day: date | None = DAY) -> Reading:
    published = Published(day) if day else None
    return read(make_release(title=title, text=text, institutions=(), published=published))


def training() -> ModuleType:
    spec = importlib.util.spec_from_file_location("train", ROOT / "scripts/train_events.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_model_is_what_the_corpus_and_the_reader_make() -> None:
    """Fails when corpus, lexicon or reader changed: run scripts/train_events.py."""
    train = training()
    assert weights().digest == train.digest(*train.learnt_from())


def test_the_model_is_small() -> None:
    path = ROOT / "src/newswatch/understand/data/events.json"
    assert path.stat().st_size < 700_000


def test_every_event_can_be_told() -> None:
    assert weights().events == EVENTS


@pytest.mark.parametrize(
    ("title", "text", "event"),
    [
        ("Mission to Mali's election leaves early", "The election observation mission has been withdrawn for reasons of security.", "mission.cancelled"),
        ("Observers for Iceland's election?", "Neither an election observation mission nor experts will be sent: there is no need.", "mission.declined"),
        ("Violence must end, says head of observers", "The election observation mission, which opened on 3 January, is alarmed by attacks on candidates.", "mission.statement"),
        ("Presence opens its doors to artists", "The OSCE Presence opens an exhibition.", "none"),
        ("New Head of OSCE Mission takes up duties", "She led an election observation mission in 2012.", "none"),
        ("Mission de l'ONU : fin du retrait", "Les derniers soldats ont quitté la base.", "none"),
        ("Assembly elects its President", "Delegates voted in a secret ballot at the annual session.", "none"),
        ("Die Wahlbeobachtungsmission des ODIHR hat in Wien ihre Arbeit aufgenommen", "", "mission.opened"),
        ("La misión de observación electoral condena la violencia", "El jefe de la misión llama a la calma antes de los comicios.", "mission.statement"),
        ("Center turns down invitation to Mali's election", "It is unable to take up the invitation: there is too little time to send observers.", "mission.declined"),
        ("Observers for Mali recalled", "The election observation mission was called home before the vote; visas had been withdrawn.", "mission.cancelled"),
        ("Observers say goodbye to Mali", "After three months the election observation mission leaves; a final report will follow.", "mission.statement"),
        ("ODIHR to monitor public assemblies", "Experts will watch how demonstrations are policed, as part of its work on freedom of assembly.", "none"),
        ("Voter register to be audited", "With technical cooperation of the OAS, auditors check the lists before the election; no observers are sent.", "election.assistance"),
        ("Наблюдение за выборами отменено", "Миссия по наблюдению за выборами прекращает работу: наблюдателям отказано в аккредитации.", "mission.cancelled"),
    ],
)  # fmt: skip
def test_grammar_tells_one_event_from_another(title: str, text: str, event: str) -> None:
    assert reading(title, text).event == event


@pytest.mark.parametrize(
    ("document", "event"),
    [
        ("final report", "mission.final_report"),
        ("interim report", "mission.interim_report"),
        ("statement of preliminary findings and conclusions", "mission.preliminary_statement"),
        ("needs assessment mission report", "mission.needs_assessment"),
    ],
)
def test_a_document_is_what_its_headline_calls_it_whatever_its_findings(
    document: str, event: str
) -> None:
    findings = (
        "The parliamentary elections were truly competitive and freedoms were respected. They were"
        " run professionally, and those who ran them are trusted. The law needs review: voters in"
        " some places have fewer rights than in others, disinformation and violence marked parts"
        " of the campaign, observers had no access to all stages, and money is hardly regulated."
    )
    found = reading(f"2024 parliamentary elections: ODIHR {document}", findings)
    assert found.event == event


@pytest.mark.parametrize(
    ("text", "is_past"),
    [
        ("The mission, at work in Bhutan since mid-February, was received.", True),
        ("The mission opened two weeks ago.", True),
        ("La mission, à pied d'œuvre depuis juin, a été reçue.", True),
        ("La misión, instalada desde enero, fue recibida.", True),
        ("Die vor drei Wochen eröffnete Mission wurde empfangen.", True),
        ("The mission has been at work since this morning.", False),
        ("La mission est à pied d'œuvre depuis aujourd'hui.", False),
        ("The mission opened. Since June it had been prepared.", False),
    ],
)
def test_what_began_a_while_ago_is_told_from_what_begins(text: str, is_past: bool) -> None:
    found = traits(tag(glance(passage("title", ""))), tag(glance(passage("text", text))), (), None)
    assert ("X.START" not in found and "X.START@" not in found) == is_past


def test_how_far_off_the_vote_is_tells_one_report_from_another() -> None:
    text = "The election observation mission presented its findings on the 2 March parliamentary elections."
    days = (date(2025, 2, 14), date(2025, 3, 3), date(2025, 6, 20))
    assert [reading("Observers present findings", text, day).event for day in days] == [
        "mission.interim_report",
        "mission.preliminary_statement",
        "mission.final_report",
    ]


def test_who_observes_is_no_evidence_beside_what_is_said_of_it() -> None:
    text = "The election observation mission in Peru is suspended, for reasons of security."
    words = [e.words for e in reading("Security comes first", text).evidence if e.field == "event"]
    assert any("suspended" in one for one in words)
    assert not {"observation", "observation mission", "election observation mission"} & set(words)


def test_no_evidence_of_an_event_lies_in_another() -> None:
    found = reading("Without accreditation, ODIHR sees no way to observe elections in Kyrgyzstan")
    spans = [(e.start, e.end) for e in found.evidence if e.field == "event"]
    assert not [a for a in spans for b in spans if a != b and b[0] <= a[0] and a[1] <= b[1]]


def test_the_words_that_weighed_most_are_the_evidence() -> None:
    found = reading("ODIHR opens election observation mission in Albania")
    words = [e.words for e in found.evidence if e.field == "event"]
    assert any("opens" in shown for shown in words)
    assert len(words) <= 3


def test_confidence_is_a_chance() -> None:
    clear = reading("ODIHR opens election observation mission in Albania", "It opened today.")
    vague = reading("Observers and the vote", "The observers spoke of the vote.")
    sure = [e.confidence for e in clear.evidence if e.field == "event"]
    unsure = [e.confidence for e in vague.evidence if e.field == "event"]
    assert sure[0] > 0.8
    assert not unsure or unsure[0] < sure[0]


@given(st.lists(st.lists(st.integers(-3000, 3000), min_size=3, max_size=3), max_size=200))
def test_packed_weights_add_up_like_plain_ones(table: list[list[int]]) -> None:
    nothing = sum(BIAS << BITS * number for number in range(3))
    model = Weights(("a", "b", "c"), 1.0, {}, nothing, "")
    rows = [nothing + packed([n for pair in enumerate(row) for n in pair]) for row in table]
    assert model.sums(rows) == [sum(row[number] for row in table) for number in range(3)]
    assert weights_for(1, rows) == [row[1] for row in table]


def test_chances_add_up_to_one_however_large_the_sums() -> None:
    model = Weights(("a", "b"), 1.0, {}, 0, "")
    assert sum(model.chances([100_000, -100_000])) == pytest.approx(1.0)


def test_a_phrase_is_found_across_articles_and_gaps() -> None:
    marks = tag(glance(passage("text", "They called the whole mission off."))).tags()
    assert "STOP" in marks


def test_a_phrase_keeps_its_last_word_even_where_it_looks_like_an_article() -> None:
    def tags(text: str) -> frozenset[str]:
        return tag(glance(passage("text", text))).tags()

    assert "ACCEPT" in tags("Das Büro nimmt die Einladung an.")
    assert "ACCEPT" not in tags("Das Büro nimmt Stellung.")
    assert "STOP" in tags("They will not travel after all.")
    assert "STOP" not in tags("They will not travel after breakfast.")


@pytest.mark.parametrize(
    ("text", "trait"),
    [
        ("Observers were withdrawn.", ".STOP@"),
        ("No observers were withdrawn.", ".NO-STOP@"),
        ("No border was closed, and the mission withdrew.", ".STOP@"),
        ("The mission will soon open.", ".TO-START@"),
        ("The mission is to be formally opened.", ".TO-START@"),
        ("The mission to Peru opened.", ".START@"),
        ("The museum opened.", ".START"),
    ],
)
def test_how_and_of_whom_a_verb_is_said(text: str, trait: str) -> None:
    empty = tag(glance(passage("title", "")))
    assert trait in traits(empty, tag(glance(passage("text", text))), (), None)


def test_hyphens_and_apostrophes_do_not_part_a_phrase() -> None:
    for text in ("follow-up", "follow up", "FOLLOW‑UP"):
        assert "FOLLOWUP" in tag(glance(passage("title", text))).tags()


def test_arabic_particles_are_seen_through() -> None:
    assert "ELECTION" in tag(glance(passage("title", "مراقبة للانتخابات"))).tags()


@pytest.mark.parametrize("text", ["İSTANBUL", "ﬁnal", "ΣΊΣΥΦΟΣ", "ẞ", "ŉ"])
def test_small_letters_keep_their_places(text: str) -> None:
    assert len(lowered(text)) == len(text)


def test_the_lexicon_does_not_grow_without_end() -> None:
    known = lexicon()
    for number in range(known.LIMIT + 10):
        known[f"word{number}"]
    assert len(known) <= known.LIMIT + 2


BAD = [
    "",
    " ",
    "\x00\x01\x02",
    "<p>election&nbsp;<b>observation</b> mission opens</p>",
    "انتخابات \u202emission opens\u202c выборы élection",
    "\ud7ff\u0301\u0301 election",
    "election" * 1000,
    "(((((election observation",
    "31 February 32 March 0 May election",
]


@pytest.mark.parametrize("title", BAD)
@pytest.mark.parametrize("text", BAD)
def test_bad_input_gives_a_reading(title: str, text: str) -> None:
    assert reading(title, text, None).event in EVENTS


def test_a_title_of_a_megabyte_is_read() -> None:
    assert reading("election observation mission opens " * 30_000).event in EVENTS


GENRE = st.lists(
    st.sampled_from(
        [
            "election",
            "mission",
            "observers",
            "will",
            "not",
            "open",
            "opens",
            "cancelled",
            "final",
            "report",
            "2",
            "March",
            "2025",
            "on",
            "the",
            "presidential",
            "and",
            "parliamentary",
            ",",
            ".",
            ":",
            "(",
            "«",
            "”",
            "today",
            "Sunday",
            "выборы",
            "misión",
            "d'observation",
            "31",
            "May",
        ]
    ),
    max_size=60,
).map(" ".join)


@given(GENRE, GENRE, st.dates() | st.none())
def test_any_words_of_the_genre_are_read(title: str, text: str, day: date | None) -> None:
    found = reading(title, text, day)
    fields = {"title": title, "text": text}
    assert found.event in EVENTS
    assert all(fields[e.where][e.start : e.end] == e.words for e in found.evidence)
