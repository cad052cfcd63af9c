"""Words around addresses in Latvian, Russian and English: street types, units, stop words.

Everything is compared as `intents.fold` skeletons. Tables only; `intents.address_parse` reads
texts with them and `intents.addresses` the distributor's own addresses.
"""

from __future__ import annotations

from rapidfuzz import process
from rapidfuzz.distance import OSA

from intents.fold import fold


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.split())


# What a type may be written as -> the one it is. A street is unique by name and type in a town.
_TYPES = {
    "iela": "iela iea ila eila ieal ielā ielas ielu ielai iel иела улица улице улицы улицу ул "
    "ulica ulitsa ulice street str st",
    "bulvāris": "bulvāris bulvārī bulvāra bulv blv бульвар бульваре бул boulevard blvd",
    "prospekts": "prospekts prospektā prospekta prosp pr проспект проспекте пр prospect",
    "gatve": "gatve gatvē gatves гатве гатвес",
    "ceļš": "ceļš ceļā ceļa дорога road rd",
    "šoseja": "šoseja šosejā šosejas шоссе highway",
    "laukums": "laukums laukumā laukuma площадь площади square",
    "krastmala": "krastmala krastmalā набережная набережной",
    "aleja": "aleja alejā alejas аллея аллее alley",
    "līnija": "līnija līnijā линия линии",
    "dambis": "dambis dambī dambja дамбис",
    "šķērsiela": "šķērsiela šķērsielā",
    "avēnija": "avenue ave",
}
STREET_TYPES = {fold(form): fold(kind) for kind, all_ in _TYPES.items() for form in all_.split()}
"""Folded form -> folded type. Latvian puts it behind the name, Russian before or behind it."""

_LONG_TYPES = tuple(form for form in STREET_TYPES if len(form) >= 5)


def street_type(key: str) -> str:
    """The folded type that a folded word is, one slip allowed in a long one; else ""."""
    known = STREET_TYPES.get(key, "")
    if known or len(key) < 5:
        return known
    # "gavte", "prospets": people mistype the type too.
    near = process.extractOne(key, _LONG_TYPES, scorer=OSA.distance, score_cutoff=1)
    return STREET_TYPES[near[0]] if near else ""


# Clear enough to be an address without any house number ("Brīvības ielā nav gaismas").
CLEAR_TYPES = frozenset(STREET_TYPES) - _folded(
    "st str pr ave rd road ceļā ceļa ceļš square alley līnija līnijā линия линии"
)

PARISH = _folded("pag pagasts pagastā pagasta pagasti novads novadā novada волость волости край")
FARM = _folded("mājās mājas māja viensēta viensētā saimniecība saimniecībā lauku ferma хутор farm")
HOUSE_WORDS = _folded("дом д nr māja mājā numurs house d dom mājas")

# A name may have these before its last word.
NAME_STARTS = _folded(
    "lielā mazā jaunā vecā augšējā lejas krišjāņa kr krišj andreja andr kārļa friča jāņa "
    "aleksandra aleks pētera pumpura raiņa zigfrīda anny miķeļa augusta eduarda emīla ģertrūdes "
    "georga gustava rūdolfa edvarta edv ernesta hermaņa herberta teodora jūlija vecās jaunās "
    "lielās mazās čaka ulmaņa oskara viļa vīlandes vilhelma кришьяна кр карла яня большая малая "
    "новая старая brāļu dzintara ziemeļu dienvidu austrumu rietumu"
)
MONTHS = _folded(
    "janvāra februāra marta aprīļa maija jūnija jūlija augusta septembra oktobra novembra "
    "decembra janvārī februārī martā aprīlī maijā jūnijā jūlijā augustā septembrī oktobrī "
    "novembrī decembrī gada января февраля марта апреля мая июня июля августа сентября октября "
    "ноября декабря january february march april may june july august september october "
    "november december jan feb mar apr jun jul aug sep sept okt oct dec"
)

