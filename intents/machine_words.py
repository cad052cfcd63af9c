"""How absence notes, voicemail and delivery notices, and phones of drivers put it."""

from __future__ import annotations

from intents.fold import fold

_SAID = tuple(
    fold(words)
    for words in (
        "out of office", "out of the office", "automatic reply", "automatic response",
        "automated response", "automated message", "automated reply", "auto reply", "autoreply",
        "auto response", "do not reply to this", "new voicemail", "new voice message",
        "voice message from", "you have a missed call", "missed call from", "missed calls from",
        "delivery failed", "could not be delivered", "undelivered message", "on annual leave until",
        "i am currently away", "i'm driving right now", "i'm driving and", "cant talk right now",
        "automātiska atbilde", "automātiskā atbilde", "automātiska ziņa", "automātisks paziņojums",
        "esmu prombūtnē", "esmu atvaļinājumā līdz", "atrodos atvaļinājumā", "šobrīd neesmu birojā",
        "balss pasts", "jauna balss ziņa", "jauns balss pasta", "neatbildēts zvans no",
        "neatbildēti zvani no", "ziņa nav piegādāta", "neizdevās piegādāt", "šobrīd nevaru runāt",
        "esmu pie stūres",
        "автоматический ответ", "автоматическое сообщение", "автоответ", "голосовое сообщение от",
        "вам голосовое сообщение", "новое голосовое", "пропущенный вызов", "пропущенных вызовов",
        "сообщение не доставлено", "не удалось доставить", "нахожусь в отпуске до",
        "меня нет в офисе", "я в отпуске до", "сейчас за рулём", "не могу сейчас говорить",
        "esmu ārpus biroja", "šobrīd nevaru atbildēt", "сейчас не могу ответить",
        "автоматическое уведомление", "нахожусь вне офиса",
        # Neighbours' numbers roam here, and their machines answer as they do at home.
        "automatinis atsakymas", "šiuo metu nesu biure", "atostogauju iki", "negaliu atsiliepti",
        "praleistas skambutis", "automaatvastus", "automaatne vastus", "olen kontorist väljas",
        "olen puhkusel kuni", "ei saa praegu rääkida", "vastamata kõne", "abwesenheitsnotiz",
        "automatische antwort",
    )
)  # fmt: skip
_LONGEST = 45  # words; nobody's machine writes more


def is_by_machine(text: str) -> bool:
    """Whether a text reads as if nobody had written it. A question is somebody's."""
    if "?" in text:
        return False
    padded = f" {fold(text)} "
    return any(f" {said} " in padded for said in _SAID) and padded.count(" ") <= _LONGEST
