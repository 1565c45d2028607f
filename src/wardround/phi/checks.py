"""Check digits. Each function takes digits (or letters and digits) without separators and says whether they can be such a number.

A number that fails is none of its kind; one that passes may still be something else: a random ten-digit number passes as an NHS number
once in eleven times. So numbers with a weak check need a word beside them, or their usual spacing (see :mod:`wardround.phi.national`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_ALNUM = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _date(day: int, month: int) -> bool:
    return 1 <= day <= 31 and 1 <= month <= 12


def luhn(digits: str) -> bool:
    """Luhn's sum (ISO/IEC 7812-1): payment cards, Swedish personal numbers, US NPI with its prefix."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def mod97(text: str) -> bool:
    """ISO 7064 MOD 97-10 as IBAN uses it: the first four characters go to the end, letters count from 10."""
    moved = text[4:] + text[:4]
    return int("".join(str(_ALNUM[character]) for character in moved)) % 97 == 1


#: Lengths by country (SWIFT's IBAN registry), of those that hospitals meet most.
_IBAN = {
    "AT": 20, "BE": 16, "CH": 21, "CZ": 24, "DE": 22, "DK": 18, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HU": 28, "IE": 22,
    "IT": 27, "LU": 20, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SK": 24,
}  # fmt: skip


def iban(text: str) -> bool:
    """An international bank account number of a known country and its length."""
    return len(text) == _IBAN.get(text[:2]) and mod97(text)


def nhs(digits: str) -> bool:
    """NHS number: weights 10 to 2, modulo 11; 999… is the range that NHS England keeps for tests.

    943 476 5919 is the example of the NHS data dictionary. Both are nobody's.
    """
    rest = 11 - _weighted(digits[:9], range(10, 1, -1)) % 11
    real = not digits.startswith("999") and digits != "9434765919" and len(set(digits)) > 1
    return real and (0 if rest == 11 else rest) == int(digits[9])


def chi(digits: str) -> bool:
    """Scotland's CHI number: an NHS number whose first six digits are the date of birth."""
    return _date(int(digits[:2]), int(digits[2:4])) and nhs(digits)


def ssn(digits: str) -> bool:
    """US social security number: never issued are 000, 666 and 900 to 999, group 00, serial 0000; two stood in advertisements."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    issued = area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"
    return issued and digits not in {"078051120", "219099999", "123456789", "123121234"}


def steuer_id(digits: str) -> bool:
    """German tax number: ISO 7064 MOD 11,10; one digit of the first ten occurs two or three times, no other twice."""
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    repeated = [count for digit in set(digits[:10]) if (count := digits[:10].count(digit)) > 1]
    return digits[0] != "0" and repeated in ([2], [3]) and (11 - product) % 10 == int(digits[10])


def kvnr(text: str) -> bool:
    """German health insurance number: a letter, eight digits and a check digit (Luhn with weights 1 and 2 from the left)."""
    letter = f"{ord(text[0]) - 64:02d}"
    total = 0
    for place, digit in enumerate(letter + text[1:9]):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == int(text[9])


def nir(digits: str) -> bool:
    """French social security number, Corsica's letters replaced: 97 minus the rest of the first thirteen digits."""
    month = int(digits[3:5])
    plausible = digits[0] in "123478" and (1 <= month <= 12 or 20 <= month <= 42 or month >= 50)
    return plausible and 97 - int(digits[:13]) % 97 == int(digits[13:])


def codice_fiscale(text: str) -> bool:
    """Italian fiscal code: sixteen characters, the last a check letter."""
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
    total = 0
    for place, character in enumerate(text[:15]):
        value = int(character) if character.isdigit() else ord(character) - 65
        total += value if place % 2 else odd[value]
    return chr(65 + total % 26) == text[15]


def dni(text: str) -> bool:
    """Spanish DNI or NIE: the number modulo 23 gives the letter."""
    number = text[:8].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == text[8]


