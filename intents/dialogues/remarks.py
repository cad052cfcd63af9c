"""What people write to the service about itself: are you a robot, your phone, 112, a curse."""

from __future__ import annotations

from intents.dialogues.turn import Turn
from intents.fold import fold
from intents.model import Reply, Step

_LONGEST = 9  # words; a longer text is about something else
# Meanings that leave a text open to be such a remark, however sure.
_OPEN = frozenset({"agent", "other", "help", "complaint", "greeting", "choice", "meter_reading"})


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(text).split())


def _stems(text: str) -> tuple[str, ...]:
    return tuple(fold(text).split())


_ROBOT = (*_stems("robot chatbot чатбот автоответчик"), "cetbot")
_ROBOTS = _words("bot bots botu бот бота ботом chatgpt gpt")
_LIVING = _words(
    "cilvēks cilvēku cilvēki dzīvs dators programma человек человеком люди живой живая машина "
    "программа компьютер human person people real machine computer program"
)
_YOU = _words("jūs tu esat esi te šis šeit вы ты вас тут здесь это you u this am are")
# "I do not want a robot" asks for a person.
_WANTS = _stems(
    "gribu vēlos vajag vajadz savieno pasauc dodiet lūdzu хочу нужен нужно соедин позов дайте "
    "переключ прошу want need connect give transfer speak let please"
)
_PHONE = _stems("tālrun telefon numur номер телефон phone number hotline горячая")
_YOURS = _words(
    "jūsu jums kāds kāda kuru kurš kādu tavs tev ваш ваша вашего у какой каков твой your what whats"
)
_MINE = _stems(
    "mans mana manu manam manā savu klient līgum skaitīt rēķin reģistr мой моего мою моем свой "
    "клиент договор счет счёт регистр customer client contract meter bill register change мен my"
)
_CALL = _stems("zvan piezvan sazvan звон позвон дозвон call ring")
_WHERE = _words("kur kurp kam kāds kādu kuru куда кому как какой where how what which whom")
_CURSE = _stems(
    "idiot muļķi muļķe debil kretīn stulb sūdi sūds pidar pīdar maita dirs mēsli nahuj naxuj "
    "дебил идиот кретин тупые тупой тупая уроды урод сволоч сука суки суко мудак мразь козл козел "
    "говно дерьм пидор пидар хуй хуйн нахуй похуй блять бляд ебан ебал заеб пиздец пошли пошел "
    "бараны лохи fuck shit idiot stupid moron asshole bastard bullshit useless dumb wtf"
)


def take(turn: Turn) -> Step | None:
    """The answer to such a remark; None when the text is none."""
    heard = turn.heard
    if heard.sure and heard.intent not in _OPEN:
        return None
    words = fold(heard.text).split()
    if not words or len(words) > _LONGEST or heard.entities.address is not None:
        return None
    key = _number(turn, words) or _question(frozenset(words)) or _curse(heard.intent, words)
    return turn.end(reply(turn, key)) if key else None


def call_emergency(turn: Turn) -> Step:
    """An SMS does not reach them: said, and a question under way is asked again."""
    told = reply(turn, "small.call_emergency")
    return turn.stay(told) if turn.state.dialogue else turn.end(told)


def is_emergency_number(turn: Turn) -> bool:
    """Whether the text is the number of the emergency service and nothing else."""
    return turn.heard.text.strip(" .!?") == turn.facts.safety_phone


def reply(turn: Turn, key: str) -> Reply:
    facts = turn.facts
    return turn.reply(
        key,
        brand=facts.brand,
        emergency=facts.safety_phone,
        fault=facts.fault_phone,
        service=facts.service_phone,
    )


def _number(turn: Turn, words: list[str]) -> str:
    """Somebody texts the number that they should call."""
    facts = turn.facts
    if len(words) != 1 or not words[0].isdecimal():
        return ""
    if words[0] == facts.safety_phone:
        return "small.call_emergency"
    return "small.phones" if words[0] in (facts.fault_phone, facts.service_phone) else ""


def _question(words: frozenset[str]) -> str:
    if any(word.startswith(_WANTS) for word in words):
        return ""
    robot = words & _ROBOTS or any(word.startswith(_ROBOT) for word in words)
    if robot or (words & _LIVING and words & _YOU):
        return "small.robot"
    if any(word.startswith(_MINE) for word in words):
        return ""
    phone = any(word.startswith(_PHONE) for word in words) and words & _YOURS
    call = any(word.startswith(_CALL) for word in words) and words & _WHERE
    return "small.phones" if phone or call else ""


def _curse(intent: str, words: list[str]) -> str:
    """With nothing else in it: a complaint that is put in words is taken as one."""
    cursed = any(word.startswith(_CURSE) for word in words)
    return "small.cursed" if cursed and intent in _OPEN else ""
