"""Numbers and addresses that are nobody's: kept for documentation, tests and private networks."""

from __future__ import annotations

import ipaddress
import re

#: RFC 2606 and RFC 6761; and addresses that machines send from.
_NOBODY = re.compile(
    r"(?:[.@](?:example|test|invalid|localhost|local)(?:\.(?:com|org|net|edu))?|@users\.noreply\.github\.com)$"
    r"|^(?:no-?reply|git|donotreply|root|bot|actions|support|security)@",
    re.IGNORECASE,
)


def email_of_nobody(address: str) -> bool:
    """Whether mail to this address reaches no person: reserved names, and the names of machines."""
    return bool(_NOBODY.search(address))


def phone_of_nobody(text: str) -> bool:
    """Whether the number is kept for fiction (North America's 555-0100 to 0199, Ofcom's ranges), or is all one digit."""
    digits = re.sub(r"\D", "", text)
    fiction = re.search(r"555-?01\d\d$", digits) or re.match(r"(?:44|0)(?:7700900|2079460|1632960)", digits)
    return bool(fiction) or len(set(digits)) < 3


def address_of_nobody(text: str) -> bool:
    """Whether a network address is private, local, kept for documentation, or no address at all."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return True
    return not found.is_global or str(found) in {"8.8.8.8", "8.8.4.4", "1.1.1.1"}