def bsn(digits: str) -> bool:
    """Dutch citizen service number: the eleven test."""
    padded = digits.zfill(9)
    return int(padded) > 0 and (_weighted(padded, (9, 8, 7, 6, 5, 4, 3, 2)) - int(padded[8])) % 11 == 0


def pesel(digits: str) -> bool:
    """Polish PESEL: date of birth, with the century in the month, and a check digit."""
    fits = _date(int(digits[4:6]), int(digits[2:4]) % 20)
    return fits and -_weighted(digits[:10], (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10 == int(digits[10])


def fodselsnummer(digits: str) -> bool:
    """Norwegian birth number (or D number, day + 40): date and two check digits modulo 11."""
    day = int(digits[:2]) - (40 if digits[0] >= "4" else 0)
    first = -_weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    second = -_weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return _date(day, int(digits[2:4])) and first == int(digits[9]) and second == int(digits[10])


def personnummer(digits: str) -> bool:
    """Swedish personal number, ten digits: date (day + 60 for a coordination number) and Luhn."""
    day = int(digits[4:6]) - (60 if int(digits[4:6]) > 60 else 0)
    return _date(day, int(digits[2:4])) and luhn(digits)


def cpr(digits: str) -> bool:
    """Danish CPR number: a date and four digits. There has been no check digit since 2007."""
    return _date(int(digits[:2]), int(digits[2:4])) and digits[6:] != "0000"


def hetu(text: str) -> bool:
    """Finnish personal code: date, sign of the century, three digits, a check character modulo 31."""
    number = int(text[:6] + text[7:10])
    return _date(int(text[:2]), int(text[2:4])) and "0123456789ABCDEFHJKLMNPRSTUVWXY"[number % 31] == text[10]


def rijksregister(digits: str) -> bool:
    """Belgian national number: 97 minus the rest of the first nine digits, with 2 before them since 2000."""
    check = int(digits[9:])
    old, new = 97 - int(digits[:9]) % 97, 97 - int("2" + digits[:9]) % 97
    return int(digits[2:4]) % 20 <= 12 and check in {old, new}


def ahv(digits: str) -> bool:
    """Swiss social insurance number: 756 and an EAN-13 check digit."""
    return digits.startswith("756") and -_weighted(digits[:12], (1, 3) * 6) % 10 == int(digits[12])


def svnr(digits: str) -> bool:
    """Austrian social insurance number: weights modulo 11, and the date of birth at the end."""
    rest = _weighted(digits[:3] + digits[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11
    return digits[0] != "0" and _date(int(digits[4:6]), int(digits[6:8]) % 12 or 12) and rest == int(digits[3])


def nif(digits: str) -> bool:
    """Portuguese tax number: weights 9 to 2 modulo 11."""
    rest = 11 - _weighted(digits[:8], range(9, 1, -1)) % 11
    return digits[0] in "12356" and (0 if rest > 9 else rest) == int(digits[8])


def pps(text: str) -> bool:
    """Irish PPS number: seven digits, a check letter, and sometimes a second letter that counts nine times."""
    total = _weighted(text[:7], range(8, 1, -1))
    if len(text) > 8 and text[8] != "W":
        total += (ord(text[8]) - 64) * 9
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == text[7]


def vin(text: str) -> bool:
    """Vehicle identification number (ISO 3779, with North America's check digit); needs letters and digits."""
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))  # fmt: skip
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    total = sum(
        (int(character) if character.isdigit() else values[character]) * weight
        for character, weight in zip(text, weights, strict=True)
    )
    mixed = sum(character.isdigit() for character in text) >= 4 and sum(character.isalpha() for character in text) >= 3
    return mixed and text[8] == ("X" if total % 11 == 10 else str(total % 11))


def always(text: str) -> bool:
    """No check digit: the shape alone counts."""
    return bool(re.search(r"\d", text))