# Common street names: enough to take "dzirnavu 5" for an address in the middle of a text.
COMMON_STREETS = _folded(
    "brīvības rīgas dārza skolas miera meža stacijas saules ziedu ezera upes centra dzirnavu "
    "jūras parka raiņa barona valdemāra čaka lāčplēša liepu bērzu ozolu kļavu priežu egļu pļavu "
    "lauku kalna kalēju pils baznīcas tirgus ostas zvejnieku gaujas daugavas ventas lielupes "
    "ogres jelgavas liepājas ventspils daugavpils rēzeknes valmieras cēsu tukuma talsu bauskas "
    "dobeles kuldīgas maskavas tallinas tērbatas ģertrūdes elizabetes stabu blaumaņa aspazijas "
    "rūpniecības celtnieku jaunatnes draudzības vienības zemgales kurzemes vidzemes latgales "
    "kalnciema deglava dzelzavas ieriķu lubānas krustpils salaspils slokas nometņu zemitāna "
    "pērnavas avotu matīsa hanzas ganību vīlandes akas ausekļa pumpura kronvalda krasta "
    "lāčplēša viestura imantas pulkveža brieža sporta strēlnieku ķengaraga nīcgales hipokrāta "
    "gaiļezera ulbrokas augusta anniņmuižas zolitūdes dammes graudu mūkusalas vienības "
    "ziepniekkalna bišu ābeļu ķiršu rožu vītolu alkšņu lazdu vārpu rudzu smilšu avota dīķa mālu "
    "klints zaļā klusā jaunā lielā īsā garā līkā plašā свободы мира садовая лесная школьная "
    "вокзальная станционная рижская солнечная цветочная озёрная речная центральная мельничная "
    "морская парковая"
)

# What a number counts or measures when one of these follows: beginnings of words, whole words.
UNIT_STEMS = tuple(_folded(
    "stund dien minūt mēneš nedēļ sekund reiz eiro dolār kilovat ampēr gads gadu procent grād "
    "часов дней недел месяц минут годов градус вольт ампер центов kilogram hour minute month "
    "week pound degree gigab decembr februār januār janvār novembr septembr oktobr aprīļ jūnij "
    "jūlij сентябр октябр ноябр декабр январ феврал апрел"
))  # fmt: skip
UNITS = (
    _folded(
        "h v w x kv m st ct m2 km cm kg am pm hr hrs th nd rd min sek ned eur euro lati latu "
        "cent centi centu kwh kw kva vati vatu volti voltu amp amps час часа ч день дня дни сут "
        "суток лет год года раз раза евро евр руб цент цента квт ват вт гр м утра вечера ночи "
        "chas chasa dnja dnej den utra day days year years time times buck bucks o'clock clock "
        "decibel euros cents"
    )
    | MONTHS
)
# As above, but "Brīvības 12 fāze nestrādā" is an address all the same.
SOFT_UNITS = tuple(_folded("fāz phase stāv этаж floor dzīvokl квартир bērn cilvēk people дет"))

# Words that stand before a number that is no house number.
STOP_WORDS = (
    _folded(
        "no līdz uz pēc pirms ap pie par jau vēl tikai ar plkst plks pulksten kopš ik pa pat "
        "tas kā ka un vai bet nav ir man mums mani mans mana mūsu visa visā visai visu šī šo "
        "šajā tā tajā nr numurs numuru telefons tālrunis tel talr mob kods pin summa summu "
        "maksa maksāju samaksāju rēķins rēķinu rēķina parāds parādu zvanu zvanīju zvaniet "
        "līgums līguma līgumu klienta klients abonenta skaitītājs skaitītāja skaitītāju "
        "rādījums rādījumi rādījumu stāvs stāvā stāva fāze fāzes fāzei dzīvoklis dzīvoklī "
        "dzīvokļa dz dzīv flat apt apartment ap korpuss korp kāpņu variants variantu izvēle "
        "gaisma gaismas gaismu strāva strāvas strāvu elektrība elektrības elektrību elektro "
        "spriegums sprieguma spriegumu automāts automāta drošinātājs jauda jaudu jaudas ampēri "
        "stundas stundu stunda dienas dienu diena minūtes reizi reizes vakar šodien rīt rīta "
        "rītā vakarā naktī nakts šorīt tagad vairāk mazāk aptuveni apmēram gandrīz labdien "
        "sveiki čau sveicināti labrīt labvakar paldies lūdzu pazuda nestrādā iela ielas mājas "
        "māja mājā mājai kvartāls punkts lapa posms pirmdien otrdien trešdien ceturtdien "
        "piektdien sestdien svētdien pirmdiena gadi gada gads bērnu bērni cilvēki mēs jūs viņi "
        "visi visiem daudz dažas с со до после в во на за уже около и или нет не у по к от "
        "через еще все всю весь вся всей наша нашей моя моей этой этот номер телефон код сумма "
        "договор договора счет счёт счетчик счетчика показания показание квартира квартире кв "
        "подъезд подъезде этаж этаже корпус дом доме дома свет света электричество "
        "электричества ток тока напряжение мощность автомат час часа часов день дня сегодня "
        "вчера завтра утра вечера ночи сейчас вариант фаза фазы фазу фазе здравствуйте привет "
        "добрый спасибо пожалуйста больше меньше примерно почти раз раза каждые только всего "
        "дней недели неделю лет года год месяц месяца звоню звонил задолженность долг chasov "
        "chasa chas posle uzhe okolo nomer dogovor pokazanija schetchik kvartira kvartire "
        "podjezd etazh sveta svet elektrichestva elektrichestvo menja nas nasha nashej vsja "
        "vsej doma dome at from to since for in by around about after until till before and or "
        "the my our whole entire this that number phone code sum contract customer account "
        "meter reading readings floor unit room rooms phase level page ticket option choice "
        "choose number is are was were no not only last past next every already over under than "
        "almost approx power light lights electricity hours hour days minutes today yesterday "
        "tomorrow tonight monday tuesday wednesday thursday friday saturday sunday hello please "
        "thanks have has had it its call called dial amp amps sockets socket others other shows "
        "rāda cipars cipari цифра цифру выбираю выбрал другой одной vienā otrā trešā mērīju "
        "nomērīju izmērīju plus minus kilovatstundas zem под ниже выше virs būs voltmetrs "
        "voltage вольтметр tester loans fuse someone bill invoice paid pay owe eur cost costs "
        "price of on with version channel windows gmail step"
    )
    | MONTHS
)

