"""Words for days and hours in Latvian, Russian and English. Tables only: see `spoken_time`."""

from __future__ import annotations

from intents.fold import fold

Meaning = tuple[str, int]  # kind and value

# kind value: words. A part of a day is its place in morning, day, evening, night.
_TABLE = """
day 0: šodien šodiena šodienai šodienu сегодня segodnja today
day 1: rīt rītdien rītdienu rītdienas rītdienai завтра завтрашний tomorrow tommorow tomorow tmrw tmr
day 2: parīt послезавтра
day 3: aizparīt
day -1: vakar вчера yesterday
day -2: aizvakar позавчера
day_part 0: šorīt
day_part 2: šovakar
day_part 3: šonakt tonight
part 0: rīta rītā rītos утром утра утро morning mornings
part 1: pēcpusdienā pēcpusdien pēcpusdienu днем днём afternoon noon pusdienlaikā
part 2: vakarā vakara vakaros вечером вечера вечер evening
part 3: naktī nakts naktīs ночью ночи ночь night
half_of_day 0: am
half_of_day 12: pm
week 1: nākamnedēļ nākamnedēļu
week 0: šonedēļ
bare_week 0: nedēļ nedēļa nedēļu nedēļā nedēļas неделе неделю неделя week
next 1: next nākamo nākamā nākamajā nākošo nākošā nākošajā следующий следующая следующую
next 1: следующей следующее будущей
this 0: this šo šajā šī эту этой этот
at 0: plkst pulksten pulkst pl at в uz к ap около around about
from 0: no from с со
until 0: līdz до until till by to
after 0: pēc через in after спустя
ago 0: ago назад
ordinal 0: th st nd rd of го ого е числа datumā datums
article 0: an a one vienas vienu один одну
unit 60: час часа часов часик hour hours stundas stundām stundu stunda h
unit 1: minūtes minūtēm minūti minūte минут минуты минуту minute minutes min мин
unit 1440: dienas dienām dienu diena день дня дней суток сутки day days
half 30: pusstundas pusstundu полчаса пол half
weekday 0: pirmdien* понедельник* monday mondays
weekday 1: otrdien* вторник* tuesday
weekday 2: trešdien* среду среда среды wednesday
weekday 3: ceturtdien* четверг* thursday
weekday 4: piektdien* пятниц* friday
weekday 5: sestdien* суббот* saturday
weekday 6: svētdien* воскресень* sunday
month 1: janvār* январ* january
month 2: februār* феврал* february
month 3: marts marta martā martam март марта марте march
month 4: aprīl* апрел* april
month 5: maijs maija maijā maijam май мая мае may
month 6: jūnij* июн* june
month 7: jūlij* июл* july
month 8: august* август*
month 9: septembr* сентябр* september
month 10: oktobr* октябр* october
month 11: novembr* ноябр* november
month 12: decembr* декабр* december
"""
# What a "*" stands for: the endings of both languages.
_ENDINGS = " a ā ai ām ām ās as am i ī is s u us ом ам ах у е ы и а я ю ем ь ью ой ей"


def _read(table: str) -> dict[str, Meaning]:
    found: dict[str, Meaning] = {}
    for line in table.strip().split("\n"):
        head, _, words = line.partition(":")
        kind, value = head.split()
        for word in words.split():
            endings = _ENDINGS.split(" ") if word[-1] == "*" else ("",)
            for ending in endings:
                found.setdefault(fold(word.rstrip("*") + ending), (kind, int(value)))
    return found


def _kinds(*kinds: str) -> frozenset[str]:
    return frozenset(word for word, (kind, _) in MEANINGS.items() if kind in kinds)


MEANINGS = _read(_TABLE)
AFTER, UNITS, FROM, UNTIL = (_kinds(kind) for kind in ("after", "unit", "from", "until"))
# Words that alone make a text worth reading for a day or an hour; with digits, months do too.
TELLING = _kinds("day", "day_part", "part", "week", "bare_week", "ago", "weekday") | frozenset(
    map(fold, ("plkst", "pulksten", "pulkst", "pusstundas", "полчаса"))
)
WITH_DIGITS = _kinds("month") | {fold("дня")}
ANY = TELLING | WITH_DIGITS | AFTER | UNTIL
# Behind a month these make a street of it: "18. novembra iela".
STREET_WORDS = frozenset(
    map(fold, ("iela", "ielā", "ielas", "ielu", "krastmala", "krastmalā", "улица", "улице"))
)
# Behind these a part of a day is a greeting.
GREETING_WORDS = frozenset(map(fold, ("good", "labs", "labu", "добрый", "доброе", "доброй")))
