"""Which event a release tells of: the thirteen classes, from headline and text together. Pure.

Every class has phrases, in several languages, with a weight; a phrase in the headline counts more
than one in the text, and the first sentences count more than what follows. The class with the
highest sum wins; a tie goes to the class that stands first. The expressions are RE2's: linear in
time on hostile text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from newswatch.model import Evidence
from newswatch.understand.passage import Passage

ENOUGH = 2.0  # weight below which nothing is said of a mission
TITLE = 2.0  # how much more the headline counts
LATER = 0.6  # how much what comes after the first sentences counts
EARLY = 350  # characters

MISSION = (
    r"(?:mission|observ|monitor|assess|delegation|expert team|misión|misiones|missão|миссия|"
    r"миссии|миссию|наблюд|beobacht|entsend)"
)
ELECTION = re.compile(
    r"election|elector|\bvot(?:e|es|ers?|ing)\b|\bpolls?\b|polling|referend|ballot|elecci|electora|"
    r"élection|électora|scrutin|eleiç|eleitora|wahl|abstimmung|выбор|референдум|избор|избир|"
    r"zgjedh|alegeri|seçim|vybor",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """An expression that speaks for an event, and how loudly."""

    event: str
    weight: float
    pattern: str


def said(event: str, weight: float, *patterns: str) -> tuple[Phrase, ...]:
    return tuple(Phrase(event, weight, pattern) for pattern in patterns)


# The order breaks ties: what ends a mission goes before what it did.
PHRASES: tuple[Phrase, ...] = (
    *said(
        "mission.cancelled",
        4,
        rf"(?:cancel|call(?:s|ed|ing)? off|abandon|scrap|suspend|terminat)\w*[^.;]{{0,80}}{MISSION}",
        rf"{MISSION}\w*[^.;]{{0,90}}(?:cancelled|canceled|called off|abandoned|scrapped|suspended|"
        r"terminated|cut short|discontinued)",
        rf"(?:continuation|continuing)[^.;]{{0,60}}{MISSION}[^.;]{{0,40}}(?:impossible|not possible)",
        r"(?:drop|drops|dropped|shelves?|shelved) (?:its |the |their )?plans?[^.;]{0,30}(?:observ|monitor)",
        r"(?:recall|recalls|recalled|withdraws?|withdrew|withdrawn|pulls? out|pulled out|evacuat\w+)"
        r"[^.;]{0,40}(?:observ|monitor|mission)",
        r"(?:observ|monitor)\w*[^.;]{0,20}(?:leave|leaves|left|withdrawn|withdraw|recalled)\b",
        r"no way to carry out",
        r"(?:give|gave|given|giving) up (?:the |its )?(?:\S+ )?observ",
        r"bring (?:its|their) (?:people|observers|team) home",
        r"necessary to cancel",
        r"(?:forced|obliged|unable) to (?:leave|cancel|abandon|continue|complete)",
        r"(?:annul|suspend|interromp)\w*[^.;]{0,60}(?:mission|observation)",
        r"(?:mission|observation)[^.;]{0,60}(?:annulée?|suspendue?|interrompue?)",
        r"(?:cancela|suspende|retira)\w*[^.;]{0,60}(?:misión|observa|missão)",
        r"(?:misión|missão)[^.;]{0,60}(?:cancelada|suspendida|suspensa)",
        r"(?:отмен|прекра|приостан|отзыва|отозва)\w*[^.;]{0,60}(?:мисси|наблюд)",
        r"(?:мисси|наблюд)\w*[^.;]{0,60}(?:отмен|прекращ|приостановл|отозван)",
        r"(?:beobacht|mission)\w*[^.;]{0,60}(?:abgesagt|ausgesetzt|abgebrochen|abgezogen)",
        r"sagt[^.;]{0,60}(?:beobacht|mission)[^.;]{0,40} ab\b",
    ),
    *said(
        "mission.declined",
        3.4,
        r"(?:will|shall|does|do|can|could|would) ?(?:not|n't|n’t)(?: be able to)?(?: therefore)? "
        r"(?:observe|monitor|deploy|send|field|be (?:observ|deploy|present|sending)|assess)",
        r"cannot (?:observe|monitor|deploy|send)",
        r"\bno (?:\S+ ){0,4}(?:observers?|observation|observation missions?|mission|presence)\b"
        r"(?:[^.;]{0,60}(?:will|foreseen|planned|deployed|in|for|at|due|this)\b)",
        r"neither [^.;]{0,60} nor [^.;]{0,60}(?:will be present|will observe|team|mission)",
        r"(?:not|never) (?:to )?(?:deploy|send|recommend)[^.;]{0,50}(?:mission|observ|activit)",
        r"(?:lack|lacking|absence|want) (?:of )?(?:an? |any )?(?:\S+ )?invitation",
        r"(?:did|has|have|had) not (?:receive|received|been|issue|issued|extend)[^.;]{0,20} ?(?:an )?(?:invit\w+)",
        r"(?:no|without(?: an)?|in the absence of an?) invitation",
        r"nothing has come from the \S+ authorities",
        r"not to invite",
        r"(?:observation|mission|presence)[^.;]{0,40}(?:not|un)(?: considered| deemed)? ?(?:necessary|needed|warranted)",
        r"to go unwatched|nobody in the country|stays? away from|sees no (?:point|basis)",
        r"(?:send|sends|deploy|deploys) (?:nobody|no one|no observers|no monitors)|^no (?:monitors|observers)",
        r"(?:n['’]observera|n['’]enverra|ne (?:sera|déploiera|dépêchera)|aucune? (?:mission|observat))",
        r"(?:descarta|rechaza)\w*[^.;]{0,30}(?:envío|misión)|no (?:observará|enviará|desplegará|habrá (?:misión|observa))|sin (?:misión|invitación)",
        r"não (?:observará|enviará|vai (?:observar|enviar))",
        r"не (?:будет|будут|станет|сможет|смогут|намерен\w*) (?:направл|наблюд|вести|осуществл|отправл|проводить)\w*",
        r"(?:отсутстви|без)\w* приглашени",
        r"(?:keine|nicht)[^.;]{0,40}(?:beobacht|entsend|mission)",
    ),
    *said(
        "mission.declined",
        5.0,
        r"(?:deploy|send|field) neither",
        r"neither [^.;]{0,40}deployed nor",
    ),
    *said(
        "mission.final_report",
        3.2,
        r"final report",
        r"concluding report",
        r"(?:full|last) (?:account|word|report)",
        r"rapport final|informe final|relatório final|relatorio final",
        r"(?:abschluss|schluss|end)bericht",
        r"(?:итогов|заключительн)\w+ (?:отч[её]т|доклад)",
        r"конечн\w+ извешта|завршн\w+ извешта|raport(?:i|ul)? (?:final|përfundimtar)|nihai rapor",
    ),
    *said(
        "mission.follow_up",
        3.0,
        r"follow[- ]?up (?:visit|mission|meeting|activit|to|on)",
        r"(?:recommendations?|proposals|advice)[^.;]{0,90}(?:present|discuss|implement|carr(?:y|ied)|follow|"
        r"law|become|became|address|take stock|review|remain|debat)\w*",
        r"(?:present|discuss|implement|follow|take stock|takes stock|review|address|debat)\w*[^.;]{0,70}"
        r"(?:recommendations?|observers['’] advice|election advice|electoral recommendations)",
        r"what became of recommendations|take stock of observers",
        r"(?:mission|visite) de suivi|suivi des recommandations|recommandations",
        r"(?:seguimiento|recomendaciones)|recomendações|missão de acompanhamento",
        r"(?:рекомендаци|препорак)\w*",
        r"(?:wahl)?empfehlungen",
    ),
    *said(
        "mission.interim_report",
        3.4,
        r"mid-?term (?:paper|report)|half-?way through",
        r"interim (?:report|findings|statement|assessment|conclusions|press statement)",
        r"pre-?election (?:statement|findings|report)",
        r"déclaration pré-?électorale|rapport (?:intermédiaire|intérimaire|d['’]étape)",
        r"informe (?:preliminar )?(?:interino|intermedio|preelectoral)|declaración preelectoral",
        r"relatório (?:intercalar|preliminar intercalar)|declaração pré-eleitoral",
        r"промежуточн\w+ (?:отч[её]т|доклад|выводы)",
        r"zwischenbericht",
    ),
    *said(
        "mission.media_notice",
        3.6,
        r"media (?:advisory|notice|alert|invitation|accreditation|opportunit)|press (?:advisory|notice|invitation)",
        r"note to (?:editors|media)|media representatives",
        r"(?:journalists?|media|reporters|editors) (?:are|is) (?:kindly )?(?:invited|requested|asked)",
        r"(?:invit\w+|invitation) (?:the |to )?(?:media|journalists|press)",
        r"(?:meet|face|brief) (?:the )?(?:press|media|reporters|journalists)",
        r"press conference|news conference|press briefing|media briefing",
        r"\bWHEN: |\bWHERE: |\bWHAT: ",
        r"conférence de presse|avis aux médias|point de presse|invitation à la presse",
        r"conferencia de prensa|rueda de prensa|convocatoria|aviso a (?:los )?medios|conferência de imprensa",
        r"пресс-конференци|приглаша\w+ (?:журналист|представител)",
        r"pressekonferenz|presseeinladung|medienhinweis|einladung",
        r"konferenca? për shtyp|прес-конференц|conferinț\w+ de presă|basın toplantısı",
    ),
    *said(
        "mission.preliminary_statement",
        3.4,
        r"preliminary (?:statement|findings|conclusions|report|assessment|post-election)",
        r"(?:first|initial) (?:conclusions|findings|assessment)",
        r"(?:observers?|monitors?|mission|observation mission|delegation)(?: to \S+| in \S+)? "
        r"(?:say|says|said|conclude|concludes|concluded|find|finds|criticiz\w+|criticis\w+|praise|praises|laud)\b",
        r"(?:mission|observers|PACE|Assembly)[^.;]{0,60} concluded (?:today|in)",
        r"déclaration préliminaire|premières conclusions|constats préliminaires|conclusions préliminaires",
        r"informe preliminar|primeras conclusiones|declaración preliminar|conclusiones preliminares",
        r"declaração preliminar|relatório preliminar|conclusões preliminares|primeiras conclusões",
        r"предварительн\w+ (?:заявлени|вывод|заключени|отч|доклад)\w*",
        r"vorläufige\w* (?:erklärung|ergebnis|schlussfolgerung|bewertung)\w*|erste\w* (?:bewertung|schlussfolgerung)",
    ),
    *said(
        "mission.needs_assessment",
        4.2,
        r"needs?[- ]assessment",
        r"pre-?election(?:ary)? (?:visit|assessment|mission|delegation)",
        r"(?:exploratory|fact-finding|assessment) (?:mission|visit|team) (?:to|in|for|on|visit|arriv)|exploratory mission",
        r"mission (?:exploratoire|d['’]évaluation (?:des besoins|préélectorale))|évaluation des besoins",
        r"misión (?:exploratoria|de avanzada|preliminar|de evaluación)|visita preliminar",
        r"missão (?:exploratória|de avaliação)",
        r"оценк\w+ потребностей",
        r"bedarfsermittlung|erkundungsmission|vorwahl",
    ),
    *said(
        "mission.opened",
        3.4,
        rf"(?:opens?|opened|opening|launch(?:es|ed)?|starts?|started|begins?|began|kicks? off|kicked off|"
        rf"inaugurat\w+|establish(?:es|ed)|commenc\w+|set up|sets up|deploys|deployed|unveil\w*)[^.;]{{0,70}}{MISSION}",
        rf"{MISSION}\w*[^.;]{{0,110}}(?:opens|opened today|was opened|is opened|launched|kicks off|kicked off|gets under way|"
        r"got under way|begins|began|starts|started|inaugurated|set to work|at work|on the (?:ground|spot)|"
        r"took up (?:their|its) (?:duties|work)|takes? up|taken up|arrives?|arrived|deployed today)",
        r"(?:observers?|monitors) (?:arrive|arrived|deployed?|fan out|take up|begin|start)",
        r"deploys? to \S+ (?:for|ahead)",
        r"(?:now|today|this morning)[^.;]{0,40}(?:at work|set to work|took up)",
        r"(?:join forces|put [^.;]{0,20}observers on the ground)",
        r"(?:formally|officially) (?:start|begin|began|open|launch)\w*|takes? off|already at work|"
        r"(?:began|begins|starts|started) (?:its |their )?work|introduces? (?:its |the )?team|at the launch of",
        r"(?:ouvr|lance|déploie|débute|entame|installe|démarre|entam)\w*[^.;]{0,70}(?:mission|observa|travaux)",
        r"(?:mission|observateurs)[^.;]{0,70}(?:ouverte?|lancée?|déployée?|à pied d['’]œuvre|débute|arriv\w+)",
        r"(?:inicia|comienza|comenzó|despliega|instala|abre|arranca|inició)\w*[^.;]{0,70}(?:misión|observa|despliegue)",
        r"(?:misión|observadores)[^.;]{0,60}(?:inicia|inició|comienza|comenzó|despliega|arriba|llega)",
        r"(?:lança|inicia|abre|arranca|instala)\w*[^.;]{0,70}(?:missão|observa)",
        r"(?:missão|observadores)[^.;]{0,60}(?:inicia|iniciou|arranca|chega|lançad)\w*",
        r"(?:приступи|откры|начал|развер|начин)\w*[^.;]{0,70}(?:мисси|наблюд)\w*",
        r"(?:мисси|наблюдател)\w*[^.;]{0,70}(?:приступи|откры|начал|прибы)\w*",
        r"(?:eröffnet|startet|beginnt|nimmt)[^.;]{0,70}(?:mission|beobacht)\w*",
        r"(?:mission|beobacht)\w*[^.;]{0,70}(?:eröffnet|gestartet|begonnen|nimmt|aufgenommen|angelaufen)",
        r"(?:отвор|започн)\w*[^.;]{0,50}мисиј|hap\w* misioni|misiunea[^.;]{0,40}deschis|misyon\w*[^.;]{0,40}(?:aç|başla)",
    ),
    *said(
        "mission.announced",
        3.5,
        r"\bto (?:observe|monitor|assess)\b[^.;]{0,60}(?:election|vote|poll|referend|ballot|audit|race|runoff)",
        r"\b(?:to|will) (?:deploy|send|field|dispatch|be present)\b[^.;]{0,70}"
        r"(?:observ|mission|monitor|expert|delegation|team)",
        r"will (?:observe|monitor|be present with|follow|assess)\b",
        r"(?:decid\w+|plans?|agreed|ready|intends?) to (?:send|deploy|observe|field)",
        r"(?:announces|announced) (?:that |it |the |its |an? )?[^.;]{0,30}(?:mission|observ)",
        r"(?:accept\w*|receiv\w*|welcom\w*)[^.;]{0,20} invitation[^.;]{0,30}(?:observ|mission)?",
        r"agreement[^.;]{0,60}(?:observ|mission)[^.;]{0,40}sign|signs?[^.;]{0,30}agreement",
        r"has been (?:appointed|named|chosen)[^.;]{0,40}(?:chief observer|lead)|appoint\w*[^.;]{0,30}chief observer",
        r"(?:to be|will be) (?:sent|deployed|dispatched)|will mount|(?:mission|observers) due (?:in|on)",
        r"(?:named|picked|chosen|appointed)[^.;]{0,40}(?:observ|lead)|to (?:chair|lead|head)[^.;]{0,30}(?:observ|mission)",
        r"\bto be present at\b",
        r"(?:observera|enverra|déploiera|va (?:observer|déployer|envoyer)|suivra)",
        r"(?:observará|enviará|desplegará|acompañará)|firma\w*[^.;]{0,30}acuerdo",
        r"(?:enviará|vai (?:enviar|observar)|irá (?:enviar|observar))",
        r"(?:направит|будет наблюдать|будут наблюдать|планирует)",
        r"(?:wird|werden)[^.;]{0,50}(?:beobacht|entsend)\w*|will[^.;]{0,40}(?:beobachten|entsenden)",
    ),
    *said(
        "election.assistance",
        2.7,
        r"\b(?:train|workshop|round ?table|seminar|course|lesson|learn|simulation|exercise|sharpen)\w*",
        r"\b(?:hand(?:s|ed)? over|handover|donat|deliver|equip|servers?|material|supplies|printed|tablets|kits?)\w*",
        r"\b(?:legal|joint|urgent|draft) opinion|opinion on|draft (?:law|amendment|electoral|election|code)|"
        r"electoral (?:reform|law|code)|election (?:law|code) (?:reform|amend)|bill\b",
        r"\b(?:support team|expert support|advise|assistance|technical support|co-?operation with the central)",
        r"\b(?:voter education|voter list|voters? register|youth voter|civic education|campaign school|poll-watching|first-time voters)",
        r"\b(?:formation|atelier|matériel|achemin|appui|formés?)\w*",
        r"\b(?:capacit|taller|entrega|cooperación técnica|apoyo técnico|auditoría)\w*",
        r"\b(?:formação|capacitação|material eleitoral|entrega|apoio)\w*",
        r"\b(?:обуч|семинар|тренинг|кругл\w+ стол|переда|поддержк)\w*",
        r"\b(?:schul|ausbild|rechtsgutachten|übergab|übergeb|runde\w* tisch|unterstütz)\w*",
    ),
    *said(
        "mission.statement",
        2.3,
        r"head of (?:the )?(?:\S+ ){0,4}(?:mission|observers|delegation)|chief observer|mission['’]s head|mission head",
        r"(?:observers?|mission|monitors|delegation)[^.;]{0,70}(?:meet|met|visit|condemn|call|urge|appeal|regret|voic|deplor|"
        r"troubled|concern|ends?|ended|conclud|wrap|depart|complet|welcom|express|receiv|warn|remind)\w*",
        r"(?:violence|intimidat|concern|confiscat|arrest)\w*[^.;]{0,80}(?:mission|observers)",
        r"chef de (?:la )?mission|observateurs[^.;]{0,60}(?:reçus|rencontr|appel|condamn|salu)\w*",
        r"jef[ea] de (?:la )?misión|misión[^.;]{0,60}(?:saluda|condena|llama|exhorta|expresa|concluye|reun)\w*",
        r"chefe da missão|missão[^.;]{0,60}(?:condena|apela|saúda|reún)\w*",
        r"глава мисси|руководител\w+ мисси|мисси\w*[^.;]{0,60}(?:призыва|осужда|выража|заверш)\w*",
        r"leiter\w* der|missionsleiter\w*|beobachter\w*[^.;]{0,60}(?:traf|besuch|mahn|verurteil|forder)\w*",
    ),
)
OBSERVATION = re.compile(
    r"observ|monitor|\bmission|assessment|\bEOM\b|\bLEOM\b|\bEAM\b|\bSEOM\b|delegation|misión|missão|"
    r"мисси|наблюд|beobacht|expert team|support team|ODIHR|БДИПЧ|ОДИХР",
    re.IGNORECASE,
)
FUTURE_REPORT = re.compile(
    r"(?:will|to be|shall|expected|due|scheduled)[^.;]{0,80}final report|"
    r"final report[^.;]{0,60}(?:will|to be|shall|is expected|is due|months)",
    re.IGNORECASE,
)
OBSERVERS = re.compile(
    r"election observation mission|observer (?:group|mission)|(?:long|short)-term observers|\bE[UO]?\s?EOM\b",
    re.IGNORECASE,
)
MONITORING_OF_PEACE = re.compile(
    r"Special Monitoring Mission|\bSMM\b|СММ|Observer Mission at|Border Observation|Spot Report",
    re.IGNORECASE,
)
FIELD_MISSION = re.compile(
    r"(?:OSCE|UN|NATO|KFOR) (?:Mission|Presence)|Head of (?:the )?(?:OSCE )?Mission to|миссии ОБСЕ в",
)


@dataclass(frozen=True, slots=True)
class Voice:
    """A phrase found at a place, with the weight that it has there."""

    event: str
    weight: float
    passage: Passage
    start: int
    end: int


@lru_cache(maxsize=1)
def expressions() -> "tuple[tuple[Phrase, re2._Regexp[str]], ...]":
    settings: Any = re2.Options()
    settings.case_sensitive = False
    settings.log_errors = False
    return tuple((phrase, re2.compile(phrase.pattern, settings)) for phrase in PHRASES)


def voices(passage: Passage) -> Iterator[Voice]:
    """What the passage says of each event; a phrase counts once."""
    for phrase, expression in expressions():
        found = expression.search(passage.text)
        if found:
            start, end = found.span()
            place = TITLE if passage.where == "title" else 1.0 if start < EARLY else LATER
            yield Voice(phrase.event, phrase.weight * place, passage, start, end)


def read_event(
    title: Passage, text: Passage, institutions: str
) -> tuple[str, tuple[Evidence, ...]]:
    """The event, and the words that say so; "none" has none."""
    whole = f"{title.text}\n{text.text}"
    if not ELECTION.search(whole) or MONITORING_OF_PEACE.search(f"{institutions}\n{title.text}"):
        return "none", ()
    found = [voice for passage in (title, text) for voice in voices(passage)]
    found = [voice for voice in found if not is_overruled(voice, whole)]
    sums = {event: weigh(event, found) for event in dict.fromkeys(p.event for p in PHRASES)}
    event = max(sums, key=lambda name: sums[name])
    if sums[event] < ENOUGH:
        return "none", ()
    best = max((v for v in found if v.event == event), key=lambda voice: voice.weight)
    share = sums[event] / max(sum(sums.values()), 1.0)
    sure = round(min(0.99, 0.5 + share / 2), 2)
    return event, (best.passage.evidence("event", event, best.start, best.end, sure),)


def weigh(event: str, found: list[Voice]) -> float:
    """The loudest phrase counts whole, further ones a quarter: many words are no proof."""
    weights = sorted((v.weight for v in found if v.event == event), reverse=True)
    return weights[0] + 0.25 * sum(weights[1:]) if weights else 0.0


def is_overruled(voice: Voice, whole: str) -> bool:
    """Phrases that mean something else beside others."""
    if voice.event == "mission.final_report" and voice.passage.where == "text":
        return bool(FUTURE_REPORT.search(voice.passage.text))
    if voice.event == "election.assistance":
        return bool(OBSERVERS.search(whole)) and voice.passage.where == "text"
    is_of_mission = voice.event.startswith("mission.") and voice.event != "mission.final_report"
    if is_of_mission and not OBSERVATION.search(whole):
        return True
    if voice.event in ("mission.opened", "mission.statement", "mission.announced"):
        return bool(FIELD_MISSION.search(whole)) and not speaks_of_observation(whole)
    return False


def speaks_of_observation(text: str) -> bool:
    return bool(re.search(r"observ|наблюд|beobacht|election assessment", text, re.IGNORECASE))