# "no rīta 9", "par rēķinu 45": no address, unless the name has a capital.
PREPOSITIONS = _folded("no par pēc pirms līdz kopš с до после за про")
# Words that begin the rest of a report behind an address without a comma.
GOES_ON = _folded("nav bez kad net нет ne не нету no когда when has is")

GREETINGS = _folded(
    "labdien sveiki čau sveicināti labrīt labvakar paldies lūdzu hello hi hey please thanks "
    "здравствуйте привет добрый день вечер утро спасибо пожалуйста steidzami atkal nav es"
)

# Russian names that translate a street's name instead of spelling it.
_TRANSLATED = {
    "brīvības": "свободы", "miera": "мира мирная", "dārza": "садовая", "meža": "лесная",
    "skolas": "школьная", "stacijas": "вокзальная станционная", "rīgas": "рижская",
    "saules": "солнечная", "ziedu": "цветочная", "ezera": "озерная", "upes": "речная",
    "centra": "центральная", "dzirnavu": "мельничная", "jūras": "морская", "parka": "парковая",
    "kalna": "горная", "lauku": "полевая", "pļavu": "луговая", "tirgus": "рыночная базарная",
    "baznīcas": "церковная", "pils": "замковая дворцовая", "jaunā": "новая", "vecā": "старая",
    "lielā": "большая", "mazā": "малая", "zaļā": "зеленая", "klusā": "тихая", "īsā": "короткая",
    "garā": "длинная", "bērzu": "березовая", "liepu": "липовая", "ozolu": "дубовая",
    "kļavu": "кленовая", "priežu": "сосновая", "egļu": "еловая", "rožu": "розовая",
    "smilšu": "песочная песчаная", "ostas": "портовая", "krasta": "береговая набережная",
    "zvejnieku": "рыбацкая", "celtnieku": "строителей строительная", "vienības": "единства",
    "draudzības": "дружбы", "jaunatnes": "молодежная", "sporta": "спортивная",
    "rūpniecības": "промышленная", "fabrikas": "фабричная", "dzelzceļa": "железнодорожная",
    "maskavas": "московская", "jelgavas": "елгавская", "daugavas": "даугавская двинская",
    "daugavpils": "даугавпилсская", "liepājas": "лиепайская", "pasta": "почтовая",
    "slimnīcas": "больничная", "bibliotēkas": "библиотечная", "strēlnieku": "стрелковая",
    "kalēju": "кузнечная", "raiņa": "райниса", "pulkveža": "полковника", "kara": "военная",
    "ziemeļu": "северная", "dienvidu": "южная", "rietumu": "западная", "austrumu": "восточная",
}  # fmt: skip
TRANSLATED = {
    fold(word): fold(name) for name, words in _TRANSLATED.items() for word in words.split()
}
"""Folded Russian word -> folded Latvian one; the case endings of `-ая` are added below."""
for _word, _name in list(TRANSLATED.items()):
    # На Садовой, по Садовую, с Садовой улицы.
    if _word.endswith(fold("ая")):
        _stem = _word[: -len(fold("ая"))]
        TRANSLATED |= {_stem + fold(ending): _name for ending in ("ой", "ую", "ей")}
