"""The words for days: months, weekdays, "tomorrow", "two days ago", in the languages of newsrooms. Pure."""

from newswatch.fold import fold
from newswatch.understand.among import among

MONTHS = (
    "january february march april may june july august september october november december",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "јануари февруари март април мај јуни јули август септември октомври ноември декември",
    "јануара фебруара марта априла маја јуна јула августа септембра октобра новембра децембра",
    "januara februara marta aprila maja juna jula avgusta septembra oktobra novembra decembra",
    "januar februar mart april maj jun jul avgust septembar oktobar novembar decembar",
    "јануар фебруар март април мај јун јул август септембар октобар новембар децембар",
    "siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca",
    "janar shkurt mars prill maj qershor korrik gusht shtator tetor nëntor dhjetor",
    "janarit shkurtit marsit prillit majit qershorit korrikut gushtit shtatorit tetorit nëntorit dhjetorit",
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "- شباط آذار نيسان أيار حزيران تموز آب أيلول - - -",
    "jan feb mar apr may jun jul aug sept oct nov dec",
    "jan feb mar apr may jun jul aug sep oct nov dec",
)
MONTH = {
    name: number
    for names in MONTHS
    for written in (names, fold(names))
    for number, name in enumerate(written.split(), 1)
}
ENDINGS = ("", "st", "nd", "rd", "th", "er", "o", "º", "го", "е")
DAY = {f"{day:0{width}}{end}": day for day in range(1, 32) for width in (1, 2) for end in ENDINGS}
YEAR = {str(year): year for year in range(1945, 2100)}
DATED = frozenset((*MONTH, *DAY, *YEAR))
OF = among("de of del of , . года г la")
DASHES = frozenset("–—")
AND = among("and et y e und и та и")
TO = AND | among("to au al ao a по bis until till hasta до")
BETWEEN = among("between entre между zwischen")
WEEKDAYS = (
    "monday lundi lunes понедельник montag",
    "tuesday mardi martes вторник dienstag",
    "wednesday mercredi miércoles miercoles среду mittwoch",
    "thursday jeudi jueves четверг donnerstag",
    "friday vendredi viernes пятницу freitag",
    "saturday samedi sábado sabado субботу samstag",
    "sunday dimanche domingo воскресенье sonntag",
)
WEEKDAY = {name: number for number, names in enumerate(WEEKDAYS) for name in names.split()}
BESIDE = among(", dia día le the den")
SHIFTS = {
    **dict.fromkeys(
        among("tomorrow demain mañana amanhã завтра завтрашние завтрашних morgen morgigen sutra"), 1
    ),
    **dict.fromkeys(
        among(
            "today todays hoy hoje сегодня сегодняшние сегодняшних сьогодні heute heutige heutigen danas данас sot azi bugün"
        ),
        0,
    ),
    **dict.fromkeys(
        among(
            "yesterday yesterdays hier ayer ontem вчера вчерашние вчерашних gestern gestrige gestrigen juče juce"
        ),
        -1,
    ),
}
NUMBERS = (
    {
        name: number
        for names in (
            "one two three four five six seven eight nine ten",
            "un deux trois quatre cinq six sept huit neuf dix",
            "una dos tres cuatro cinco seis siete ocho nueve diez",
            "uma dois três quatro cinco seis sete oito nove dez",
            "einem zwei drei vier fünf sechs sieben acht neun zehn",
        )
        for number, name in enumerate(names.split(), 1)
    }
    | {str(number): number for number in range(1, 100)}
    | {"a": 1, "the": 1}
)
DAYS = among("day days jour jours día días dia dias tage tagen")
AGO = among("ago earlier")
AHEAD = among("off away ahead")
AGO_BEFORE = among("hace há vor")
SINCE = among("after following depois después après nach")  # the vote: it was yesterday
UNTIL = among("before until antes avant")
PAUSES = frozenset((",", ".", *SHIFTS))  # behind "the day before": before something else
FORWARD = among("this coming next ce prochain este proximo neste эт ближайшее diesen kommenden")
ON = among("on am le el no в во у de del do du vom")
OWN = "s"  # "Sunday's"
LAST_YEAR = (
    "last year",
    "l année dernière",
    "año pasado",
    "ano passado",
    "прошлого года",
    "letzten jahres",
    "vergangenen jahres",
)
THIS_YEAR = ("this year", "cette année", "este año", "deste ano", "этого года", "dieses jahres")
NEXT_YEAR = (
    "next year",
    "l année prochaine",
    "próximo año",
    "próximo ano",
    "следующего года",
    "nächsten jahres",
)
YEARS = {
    tuple(words.split()): apart
    for apart, names in ((-1, LAST_YEAR), (0, THIS_YEAR), (1, NEXT_YEAR))
    for words in names
}
BARE = among("dia día")  # before a day without a month: "do dia 24"
ORDINALS = frozenset(name for name in DAY if name.endswith(("st", "nd", "rd", "th")))
RELATIVE = frozenset((*SHIFTS, *WEEKDAY, *DAYS)) | ORDINALS  # DAYS has the words of BARE
NAMED = RELATIVE.union(DAY)
BARE_ARTICLES = ("le", "el")
ENDS = frozenset(".,;:)")
ORDERED = among("on of until by before")
GOING_ON = among(". , ; : ) in to for and when at with")  # behind "on the 29th", and no noun
BACK = among("last past dernier pasado passado прошлое letzten vergangenen")
