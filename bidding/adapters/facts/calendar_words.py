"""Words for days and months in the languages that mail is read in."""

from __future__ import annotations

from collections.abc import Mapping

from bidding.adapters.facts.words import words


def _numbered(*rows: str, first: int) -> dict[str, int]:
    """Word → its place in its row; words of one place are joined by `/`."""
    return {word: first + place for row in rows for place, names in enumerate(row.split()) for word in names.split("/")}


MONTHS: Mapping[str, int] = _numbered(
    "january february march april may june july august september october november december",
    "januar/jänner februar märz/maerz april mai juni juli august september oktober november dezember",
    "janvier février/fevrier mars avril mai juin juillet août/aout septembre octobre novembre décembre/decembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março/marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "stycznia/styczeń lutego/luty marca/marzec kwietnia/kwiecień maja czerwca/czerwiec lipca/lipiec "
    "sierpnia/sierpień września/wrzesień października/październik listopada/listopad grudnia/grudzień",
    "jan feb mar apr may jun jul aug sep/sept oct nov dec",
    first=1,
)

MONTHS_SHORT: Mapping[str, Mapping[str, int]] = {
    "de": _numbered("jan feb mär/mrz apr mai jun jul aug sep/sept okt nov dez", first=1),
    "fr": _numbered("janv févr/fév mars avr mai juin juil août sept oct nov déc", first=1),
    "es": _numbered("ene feb mar abr may jun jul ago sep/sept oct nov dic", first=1),
    "it": _numbered("gen feb mar apr mag giu lug ago set ott nov dic", first=1),
    "pt": _numbered("jan fev mar abr mai jun jul ago set out nov dez", first=1),
    "nl": _numbered("jan feb mrt apr mei jun jul aug sep okt nov dec", first=1),
    "pl": _numbered("sty lut mar kwi maj cze lip sie wrz paź lis gru", first=1),
}
"""Short forms that are other words elsewhere (`set`, `out`, `dez`), by language."""

WEEKDAYS: Mapping[str, int] = _numbered(
    "monday tuesday wednesday thursday friday saturday sunday",
    "montag dienstag mittwoch donnerstag freitag samstag/sonnabend sonntag",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lunes martes miércoles/miercoles jueves viernes sábado/sabado domingo",
    "lunedì/lunedi martedì/martedi mercoledì/mercoledi giovedì/giovedi venerdì/venerdi sabato domenica",
    "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "poniedziałek/poniedziałku wtorek/wtorku środa/środę/środy czwartek/czwartku piątek/piątku sobota/sobotę/soboty "
    "niedziela/niedzielę/niedzieli",
    "月曜日/月曜 火曜日/火曜 水曜日/水曜 木曜日/木曜 金曜日/金曜 土曜日/土曜 日曜日/日曜",
    first=0,
)
"""Monday is 0."""

NEARBY: Mapping[str, int] = {
    **dict.fromkeys(
        words("today tonight heute aujourd'hui hoy oggi hoje vandaag dzisiaj dziś 今日 本日"),
        0,
    ),
    **dict.fromkeys(words("tomorrow demain mañana domani amanhã jutro 明日"), 1),
    **dict.fromkeys(words("übermorgen après-demain dopodomani overmorgen pojutrze 明後日"), 2),
    **dict.fromkeys(words("yesterday gestern hier ayer ieri ontem gisteren wczoraj 昨日"), -1),
}
"""Days from the day of sending. `morgen` is left out: it is also the morning."""

ONLY_IN: Mapping[str, str] = {"hier": "fr"}
"""Words that are a day in one language and something else in another."""

NEXT = frozenset(words("next nächsten nächster nächste prochain próximo prossimo próxima volgende przyszły przyszłym"))
LAST = frozenset(words("last letzten letzter vorigen dernier pasado scorso passado passada vorige afgelopen zeszły"))
