"""Words by which a complaint is announced and not made yet."""

from __future__ import annotations

from intents.fold import fold

# Words that only announce a complaint.
_ANNOUNCING = frozenset(
    fold(
        "sūdzība sūdzību sūdzības sūdzēties pasūdzēties gribu vēlos vēlētos man ir iesniegt "
        "reģistrēt uzrakstīt vēl viena labdien sveiki lūdzu par jūs jums "
        "жалоба жалобу жалобы пожаловаться жаловаться хочу хотел бы подать написать оставить у "
        "меня есть на вас здравствуйте ещё одна "
        "complaint complaints complain i want to make file have a an would like the about you hi "
        "hello please my is another kur kā kam var varu lai un куда как где кому можно а и мне "
        "могу where how can could do whom to should and file lodge"
    ).split()
)


def announces(text: str) -> bool:
    """Whether the text says that there is a complaint, and nothing of what it is."""
    return _ANNOUNCING.issuperset(fold(text).split())
