"""What the demo's customers have written in the past and were answered: invented, in three
languages, each as often as its weight says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """One text with its answer; `hands`: a person was called for, who wrote `agent`."""

    language: str
    text: str
    intent: str
    answer: str
    weight: int = 1
    key: str = "small.thanks"
    score: float = 0.97
    sure: bool = True
    hands: bool = False
    agent: str = ""


def _table(language: str, lines: str) -> list[Said]:
    return [_said(language, *line.split(" | ")) for line in lines.strip().split("\n")]


def _said(
    language: str, intent: str, weight: str, text: str, answer: str, agent: str = ""
) -> Said:  # fmt: skip
    return Said(language, text, intent, answer, int(weight), hands=bool(agent), agent=agent,
                key="handoff.waiting" if agent else f"{intent}.told")  # fmt: skip


def _lost(language: str, asked: str, offered: str, lines: str) -> list[Said]:
    """Texts that were not understood: every third was offered a person, the others asked about."""
    return [
        Said(language, text, intent, offered if place % 3 == 0 else asked, score=0.31, sure=False,
             key="handoff.offer" if place % 3 == 0 else "small.ask_meaning")
        for place, (intent, _, text) in enumerate(
            line.partition(" | ") for line in lines.strip().split("\n")
        )
    ]  # fmt: skip


TALK = {
    "lv": _table("lv", """
report_fault | 22 | Pazudusi elektrība | Bojājums pieteikts. Rakstīsim, kad būs zināms laiks.
outage_status | 20 | Kad būs gaisma? | Bojājums novērsts. Ja gaismas nav, atbildiet 1.
planned_outages | 12 | Vai rīt būs atslēgums? | Divu nedēļu laikā darbi nav plānoti.
still_out | 5 | Joprojām tumšs | Paldies, ziņa nodota dispečeram.
restored | 5 | Gaisma ir, paldies! | Paldies par ziņu!
register | 6 | Gribu reģistrēties | Uzrakstiet, lūdzu, klienta numuru.
power_quality | 4 | Mirgo gaisma visu vakaru | Pieteikums pieņemts, meistars pārbaudīs.
billing | 4 | Kāpēc tik liels rēķins? | Par rēķiniem: 8403.
meter_reading | 3 | Skaitītājs 10234 | Rādījumus nodod tirgotājam.
thanks | 7 | Paldies | Lūdzu!
agent | 9 | Gribu runāt ar cilvēku | Darbinieks Jums drīz rakstīs. | Labdien! Ar ko varu palīdzēt?
complaint | 2 | Gribu sūdzēties | Sūdzība pieņemta, Jums rakstīs. | Labdien! Pārbaudīsim.
compensation | 2 | Vai pienākas kompensācija? | Kompensāciju piešķir, ja atslēgums ilgst pārāk ilgi.
danger | 2 | Vads uz zemes pie veikala | Netuvojieties! Zvaniet 112 un 8404. | Brigāde izbrauc.
"""),
    "ru": _table("ru", """
report_fault | 22 | Нет света | Заявка принята. Напишем, когда будет известно время.
outage_status | 20 | Когда дадут свет? | Повреждение устранено. Если света нет, ответьте 1.
planned_outages | 12 | Завтра будут отключать? | В ближайшие две недели работ по Вашему адресу нет.
still_out | 6 | Света всё ещё нет | Спасибо, передано диспетчеру.
restored | 4 | Свет дали, спасибо | Спасибо за сообщение!
register | 5 | Хочу зарегистрироваться | Напишите, пожалуйста, номер клиента.
power_quality | 4 | Мигает свет | Заявка принята, мастер проверит.
billing | 4 | Почему такой счёт? | О счетах: 8403.
thanks | 5 | Спасибо | Пожалуйста!
agent | 10 | Соедините с человеком | Сотрудник скоро Вам напишет. | Здравствуйте! Чем могу помочь?
danger | 2 | Искрит столб во дворе | Не подходите! Звоните 112 и 8404. | Бригада выехала.
"""),
    "en": _table("en", """
report_fault | 20 | No power at home | Your report is filed. We will write when the time is known.
outage_status | 18 | When will the power be back? | The fault at your address is mended.
planned_outages | 10 | Any works this week? | No works are planned at your address.
thanks | 6 | Thank you | You are welcome!
agent | 8 | Can I talk to a person? | A person will write to you soon. | Hello! How can I help?
"""),
}  # fmt: skip
LOST = {
    "lv": _lost("lv", "Neesmu drošs, ko domājāt.", "Nesapratu. Vai nodot darbiniekam?", """
outage_status | kas tur notiek pie jums atkal
billing | man atnāca papīrs bet es neko nesaprotu
report_fault | ledusskapis kūst jau otro reizi mēnesī
other | vai jūs strādājat svētdien
power_quality | spuldzes deg kā ziemassvētkos
planned_outages | dzirdēju ka kaimiņiem kaut ko raks
meter_reading | kur redzēt cik esmu notērējis
compensation | kas man par sabojātu maltīti maksās
"""),
    "ru": _lost("ru", "Не уверен, что понял Вас.", "Не понял. Передать сотруднику?", """
outage_status | ну и долго нам ещё так сидеть
report_fault | опять всё потухло у половины подъезда
billing | бумажка пришла а что с ней делать
other | вы по воскресеньям принимаете
power_quality | лампочки как на дискотеке
compensation | кто мне за холодильник заплатит
"""),
    "en": _lost("en", "I am not sure what you mean.", "I did not understand. A person?", """
outage_status | how much longer are we sitting here
other | do you have an office in town
billing | got a letter but cannot make sense of it
"""),
}  # fmt: skip
