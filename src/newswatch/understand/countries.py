"""Countries by code, name and group, as rules and pages write them. Pure."""

from collections.abc import Mapping
from difflib import get_close_matches

from newswatch.fold import fold
from newswatch.understand.terms import by_name, data

EU_NAME = "European Union"


def group(codes: str) -> frozenset[str]:
    return frozenset(codes.split())


EU_MEMBERS = group(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
)
# Memberships as of November 2026, from the organisations' own lists of members.
GROUPS: Mapping[str, frozenset[str]] = {
    "western-balkans": group("AL BA ME MK RS XK"),
    "south-caucasus": group("AM AZ GE"),
    "central-asia": group("KG KZ TJ TM UZ"),
    "baltics": group("EE LT LV"),
    "nordics": group("DK FI IS NO SE"),
    "eu": EU_MEMBERS | {"EU"},
    "osce": EU_MEMBERS
    | group(
        "AD AL AM AZ BA BY CA CH GB GE IS KG KZ LI MC MD ME MK MN NO RS RU SM TJ TM TR UA US UZ VA"
    ),
    "council-of-europe": EU_MEMBERS
    | group("AD AL AM AZ BA CH GB GE IS LI MC MD ME MK NO RS SM TR UA"),
    "african-union": group(
        "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG "
        "ML MR MU MW MZ NA NE NG RW SC SD SL SN SO SS ST SZ TD TG TN TZ UG ZA ZM ZW"
    ),
    "oas": group(
        "AG AR BB BO BR BS BZ CA CL CO CR CU DM DO EC GD GT GY HN HT JM KN LC MX PA PE PY SR SV TT "
        "US UY VC VE"
    ),
    "commonwealth": group(
        "AG AU BB BD BN BS BW BZ CA CM CY DM FJ GA GB GD GH GM GY IN JM KE KI KN LC LK LS MT MU MV "
        "MW MY MZ NA NG NR NZ PG PK RW SB SC SG SL SZ TG TO TT TV TZ UG VC VU WS ZA ZM"
    ),
}
# How people write the groups beside their ids.
GROUP_NAMES = {fold(name).replace("-", " "): name for name in GROUPS}


def country_name(code: str) -> str:
    """The English name of a code (ISO 3166-1 alpha-2, XK, EU); the code itself where it has none."""
    if code == "EU":
        return EU_NAME
    record = data().get(code)
    return str(record["name"]) if record else code


def all_codes() -> frozenset[str]:
    return frozenset(data()) | {"EU"}


def resolve(name: str) -> frozenset[str]:
    """The codes that a name stands for: a code, a name in any shipped language, a group's id.

    Empty where nothing is called so. A group's id goes before the code that it looks like: `eu` is
    the members and the Union, `EU` the Union alone.
    """
    name = name.strip()
    if name in all_codes():
        return frozenset((name,))
    plain = fold(name).replace("-", " ")
    if plain in GROUP_NAMES:
        return GROUPS[GROUP_NAMES[plain]]
    if name.upper() in all_codes() and len(name) == 2:
        return frozenset((name.upper(),))
    if plain == fold(EU_NAME):
        return frozenset(("EU",))
    code = by_name().get(fold(name))
    return frozenset((code,)) if code else frozenset()


def suggest(name: str) -> tuple[str, ...]:
    """At most three names that may have been meant."""
    known = {fold(country_name(code)): country_name(code) for code in all_codes()}
    known |= {fold(name): name for name in GROUPS}
    close = get_close_matches(fold(name), known, n=3, cutoff=0.7)
    return tuple(known[match] for match in close)
