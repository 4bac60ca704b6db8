"""The words that give a country its role in a sentence, folded, by what they do. Pure.

Whole words where a longer word would mean something else ("minister", not "ministry"), stems where
the language declines.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import count

from newswatch.understand.terms import flat

WHOLE: dict[str, int] = {}
STEMS: dict[str, list[tuple[str, int]]] = {}  # by their first letter
BITS = (1 << place for place in count())


def kind(whole: str, stems: str = "") -> int:
    """A class of words as a bit: some words whole, some by their beginning."""
    bit = next(BITS)
    for word in flat(whole).split():
        WHOLE[word] = WHOLE.get(word, 0) | bit
    for stem in flat(stems).split():
        STEMS.setdefault(stem[0], []).append((stem, bit))
    return bit


@lru_cache(maxsize=8192)
def kinds(word: str) -> int:
    """The classes that a folded word belongs to."""
    found = WHOLE.get(word, 0)
    for stem, bit in STEMS.get(word[:1], ()):
        if word.startswith(stem):
            found |= bit
    return found


def has(words: Sequence[int], wanted: int) -> bool:
    """Whether one of the words, given by their classes, is of a wanted class."""
    return any(map(wanted.__and__, words))


# Who somebody is: after an adjective ("Norwegian diplomat") or before it ("diplomático noruego").
PERSONS = kind(
    "observer observers monitors ambassador ambassadors embassy embassies diplomat diplomats minister mep meps mp member senator "
    "judge politician chairperson chairman chairmanship chair chairwoman presidency envoy national "
    "nationals citizen parliamentarian lawyer professor general governor deputy academic colonel "
    "lawmaker legislator expert experts trainer trainers specialist specialists researcher scholar "
    "journalist artist artists filmmaker photographer writer poet musician actor actress "
    "businessman jurist attorney prosecutor magistrate economist historian scientist analyst "
    "consultant consultants adviser advisor advisers advisors instructor instructors donor donors "
    "funds funding money taxpayers aid grant grants contribution commissioner native veteran "
    "premier president statesman stateswoman bishop archbishop mediator mediators "
    "psychologist engineer engineers soldier inspector facilitator facilitators practitioner "
    "practitioners colleague colleagues counterpart counterparts delegate rival challenger contender dignitary head chancellor "
    "speaker troops firm company ngo charity foundation consul consulate officer congressman "
    "congresswoman lead liberal helmets peacekeepers contingent contingents battalion casques cascos "
    "vorsitz vorsitzender vorsitzende representant representante mediateur mediador "
    "bleu bleus azul azules presidente presidenta expresidente expresidenta ministro ministra ministre ministres "
    "exministro exministra parlementaire parlamentario senateur senatrice senador senadora juez "
    "jueza juiz juiza abgeordnete abgeordneter abgeordneten jurist juristin richter richterin "
    "politiker politikerin minister ministerin mitteln experten prasident prasidentin "
    "президент президента президентом президенту министр министра министром министру премьер "
    "премьера сенатор сенатора министар председник predsednik ministar",
    "botschaft diplomat eurodiput eurodeput embaj embaix ambassadr ambassadeur ambassade diput "
    "deputad depute magistrad avocat abogad advogad excanciller canciller excancil experte дипломат посол "
    "посольств депутат судья судьи гражданин представител эксперт амбасад евродепут експерт "
    "ambasad zastupnik poslanik ekspert strucnjak",
)
# What may stand between the adjective and the person: "former", "prime", "election".
BEFORE_PERSONS = kind(
    "prime former ex foreign vice deputy retired election electoral supreme high senior "
    "federal young constitutional court development defence defense interior veteran international "
    "european law legal opposition government television radio independent career "
    "first permanent special honorary trade finance justice education health state secretary "
    "social liberal conservative green socialist and medical police army military security "
    "elections human rights"
)
# A person's past office or home: the country that follows is not the matter.
LEADERSHIP = kind(
    "led headed chaired directed under presided heads leads chairs spearheaded guided "
    "command commanded encabezada encabezado dirigida dirigido presidida presidido liderada "
    "conducida dirigee dirige conduite conduit menee emmenes emmenee presidee chefiada chefiado "
    "liderado dirigida presidida geleitet angefuhrt unter leitung возглавл возглавляет возглавил "
    "возглавила leader leadership",
    "возглав руковод очол предвод предвођ predvod",
)
OFFICES_OF = kind(
    "ambassador ambassadors embassy embassies consul consulate national nationals native citizen "
    "citizens diplomat diplomats senator chair chairmanship presidency counterpart counterparts "
    "counterpart colleague colleagues judge judges mp mps mep meps lawmaker lawmakers delegate "
    "delegates parliamentarian parliamentarians representative representatives government "
    "governments originaire excanciller natif ressortissant ciudadano originario",
    "embaj embaix ambassad botschaft посол посл посольств амбасад ambasad diputad deputad "
    "parlementair parlamentar граждан предстaвител правительств gouvernement gobierno expresident "
    "representant представниц exvicepresident exministr exsenador exdiputad exembajador exalcald exfiscal exmagistrad exjuez",
)
FORMER = kind(
    "former ex retired late antigua antiguo antigo ancien ancienne formerly erstwhile "
    "expresidente expresidenta exministro exministra excanciller exprimer ehemaliger ehemalige "
    "ehemaligen altprasident",
    "бывш колишн бивш поранешн",
)
STATE_HEADS = kind(
    "head president presidents minister ministers premier chancellor king queen speaker leader judge "
    "commissioner chief presidente presidenta ministro ministra ministre premierministre "
    "prasident prasidentin ministerin governor justice",
    "президент министр премьер minist",
)
# Money and help: the country that follows gave it.
GIFTS = kind(
    "funded financed paid donated sponsored supported support funding backed contribution "
    "contributions contributed thanks courtesy gift grant grants donation donations money funds "
    "assistance help backing cofunded provided bought financing aid financial financially "
    "assisted generous generosity "
    "recursos financiado financiada financiados financiadas apoyo apoio finance financee finances financees "
    "appui soutien concours aide fonds grace don finanziert unterstutzt unterstutzung mitteln gefordert "
    "donacion donado donada doado doada doacao cooperacion",
    "поддержк підтримк финансир фінансу помощ допомог сродств средств pomoc podrsk donacij подршк "
    "помош поддршк finans donator mbeshtet sprijin finantat",
)
GIVING = kind(
    "funds funded supports supported contributes contributed paid pays pay financed donated "
    "donates sponsors sponsored backs backed "
    "financia apoya soutient finanziert unterstutzt financiaram financiou"
)
# The same and embassies, in Latin script where a case stands for the preposition.
GENITIVES = kind(
    "", "ambasad pomoc podrsk donacij sprijin mbeshtet finans ministr predsednik poslanik"
)
# Prepositions that say whose somebody or something is.
OF = kind(
    "from of by de del da do dos das du des d von aus vom der из od iz од із з c с per par por durch "
    "with alongside mit avec con com including e.g namely representing dal"
)
FROM = kind("from aus из iz із desde venus venant procedentes provenientes nga din dal")
RETURNING = kind(
    "brings bring brought home recalls recall recalled withdraws withdraw withdrawn withdrew withdrawing pulls pull pulled "
    "leave leaves leaving left evacuates evacuated return returned departs departed departure retire retira rappelle retirent remove removed depart expelled"
)
# Where people live, served or went beside the matter; what it is compared with.
ELSEWHERE = kind(
    "living residing resident residents diaspora expatriates abroad refugees migrants emigrants "
    "counterparts colleagues postings posting served serving worked stints career exile studied "
    "born offices embassy embassies consulates consulate experience experiences lived settled asylum "
    "residentes residant resident vivant emigres lebende lebenden проживающ"
)
LIKENESS = kind(
    "like unlike except excluding such than similar compared comparison modelled places comme como wie neben "
    "including notably example examples elsewhere neighbouring neighboring neighbours neighbour "
    "bordering earlier previously besides sowie как vecina vecino voisine voisin voisins vizinha "
    "vizinho nachbarland nachbarstaat сосед"
)
NOT = kind("not")
# A life told: every country behind these words in the sentence was a stage of it.
CAREER = kind("served postings posting stints career worked previously")
# Who is said to come "from" a country without being of it, in headlines.
VISITORS = kind(
    "observers experts trainers delegation delegations delegates monitors officials support funds "
    "specialists donation grant parliamentarians volunteers advisers observateurs experts "
    "observadores expertos peritos beobachter experten"
)
A = kind("a an un une ein eine einer um uma one another")
BORDER = kind("border borders bordering frontier frontera frontiere fronteira grenze", "границ")
# Said of who was voted for: "Danish lawmaker elected".
ELECTED = kind("elected reelected elegido elegida elu elue eleito eleita gewahlt избран избрана")
# What is voted in, and who watches: a country beside these is the matter.
ELECTION = kind(
    "vote votes voting polls poll polling ballot ballots runoff referendum referendums plebiscite "
    "constituency constituencies parliamentary presidential municipal local legislative mayoral "
    "campaign candidates voters scrutin urnes legislatives presidentielle presidentielles "
    "communales municipales comicios votacion wahl wahlen eom leom eueom moe seom aueom "
    "senate assembly house parliament",
    "elect elecc eleic élect wahl parlamentswahl prasidentschaftswahl kommunalwahl выбор вибор "
    "избор izbor zgjedh aleger secim референдум observ наблюд beobacht posmatr promatr vezhg "
    "мисси missao mision референдум seçim انتخاب الانتخاب",
)
MISSION = kind(
    "mission missions team delegation visit monitors experts support assessment presence office "
    "delegacion delegation equipo equipe",
    "observ mision missao мисси misij мисиј наблюд",
)
# Somebody went there: no mission to it, no election in it.
GOING = kind("home gone left went travelled traveled flown departed moved fled returned returning")
PLACE = kind(
    "in to for at across into throughout within on over around inside towards ahead about visits "
    "visit visiting of en a au aux em na no nas para pour im nach fur zur in zu в во на у u per ne "
    "over concerning regarding against"
)
IN = kind("in at en em a au aux im в во у u ne la din hosts")
HOSTS = kind("hosts hosted host welcomes acoge accueille acolhe")
ARTICLES = kind(
    "the a an la le les el los las l der die das den dem o os as um uma un une una republic "
    "kingdom union state commonwealth republique republica republik республик республики "
    "республике и northern southern eastern western central north south east west "
    "neighbouring capital city town cities towns downtown "
)
# Whom a body speaks with or of: an interlocutor is the matter, whatever his office.
MEETING = kind(
    "meet meets met urges urge receives received invites congratulates tells told thanks asks"
)
LANGUAGES = kind(
    "language languages translation translations version versions speaking speaker speakers interpretation "
    "langue langues lengua idioma idiomas sprache язык языке языках языков јазик језик jezik jezika мови мовами",
    "язык",
)
INTO_LANGUAGE = kind(
    "in into en em auf na на ne available english romani and or y e et und и та i і"
)
IN_LANGUAGES = kind("in into en em auf на")
# What may follow the name of a language, and no adjective.
AFTER_LANGUAGE = kind(
    "in into en em auf na на and or y e et und и та і i will is are was were be been can may at on "
    "un une who qui que whose said for by from to with as only ist wird sera sera esta also too here online at upon"
)
DESIGNATED = kind(
    "designe designee nomme nommee designado designada nombrado nombrada named appointed picked chosen"
)
# Inside an international body: whom it elects judges for and who hosts it is not the matter.
INTERNAL = kind("respect regard hosted host organised organized guests hosting")
POSSESSIVE = kind("s")
# "un antigo chefe de Estado queniano": of whom the adjective is said.
STATES = kind("estado etat governo gouvernement gobierno")
CHIEFS = kind("chef chefe cheffe jefe jefa")
HAS = kind("has have had")
TO = kind("to")
WITH = kind("with")
