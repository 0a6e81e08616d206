"""Look-alike names share a skeleton, plain names hardly ever do, and scripts are told apart."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import parse_domain
from edgeconsole.rules.lint.confusables import mixes_scripts, scripts, skeleton


@pytest.mark.parametrize(
    ("real", "imitation"),
    [
        ("fabrikam.example", "fаbrikam.example"),  # Cyrillic a
        ("apple.example", "аррӏе.example"),  # all Cyrillic
        ("contoso.example", "сontoso.example"),  # Cyrillic es
        ("contoso.example", "contosо.example"),  # Cyrillic o
        ("contoso.example", "cοntoso.example"),  # Greek omicron
        ("paypal.example", "pаypаl.example"),
        ("skype.example", "ѕkype.example"),
        ("lync.example", "ӏync.example"),
        ("litware.example", "lıtware.example"),  # dotless i
        ("litware.example", "lítware.example"),  # accent
        ("google.example", "gооgle.example"),
        ("google.example", "ɡoogle.example"),  # script g
        ("microsoft.example", "rnicrosoft.example"),
        ("wingtip.example", "vvingtip.example"),
        ("woodgrove.example", "w00dgrove.example"),
        ("alpine.example", "a1pine.example"),
        ("northwind.example", "ոorthwind.example"),  # Armenian
        ("tailspin.example", "tаilspin.example"),
        ("adatum.example", "ạdatum.example"),
        ("contoso.example", "contoso.exаmple"),
        ("contoso.example", "contos0.example"),
    ],
)
def test_an_imitation_has_the_skeleton_of_the_real_name(real: str, imitation: str) -> None:
    assert parse_domain(real) != parse_domain(imitation)
    assert skeleton(parse_domain(real)) == skeleton(parse_domain(imitation))


CYRILLIC = dict(zip("aceijopsxy", "асеіјорѕху", strict=True))
WORDS = ("alpine", "contoso", "fabrikam", "proseware", "trey", "wingtip", "humongous", "lucerne", "coho", "adatum")
ENDS = ("bank", "works", "supplies", "travel", "media", "press", "airlines", "winery", "systems", "research")


def test_two_hundred_imitations_of_partners_are_two_hundred_warnings() -> None:
    pairs = []
    for word, end in itertools.product(WORDS, ENDS):
        real = f"{word}{end}.example"
        places = [place for place, letter in enumerate(word + end) if letter in CYRILLIC][:2]
        pairs += [(real, real[:place] + CYRILLIC[real[place]] + real[place + 1 :]) for place in places]
    assert len(pairs) == 200
    assert all(skeleton(parse_domain(real)) == skeleton(parse_domain(false)) for real, false in pairs)


def test_five_thousand_plain_names_hardly_ever_look_alike() -> None:
    starts = (
        "al",
        "ber",
        "con",
        "dal",
        "el",
        "far",
        "gar",
        "hol",
        "in",
        "jor",
        "kel",
        "lar",
        "mor",
        "nor",
        "or",
        "par",
        "quin",
    )
    middles = ("ba", "co", "de", "fi", "go", "hu", "ja", "ke", "li", "mo", "na", "po", "ra", "so", "ti")
    ends = (
        "bank",
        "corp",
        "data",
        "edge",
        "firm",
        "gas",
        "home",
        "inc",
        "jet",
        "kraft",
        "labs",
        "mart",
        "net",
        "oil",
        "press",
        "rail",
        "soft",
        "tech",
        "water",
        "yard",
    )
    names = [f"{a}{b}{c}.example" for a, b, c in itertools.product(starts, middles, ends)][:5000]
    assert len(names) == 5000
    assert len({skeleton(name) for name in names}) > 4950


@pytest.mark.parametrize(
    ("label", "mixed"),
    [
        ("contoso", False),
        ("bücher", False),
        ("пример", False),
        ("παράδειγμα", False),
        ("日本語のドメイン", False),
        ("東京tower", False),
        ("한국어", False),
        ("한국漢字", False),
        ("пример-7", False),
        ("fаbrikam", True),
        ("cοntoso", True),
        ("примερ", True),
        ("日本дом", True),
        ("", False),
    ],
)
def test_a_label_mixes_scripts_that_no_language_writes_together(label: str, mixed: bool) -> None:
    assert mixes_scripts(label) is mixed


def test_scripts_are_named_as_unicode_names_them() -> None:
    assert scripts("fаbrikam") == {"LATIN", "CYRILLIC"}
    assert scripts("7-7") == frozenset()


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_every_name_that_is_taken_has_a_skeleton_that_stays_what_it_is(text: str) -> None:
    try:
        name = parse_domain(f"{text}.example")
    except BadInput:
        return
    look = skeleton(name)
    assert look
    assert skeleton(look) == look or "xn--" in look
