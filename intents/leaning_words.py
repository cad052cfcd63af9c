"""Words of a short question that leans on the one before: "and on Friday?", "un pie manis?"."""

from __future__ import annotations

from intents.fold import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(text).split())


AND = _words("un bet nu kā ja а и но ну а как and but what how so well")
BESIDE = AND | _words(
    "ar uz par arī būs tad vai в во на по же будет там about on in the for at is then there also"
)
HOME = _words(
    "man mani manis manā mana manu mājās mājā pie mums mūsu меня мне мой моя моем нас дома our my "
    "mine me home us menja doma"
)
