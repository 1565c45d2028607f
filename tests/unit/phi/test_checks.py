"""Check digits: numbers that python-stdnum 2.2 made valid, and that no single wrong digit passes."""

import pytest

from wardround.phi import checks

#: Drawn with `random.Random(5)` until python-stdnum (the oracle, no dependency) called them valid.
VALID = {
    checks.nhs: ["4061358952", "4547620075", "4159045847"],
    checks.steuer_id: ["58727367499", "14952630752", "89566041236"],
    checks.nir: ["102058247807584", "132050082623525", "124052603445770"],
    checks.bsn: ["890626753", "353320468", "921031051"],
    checks.pesel: ["74032455338", "65060909304", "87060477997"],
    checks.fodselsnummer: ["05086530815", "09095095469", "02038028386"],
    checks.personnummer: ["5507225323", "7011155152", "3610078168"],
    checks.rijksregister: ["45071324370", "92030271712", "47040551757"],
    checks.ahv: ["7567626830440", "7561559162739", "7568120349537"],
    checks.svnr: ["1539270674", "6295081190", "7577091295"],
    checks.nif: ["273538217", "200843338", "265156637"],
    checks.luhn: ["2201660546592738", "2157438478452237", "5220272093120978"],
}


@pytest.mark.parametrize(("check", "numbers"), VALID.items(), ids=lambda item: getattr(item, "__name__", ""))
def test_what_the_oracle_calls_valid_is_valid(check, numbers) -> None:
    assert all(check(number) for number in numbers)


@pytest.mark.parametrize(("check", "numbers"), VALID.items(), ids=lambda item: getattr(item, "__name__", ""))
def test_a_wrong_last_digit_is_found(check, numbers) -> None:
    """The last digit of each of these is a check digit; only one of the ten fits (Portugal's 0 and Belgium's two centuries aside)."""
    if check == checks.svnr:  # its check digit is the fourth
        changed = [[number[:3] + digit + number[4:] for digit in "0123456789"] for number in numbers]
    else:
        changed = [[number[:-1] + digit for digit in "0123456789"] for number in numbers]
    assert all(sum(check(candidate) for candidate in ten) == 1 for ten in changed)


def test_letters_and_digits() -> None:
    assert checks.dni("12345678Z")
    assert not checks.dni("12345678A")
    assert checks.dni("X1234567L")
    assert checks.hetu("131052-308T")  # the example of the Finnish population register
    assert not checks.hetu("131052-308U")
    assert checks.codice_fiscale("RCCMNL83S18D969H")  # the example of python-stdnum
    assert not checks.codice_fiscale("RCCMNL83S18D969A")
    assert checks.pps("6433435F")
    assert checks.pps("6433435OA")
    assert not checks.pps("6433435E")
    assert checks.iban("DE89370400440532013000")  # the example of the IBAN registry
    assert not checks.iban("DE88370400440532013000")
    assert checks.vin("1M8GDM9AXKP042788")
    assert not checks.vin("1M8GDM9A1KP042788")
    assert checks.kvnr("A123456780")
    assert not checks.kvnr("A123456781")


def test_numbers_that_are_nobodys() -> None:
    assert not checks.ssn("078051120")  # printed in wallets that were sold
    assert not checks.ssn("900123456")
    assert not checks.ssn("666123456")
    assert not checks.nhs("9434765919")  # the example of the NHS data dictionary
    assert not checks.nhs("9995018187")  # 999: kept for tests
