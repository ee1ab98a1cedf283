"""Names for the people of the demo office and for those who call it. Knows nothing of telephony."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final


FIRST_TEN: Final = (
    "Alice Marsh",
    "Bruno Keller",
    "Clara Young",
    "Dmitri Novak",
    "Elena Sousa",
    "Farid Haddad",
    "Greta Lind",
    "Hugo Brandt",
    "Ines Duarte",
    "Jonas Weber",
)
"""The people of 201 to 210: the same as on the PBX that the tests bring up, so that scenarios can be shared."""

_GIVEN = """
Aoife Björn Chidi Danuta Émile Fatima Giulia Hiroshi Imani Jürgen Katarzyna Liam Mei Nikolai Olga Priya Quentin Rosa
Søren Thandiwe Ulrike Viktor Wanjiru Xavier Yasmin Zoltán Anders Beatriz Cem Dolores Eszter Finn Gudrun Hassan Ivana
João Kofi Linh Mateo Nadia Omar Petra Rahul Saoirse Tomás Uma Valérie Wei Yuki Zeynep
"""
_FAMILY = """
O'Brien Lindström Okafor Kowalska Dubois Rahman Ricci Tanaka Mwangi Schröder Nowak Murphy Chen Petrov Ivanova Patel
Laurent García Sørensen Dlamini Hoffmann Horvat Kamau Moreau Haddad Nagy Berg Almeida Yılmaz Romero Szabó Virtanen
Jónsdóttir Farouk Marković Ferreira Mensah Nguyen Silva Aziz Khalil Procházka Sharma D'Angelo Novotný Rao Girard Li
Sato Demir Van_den_Berg McGregor Papadopoulos Costa Fischer Bianchi
"""
GIVEN: Final = _GIVEN.split()
FAMILY: Final = [name.replace("_", " ") for name in _FAMILY.split()]
COMPANIES: Final = (
    "Harbour Logistics",
    'The "Blue Door" Café',
    "Müller & Söhne",
    "Northwind Travel",
    "Dr. Ahmed's Surgery",
    "Lakeside Hotel",
    "Parcel Express",
    "City Council",
    "Greenfield Solar",
    "Atelier Côté",
    "What's Next? Media",
    "Union Bank",
)


def people(count: int) -> Iterator[str]:
    """`count` names, no two alike up to some thousands, the same ones at every call."""
    yield from FIRST_TEN[:count]
    for number in range(count - len(FIRST_TEN)):
        turn, place = divmod(number, len(GIVEN))
        yield f"{GIVEN[place]} {FAMILY[(place * 7 + turn * 11 + turn // len(FAMILY)) % len(FAMILY)]}"


def somebody(dice: random.Random) -> str:
    """Who calls from outside: a person, a company, or, as often as on a real trunk, nobody with a name."""
    kind = dice.random()
    if kind < 0.35:
        return ""
    if kind < 0.5:
        return dice.choice(COMPANIES)
    return f"{dice.choice(GIVEN)} {dice.choice(FAMILY)}"


def outside_number(dice: random.Random) -> str:
    """A number of nobody: 555-01xx is set aside for fiction."""
    return f"0{dice.randint(20, 99)}555{dice.randint(100, 199):04d}{dice.randint(0, 9)}"
