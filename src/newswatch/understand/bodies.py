"""Which bodies observe in a release: ODIHR, the EU, the Carter Center; with the words that say so.
Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence

from newswatch.model import Evidence
from newswatch.understand.passage import Passage

# A body by its names. Abbreviations count in capitals only. What stands first goes first.
NAMES: Mapping[str, str] = {
    "ODIHR": (
        r"ODIHR|BIDDH|OIDDH|OIDHR|БДИПЧ|БДІПЛ|ОДИХР|BDIMR|"
        r"(?i:Office for Democratic Institutions and Human Rights)"
    ),
    "OSCE PA": (
        r"OSCE[ /-]?PA|AP[- ]?OSCE|ПА ОБСЕ|"
        r"(?i:OSCE Parliamentary Assembly|Assemblée parlementaire de l['’]OSCE|"
        r"Парламентск\w+ ассамбле\w+ ОБСЕ|Parlamentarisch\w* Versammlung der OSZE)"
    ),
    "PACE": (
        r"PACE|APCE|ПАСЕ|(?i:Parliamentary Assembly of the Council of Europe|"
        r"Assemblée parlementaire du Conseil de l['’]Europe)"
    ),
    "Congress": (
        r"(?i:Congress of Local and Regional Authorities|Council of Europe(?:['’]s)? Congress|"
        r"Congrès des pouvoirs locaux)"
    ),
    "NATO PA": r"NATO[ -]PA|(?i:NATO Parliamentary Assembly)",
    "EU": (
        r"E[UO][ -]?EOM|MOE[ -]?UE|UE[ -]?MOE|"
        r"(?i:(?:European Union|EU|Union européenne|Unión Europea|União Europeia)(?:['’]s)? "
        r"(?:election |electoral )?(?:observ\w+|election|electoral|expert|follow|exploratory)|"
        r"(?:observ\w+|mission|misión|missão)[^.;]{0,40}(?:de l['’]Union européenne|de la Unión "
        r"Europea|da União Europeia|of the European Union|de la UE\b|de l['’]UE\b|da UE\b))"
    ),
    "OAS": r"OAS|OEA|MOE/OEA|(?i:Organi[sz]ation of American States|Organización de (?:los )?Estados Americanos)",
    "AU": r"AUEOM|AUC|AU|(?i:African Union|Union africaine|União Africana)",
    "ECOWAS": r"ECOWAS|CEDEAO|(?i:Economic Community of West African States)",
    "SADC": r"SADC|SEOM|SEAC|(?i:Southern African Development Community)",
    "ECCAS": r"ECCAS|CEEAC",
    "EAC": r"EAC|(?i:East African Community)",
    "COMESA": r"COMESA",
    "IGAD": r"IGAD",
    "Carter Center": r"(?i:Carter Cent(?:er|re)|Centre Carter|Centro Carter)",
    "Commonwealth": (
        r"(?i:Commonwealth (?:observer|election|expert|secretar|group|team|assess)\w*|"
        r"Commonwealth[^.;]{0,30}observ\w+)"
    ),
    "CIS": r"CIS|СНГ|(?i:Commonwealth of Independent States)",
    "SCO": r"SCO|ШОС|(?i:Shanghai Cooperation Organi[sz]ation)",
    "ANFREL": r"ANFREL|(?i:Asian Network for Free Elections)",
    "NDI": r"NDI|(?i:National Democratic Institute)",
    "IRI": r"IRI|(?i:International Republican Institute)",
    "EISA": r"EISA",
    "OIF": r"OIF|(?i:Organisation internationale de la Francophonie)",
    "PIF": r"(?i:Pacific Islands Forum)",
    "CARICOM": r"CARICOM",
    "European Parliament": r"(?i:European Parliament(?= (?:delegation|observ))|(?<=delegation of the )European Parliament)",
}
PATTERNS = {body: re.compile(rf"(?<!\w)(?:{names})(?!\w)") for body, names in NAMES.items()}
# What stands in every name of a body: capitals in the text, small letters in the text as it is
# compared. Looking for these first spares most of the patterns.
SIGNS: Mapping[str, tuple[str, ...]] = {
    "ODIHR": (
        *("ODIHR", "BIDDH", "OIDDH", "OIDHR", "БДИПЧ", "БДІПЛ", "ОДИХР", "BDIMR"),
        "office for democratic institutions",
    ),
    "OSCE PA": (
        *("OSCE", "ПА ОБСЕ", "osce parliamentary", "parlementaire de l", "парламентск"),
        "parlamentarisch",
    ),
    "PACE": ("PACE", "APCE", "ПАСЕ", "parliamentary assembly of", "assemblée parlementaire"),
    "Congress": ("congress of local", "council of europe", "congrès des pouvoirs"),
    "NATO PA": ("NATO", "nato parliamentary"),
    "EU": ("EOM", "MOE", "eu", "uni", "ue"),
    "OAS": ("OAS", "OEA", "american states", "estados americanos"),
    "AU": ("AU", "african union", "union africaine", "união africana"),
    "ECOWAS": ("ECOWAS", "CEDEAO", "west african states"),
    "SADC": ("SADC", "SEOM", "SEAC", "southern african development"),
    "ECCAS": ("ECCAS", "CEEAC"),
    "EAC": ("EAC", "east african community"),
    "Carter Center": ("carter",),
    "Commonwealth": ("commonwealth",),
    "CIS": ("CIS", "СНГ", "commonwealth of independent"),
    "SCO": ("SCO", "ШОС", "shanghai"),
    "ANFREL": ("ANFREL", "asian network"),
    "NDI": ("NDI", "national democratic"),
    "IRI": ("IRI", "international republican"),
    "OIF": ("OIF", "organisation internationale"),
    "PIF": ("pacific islands",),
    "European Parliament": ("european parliament",),
}
# A newsroom's publisher, in small letters, as the body that it speaks for.
PUBLISHERS: Mapping[str, str] = {
    "odihr": "ODIHR",
    "osce": "ODIHR",  # its missions for elections are those of ODIHR
    "osce/odihr": "ODIHR",
    "osce parliamentary assembly": "OSCE PA",
    "osce pa": "OSCE PA",
    "pace": "PACE",
    "european union": "EU",
    "eeas": "EU",
    "eu": "EU",
    "oas": "OAS",
    "african union": "AU",
    "carter center": "Carter Center",
    "the carter center": "Carter Center",
    "commonwealth secretariat": "Commonwealth",
    "commonwealth": "Commonwealth",
    "ndi": "NDI",
    "anfrel": "ANFREL",
    "sadc": "SADC",
    "ecowas": "ECOWAS",
}
# Those that observe one election together, and say so in each other's newsrooms.
TOGETHER = frozenset(("ODIHR", "OSCE PA", "PACE", "Congress", "NATO PA", "European Parliament"))
BARE = re.compile(r"(?<!\w)(?:OSCE|OSZE|ОБСЕ|ОБСЄ)(?!\w)")


def read_bodies(
    title: Passage, text: Passage, posts: Sequence[Passage], publisher: str
) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    """The bodies that a release on a mission names, in the order in which they are named; the
    publisher's where it names none."""
    evidence = tuple(first_of_each(named(part) for part in (title, text, *posts)))
    if evidence:
        return tuple(one.value for one in evidence), evidence
    spoken_for = PUBLISHERS.get(publisher.casefold())
    return ((spoken_for,) if spoken_for else ()), ()


