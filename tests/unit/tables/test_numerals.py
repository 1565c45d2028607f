import pyarrow as pa
import pytest

from wardround.tables import Numeral


@pytest.mark.parametrize(
    ("numeral", "text", "plain"),
    [
        (Numeral(","), "12,5", "12.5"),
        (Numeral(","), "-0,25", "-0.25"),
        (Numeral(","), "1,2E-3", "1.2E-3"),
        (Numeral(","), "12", "12"),
        (Numeral(","), "12.5", None),
        (Numeral(","), "1.234", None),
        (Numeral(",", "."), "1.234", "1234"),
        (Numeral(",", "."), "1.234,5", "1234.5"),
        (Numeral(",", "."), "1.23", None),
        (Numeral(thousands=","), "1,234,567.5", "1234567.5"),
        (Numeral(thousands=","), "1234", "1234"),
        (Numeral(thousands=","), "12,34", "12,34"),
        (Numeral(",", " "), "1\u202f234,5", "1234.5"),
        (Numeral(thousands="'"), "1’234.5", "1234.5"),
        (Numeral(sign="%"), "45.5 %", "45.5"),
        (Numeral(sign="%"), "45.5", None),
        (Numeral(thousands=",", sign="$"), "$1,234.50", "1234.50"),
        (Numeral(",", ".", "€"), "1.234,50 €", "1234.50"),
        (Numeral(","), "<0,01", "<0,01"),
        (Numeral(","), None, None),
    ],
)
def test_a_number_becomes_plain_and_one_of_another_notation_none(numeral, text, plain):
    assert numeral.plain(pa.array([text], pa.string())).to_pylist() == [plain]


def test_a_number_of_another_notation_can_be_told():
    assert Numeral(",").plain(pa.array(["12.5", "1,5"]), unfit=" no").to_pylist() == ["12.5 no", "1.5"]
