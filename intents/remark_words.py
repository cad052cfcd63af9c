"""Words by which people speak of the service itself: robot, phone, a curse, an ok, why.

Everything is compared as `intents.fold` skeletons. Whole words, or beginnings of words.
"""

from __future__ import annotations

from collections.abc import Iterable

from intents.fold import fold


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
_WHO = _words("kas кто who")
_THIS = _words("jūs tu это вы ты this you")
_SHORT = 4  # words of "who is this"
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
_CLOSING = _words("ok oki okay okei k labi skaidrs хорошо ладно понятно fine good")
_THANKS = _words("paldies спасибо spasibo thanks thank thx paldie")
_ALL = _words("viss все всё vse vsjo vsyo all everything done")
_THAT_IS = _words("tas arī ir bija laikam это вот пока eto vot that thats is it was and i'm am")
_HURRY = _words(
    "steidzami steidzīgi steidzams steidzieties ātri ātrāk palīdziet palīgā sos asap срочно "
    "срочное быстро быстрее скорее скорей помогите поторопитесь торопитесь спешите экстренно "
    "urgent urgently hurry quick quickly fast faster help emergency immediately now srochno "
    "bistree bystree skoree skorej pomogite"
)
_COMING = _words(
    "atbrauks atbrauksiet brauks brauksiet brauc ieradīsies ieradīsieties приедут приедет приедете "
    "выехали выехала едут едет едете priedut priedete come coming arrive arriving"
)
_BESIDE_HURRY = _words(
    "lūdzu ļoti tas ir ka nu vai brauciet nāciet palīdzību palīgu vajag mums man пожалуйста очень "
    "это приезжайте едьте нам мне нужна нужно помощь ну же когда kogda скоро "
    "уже бригада кто kad drīz jau brigāde kāds when will soon crew are anybody someone please very "
    "it is its this we i "
    "need up us me ochen priezzhajte"
)
_DANGEROUS = _stems("bīstam опасн opasn dangerous safe droši drošs безопасн bezopasn")
_BESIDE_DANGEROUS = _words(
    "vai tur tas ir tā ļoti mums vēl un это там ли очень нам еще а eto tam li ochen is it that "
    "there still very are we how so how cik kā насколько naskolko"
)
_WHY = _words(
    "kāpēc kādēļ iemesls iemeslu iemesla почему зачем причина причину причины pochemu zachem "
    "prichina why reason"
)
_BESIDE_WHY = _words(
    "un bet kāds kādi kāda ir par tam tā tas tad а и но какая какова это так по какой за что "
    "a i no kakaya kakova eto what is the and but for it that this so"
)
BESIDE_ADDRESS = _words(
    "adrese adresē adresi mājas māja mājā numurs dzīvoklis pilsēta pilsētā pagasts novads "
    "адрес дом квартира город мой address flat apt apartment house town city latvia latvija "
    "mana mans my наш наша"
)
"""Words that stand beside an address and say nothing about it."""


def asked(spoken: Iterable[str]) -> str:
    """'who' (is it a machine, who is it), 'phone' (which number to call) or ''; of folded words."""
    words = frozenset(spoken)
    if _begins(words, _WANTS):
        return ""
    if words & _ROBOTS or _begins(words, _ROBOT) or (words & _LIVING and words & _YOU):
        return "who"
    if words & _WHO and words & _THIS and len(words) <= _SHORT:
        return "who"
    phone = _begins(words, _PHONE) and words & _YOURS
    call = _begins(words, _CALL) and words & _WHERE
    return "phone" if (phone or call) and not _begins(words, _MINE) else ""


def curses(words: Iterable[str]) -> bool:
    """Whether a folded word is a curse."""
    return _begins(words, _CURSE)


def closes(words: Iterable[str]) -> bool:
    """Whether the folded words are an "ok" and nothing else."""
    return _CLOSING.issuperset(words)


def is_all(words: Iterable[str]) -> bool:
    """Whether the folded words say "that is all" and nothing else."""
    spoken = frozenset(words)
    return not _ALL.isdisjoint(spoken) and (_ALL | _THAT_IS | _CLOSING).issuperset(spoken)


def hurries(text: str) -> bool:
    """Whether the text says "hurry!" or "when will you come?" and nothing else."""
    spoken = frozenset(fold(text).split())
    said = not _HURRY.isdisjoint(spoken) or not _COMING.isdisjoint(spoken)
    return said and (_HURRY | _COMING | _BESIDE_HURRY).issuperset(spoken)


def asks_danger(text: str) -> bool:
    """Whether the text asks "is it dangerous?" and nothing else."""
    spoken = frozenset(fold(text).split())
    beside = frozenset(word for word in spoken if not word.startswith(_DANGEROUS))
    return beside != spoken and _BESIDE_DANGEROUS.issuperset(beside)


def asks_why(text: str) -> bool:
    """Whether the text asks for a reason."""
    return not _WHY.isdisjoint(fold(text).split())


def asks_only_why(text: str) -> bool:
    """Whether the text asks for a reason and for nothing else: not why there is no power."""
    spoken = frozenset(fold(text).split())
    return not _WHY.isdisjoint(spoken) and (_WHY | _BESIDE_WHY).issuperset(spoken)


def _begins(words: Iterable[str], stems: tuple[str, ...]) -> bool:
    return any(word.startswith(stems) for word in words)


def declines(words: list[str]) -> bool:
    """ "No, thanks" with nothing else in it."""
    return len(words) <= _SHORT and not _THANKS.isdisjoint(words)