def named(part: Passage) -> list[Evidence]:
    small = small_letters(part.text)
    found = [
        part.evidence("body", body, place.start(), place.end(), 0.9)
        for body, pattern in PATTERNS.items()
        if is_possible(body, part.text, small) and (place := pattern.search(part.text))
    ]
    if not found and (place := BARE.search(part.text)):
        found = [part.evidence("body", "ODIHR", place.start(), place.end(), 0.6)]
    return sorted(found, key=lambda one: one.start)


def small_letters(text: str) -> str:
    """As the patterns compare where case does not matter: i with and without its dot is one."""
    return text.casefold().replace("i\u0307", "i").replace("ı", "i")


def is_possible(body: str, text: str, small: str) -> bool:
    """Whether a text may hold a name of the body; `small` is the text as it is compared."""
    return any(sign in (small if sign.islower() else text) for sign in SIGNS.get(body, (body,)))


def first_of_each(parts: Iterator[list[Evidence]]) -> Iterator[Evidence]:
    """The evidence of each body that is named first. "OSCE" alone counts only where nothing else
    does."""
    told = [one for part in parts for one in part]
    sure = [one for one in told if one.confidence > 0.6] or told
    seen: set[str] = set()
    for one in sure:
        if one.value not in seen:
            seen.add(one.value)
            yield one
