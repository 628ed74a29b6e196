"""The current ISO codes of countries and currencies, from the library `pycountry`."""

from typing import Final

import pycountry

COUNTRIES: Final = frozenset(country.alpha_2 for country in pycountry.countries)
"""ISO 3166-1 alpha-2, such as NL."""

CURRENCIES: Final = frozenset(currency.alpha_3 for currency in pycountry.currencies)
"""ISO 4217, such as EUR."""
