"""Which type of observation mission a release speaks of. Pure."""

import re

from newswatch.model import Evidence
from newswatch.understand.passage import Passage

# The first that is found counts: the particular goes before the general.
TYPES: tuple[tuple[str, str], ...] = (
    ("NAM", r"needs?[- ]assessment mission|\bNAM\b|mission d['’]évaluation des besoins"),
    ("SEAM", r"special election assessment mission|special assessment|\bSEAM\b"),
    ("LEOM", (r"limited (?:\w+ )?(?:election )?observation (?:mission|effort)|\bLEOM\b|mission d['’]observation électorale "
     r"limitée|ограниченн\w+ мисси\w*|eingeschränkte \w*beobacht\w*|misión limitada")),
    ("RAM", r"referendum assessment mission|\bRAM\b"),
    ("ROM", r"referendum observation mission|\bROM\b|mission d['’]observation du référendum"),
    ("SEOM", r"\bSEOM\b|SADC (?:electoral|election) observ\w+ mission"),
    ("IEOM", (r"international election observation mission|joint (?:international )?(?:election )?(?:observation )?mission|"
     r"\bIEOM\b|joint (?:\w+ )?observ\w+|международн\w+ мисси\w+ по наблюд\w*|mission internationale d['’]observation")),
    ("EET", (r"election expert team|electoral expert (?:team|mission)|election expert mission|expert mission|\bEET\b|"
     r"Wahlexpert\w*")),
    ("EAM", (r"election assessment mission|\bEAM\b|mission d['’]évaluation électorale|Wahlbewertungsmission|"
     r"мисси\w+ по оценке выбор\w*")),
    ("EOM", (r"(?:election|electoral) observ\w+ (?:mission|group)|observer (?:mission|group)|joint observation mission|\bE[UO] ?EOM\b|"
     r"\bEOM\b|\bMOE\b|observer mission|misión de observación|mission d['’]observation|missão de observação|"
     r"мисси\w+ (?:\w+ )?по наблюд\w*|мисси\w+ БДИПЧ|мисијата за набљудување|Wahlbeobachtung\w*|election mission")),
)  # fmt: skip
ANY_TYPE = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in TYPES)
SILENT = ("none", "election.assistance")  # events that are of no mission


def read_mission(
    title: Passage, text: Passage, event: str
) -> tuple[str | None, tuple[Evidence, ...]]:
    """The type, and the words that say so; None where no mission is spoken of."""
    if event in SILENT:
        return None, ()
    for name, pattern in ANY_TYPE:
        for passage in (title, text):
            found = pattern.search(passage.text)
            if found:
                evidence = passage.evidence("mission", name, found.start(), found.end(), 0.85)
                return name, (evidence,)
    return None, ()
