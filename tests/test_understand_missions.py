"""Which type of mission: names in many languages, joint ones, the usual type of a body, none."""

import pytest

from newswatch.understand.missions import read_mission
from newswatch.understand.passage import passage
from newswatch.understand.tagged import glance, tag


def mission(
    text: str, event: str = "mission.opened", title: str = "", kinds: frozenset[str] = frozenset()
) -> str | None:
    parts = (tag(glance(passage(where, t))) for where, t in (("title", title), ("text", text)))
    return read_mission(*parts, event, kinds=kinds)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The election observation mission began.", "EOM"),
        ("La mission d'observation électorale a commencé.", "EOM"),
        ("La Misión de Observación Electoral comenzó.", "EOM"),
        ("A Missão de Observação Eleitoral começou.", "EOM"),
        ("Миссия по наблюдению за выборами начала работу.", "EOM"),
        ("Die Wahlbeobachtungsmission begann.", "EOM"),
        ("Мисијата за набљудување на изборите почна.", "EOM"),
        ("بدأت بعثة الاتحاد الأوروبي لمراقبة الانتخابات", "EOM"),
        ("The Commonwealth Observer Group arrived for the vote.", "EOM"),
        ("The limited election observation mission began.", "LEOM"),
        ("La mission d'observation électorale limitée a commencé.", "LEOM"),
        ("Ограниченная миссия по наблюдению за выборами начала работу.", "LEOM"),
        ("The election assessment mission began.", "EAM"),
        ("Die Wahlbewertungsmission begann.", "EAM"),
        ("The special election assessment mission began.", "SEAM"),
        ("The election expert team began.", "EET"),
        ("The referendum observation mission began.", "ROM"),
        ("The referendum assessment mission began.", "RAM"),
        ("The SADC Electoral Observation Mission began.", "SEOM"),
        ("The international election observation mission of ODIHR and the OSCE PA began.", "IEOM"),
        ("ANFREL's international election observation mission began.", "EOM"),
        ("African Union observers watched the election.", "EOM"),
        ("PACE observers watched the election.", None),
        ("The OSCE Mission to Serbia opened a course.", None),
        ("There was a vote.", None),
        ("La misión de veeduría electoral comenzó.", "EOM"),
        ("Миссия по оценке выборов начала работу.", "EAM"),
        ("A mission of experts began.", "EET"),
        ("The mission asks voters to be patient.", "EOM"),
        (
            "The international election observation mission to Moldova's elections of PACE began.",
            "IEOM",
        ),
    ],
)
def test_the_type_is_read(text: str, expected: str | None) -> None:
    assert mission(text) == expected


def test_a_needs_assessment_is_the_type_only_where_it_is_the_event() -> None:
    text = (
        "On the advice of its needs assessment mission, an election observation mission was sent."
    )
    assert mission(text, "mission.needs_assessment") == "NAM"
    assert mission(text, "mission.announced") == "EOM"


@pytest.mark.parametrize(
    ("text", "event", "expected"),
    [
        ("Much was proposed by the observation mission.", "mission.follow_up", "EOM"),
        ("La mission d'observation arrivera lundi.", "mission.announced", "EOM"),
        ("The observers left in May; their advice stayed.", "mission.follow_up", "EOM"),
        ("The assessment team went home in May.", "mission.follow_up", "EAM"),
        ("Proposals of the mission d'évaluation were read.", "mission.follow_up", "EAM"),
        ("The report ends the work of the expert team.", "mission.final_report", "EET"),
        ("Limited observation of the elections began.", "mission.opened", "LEOM"),
        ("ODIHR joins a joint international observation.", "mission.media_notice", "IEOM"),
        ("PACE and ODIHR will speak to the press.", "mission.media_notice", "IEOM"),
        ("The NDI delegation found the vote orderly.", "mission.preliminary_statement", "EOM"),
        ("The international observers told the press.", "mission.preliminary_statement", "IEOM"),
    ],
)
def test_where_observers_are_the_event_less_has_to_be_said(
    text: str, event: str, expected: str
) -> None:
    assert mission(text, event) == expected


@pytest.mark.parametrize(
    ("text", "event", "expected"),
    [
        ("Experts assess whether observers should come.", "mission.needs_assessment", "NAM"),
        ("A team will meet the parties in Malta.", "mission.needs_assessment", "NAM"),
        ("It recommends an election expert team.", "mission.needs_assessment", "NAM"),
        ("No election observation mission will come.", "mission.declined", "EOM"),
        ("No observers will come.", "mission.declined", None),
        ("Experts came to talk about advice.", "mission.follow_up", None),
        ("A team met the parties in Malta.", "mission.statement", None),
        ("The final report on Malta's elections is out.", "mission.final_report", None),
        ("The OSCE observation mission cannot go on.", "mission.cancelled", None),
        ("ODIHR's observation mission cannot go on.", "mission.cancelled", "EOM"),
    ],
)
def test_a_visit_has_its_type_and_others_have_one_where_it_can_be_told(
    text: str, event: str, expected: str | None
) -> None:
    assert mission(text, event) == expected


def test_a_name_with_a_word_for_voting_goes_before_one_without() -> None:
    text = "The expert team of the election observation mission presented its report."
    assert mission(text, "mission.final_report") == "EOM"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The election observation mission began.", "ROM"),
        ("The election assessment mission began.", "RAM"),
        ("The limited election observation mission began.", "LEOM"),
    ],
)
def test_a_mission_to_a_referendum_alone_is_one_of_a_referendum(text: str, expected: str) -> None:
    assert mission(text, kinds=frozenset(("referendum",))) == expected
    assert mission(text, kinds=frozenset(("referendum", "local"))) != "ROM"


def test_a_newsroom_that_is_a_mission_says_its_type() -> None:
    parts = (tag(glance(passage(where, t))) for where, t in (("title", ""), ("text", "It opened.")))
    post = tag(glance(passage("institutions", "EU EOM Ghana 2020")))
    found, (evidence,) = read_mission(*parts, "mission.opened", [post])
    assert found == "EOM"
    assert (evidence.where, evidence.words) == ("institutions", "EU EOM")


def test_an_event_without_a_mission_has_no_type() -> None:
    assert mission("The election observation mission began.", "election.assistance") is None


def test_bodies_that_say_together_how_a_vote_was_are_a_joint_mission() -> None:
    text = "Observers from ODIHR, the OSCE PA and PACE said so in a joint statement."
    assert mission(text, "mission.preliminary_statement") == "IEOM"


def test_what_is_taken_from_the_body_is_less_sure_than_what_is_named() -> None:
    parts = [tag(glance(passage("text", ""))), tag(glance(passage("text", "EU observers met.")))]
    found, (evidence,) = read_mission(parts[0], parts[1], "mission.statement")
    assert (found, evidence.confidence) == ("EOM", 0.6)
