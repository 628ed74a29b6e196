"""Names for the large data set. The phone numbers are in ranges reserved for fiction."""

COMPANY_FIRST = (
    "Aurora", "Baltic", "Beacon", "Borealis", "Cascade", "Cedar", "Cobalt", "Delta", "Ember", "Falcon", "Fjord",
    "Granite", "Harbour", "Helvetia", "Indigo", "Juniper", "Kestrel", "Lagoon", "Maple", "Meridian", "Nimbus",
    "Northwind", "Oak", "Orion", "Pioneer", "Polar", "Quartz", "Rhône", "Saffron", "Señora", "Summit", "Tatra",
    "Umbra", "Vega", "Vistula", "Willow", "Yarrow", "Zenith", "Åland", "Öresund",
)  # fmt: skip
COMPANY_SECOND = (
    "Airlines", "Bakeries", "Biotech", "Breweries", "Chemicals", "Components", "Dairies", "Energy", "Fashion",
    "Fisheries", "Foods", "Freight", "Furniture", "Glass", "Hotels", "Insurance", "Labs", "Logistics", "Media",
    "Mills", "Mining", "Motors", "Optics", "Paper", "Pharma", "Plastics", "Publishing", "Rail", "Retail",
    "Robotics", "Shipping", "Steel", "Telecom", "Textiles", "Timber", "Tools", "Toys", "Turbines", "Water", "Works",
)  # fmt: skip
COMPANY_FORM = ("AB", "AG", "BV", "Corp", "GmbH", "Group", "Inc", "Ltd", "Oy", "SA", "SpA", "Sp. z o.o.")
REGION = (
    "Alps", "Atlantic", "Baltics", "Benelux", "Central", "Coast", "East", "Iberia", "Islands", "Lakes", "Midlands",
    "North", "North-East", "North-West", "Nordics", "Pacific", "Rhine", "South", "South-East", "South-West", "Valley",
    "West",
)  # fmt: skip

FIRST_NAME = (
    "Agnès", "Aisha", "Alva", "André", "Anna", "Björn", "Bruno", "Carmen", "Chloé", "Daniel", "Dmytro", "Elif",
    "Emma", "Erik", "Fatima", "Felix", "Freya", "Giulia", "Hana", "Henrik", "Ines", "Ivan", "Jakub", "Jan", "João",
    "José", "Katarzyna", "Kofi", "Lars", "Léa", "Liam", "Lucía", "Łukasz", "Maria", "Matteo", "Mei", "Mia", "Nadia",
    "Niamh", "Noah", "Olga", "Omar", "Paula", "Priya", "Rafał", "Rosa", "Sara", "Seán", "Sofía", "Søren", "Tomás",
    "Uma", "Viktor", "Wei", "Yara", "Yusuf", "Zoë",
)  # fmt: skip
LAST_NAME = (
    "Almeida", "Andersson", "Bąk", "Bauer", "Bianchi", "Borg", "Byrne", "Chen", "Costa", "D'Angelo", "Dubois",
    "Eriksen", "Fernández", "Fischer", "Fontaine", "García", "Gruber", "Hansen", "Horvat", "Ivanova", "Jansen",
    "Johansson", "Kaya", "Khan", "Kowalska", "Kovács", "Larsen", "Lefèvre", "Lindqvist", "López", "MacLeod",
    "Martin", "Meyer", "Müller", "Nakamura", "Nguyen", "Novák", "O'Brien", "Okafor", "Olsen", "Öztürk", "Papadopoulos",
    "Patel", "Pereira", "Petrov", "Popescu", "Ricci", "Rossi", "Schäfer", "Silva", "Singh", "Smith", "Søndergaard",
    "Süß", "Tanaka", "van Dijk", "Virtanen", "Weber", "Wójcik", "Zieliński",
)  # fmt: skip
TEAM = ("noc", "operations", "service-desk", "network", "facilities", "it-purchasing", "on-call", "field-team")

SERVICE_NAME = (
    "Backup connection", "Cloud connect", "Colocation cage", "Contact centre seats", "Dark fibre", "Data centre rack",
    "DDoS protection", "DNS hosting", "Ethernet line", "Internet access", "IoT SIM cards", "Managed firewall",
    "Managed router", "Managed switches", "Managed wireless", "Microwave link", "Mobile backup", "Office telephony",
    "Private 5G", "Remote access", "SD-WAN site", "SIP trunk", "Video rooms", "Wavelength",
)  # fmt: skip
SERVICE_SIZE = (
    "",
    " 10 Mbit/s",
    " 50 Mbit/s",
    " 100 Mbit/s",
    " 500 Mbit/s",
    " 1 Gbit/s",
    " 10 Gbit/s",
    " Plus",
    " Pro",
)

SITE = (
    ("Amsterdam", "NL"), ("Athens", "GR"), ("Barcelona", "ES"), ("Bergen", "NO"), ("Berlin", "DE"), ("Bordeaux", "FR"),
    ("Bratislava", "SK"), ("Bristol", "GB"), ("Brno", "CZ"), ("București", "RO"), ("Budapest", "HU"),
    ("Chicago", "US"), ("Córdoba", "ES"), ("Denver", "US"), ("Dublin", "IE"), ("Düsseldorf", "DE"), ("Gdańsk", "PL"),
    ("Genève", "CH"), ("Gent", "BE"), ("Göteborg", "SE"), ("Graz", "AT"), ("Helsinki", "FI"), ("Kraków", "PL"),
    ("Leeds", "GB"), ("Liège", "BE"), ("Lisboa", "PT"), ("Ljubljana", "SI"), ("Łódź", "PL"), ("Lyon", "FR"),
    ("Malmö", "SE"), ("Melbourne", "AU"), ("Milano", "IT"), ("Montréal", "CA"), ("München", "DE"), ("Nürnberg", "DE"),
    ("Oslo", "NO"), ("Ostrava", "CZ"), ("Porto", "PT"), ("Reykjavík", "IS"), ("Riga", "LV"), ("Rotterdam", "NL"),
    ("São Paulo", "BR"), ("Singapore", "SG"), ("Tallinn", "EE"), ("Tampere", "FI"), ("Tokyo", "JP"), ("Torino", "IT"),
    ("Toronto", "CA"), ("Turku", "FI"), ("Vilnius", "LT"), ("Wien", "AT"), ("Zagreb", "HR"), ("Zürich", "CH"),
    ("Århus", "DK"), ("Ålesund", "NO"),
)  # fmt: skip

# country, the prefix of its fictional numbers, the number of digits that follow
PHONE = (
    ("AU", "+61255501", 3), ("CA", "+141655501", 2), ("DE", "+493023125", 3), ("FR", "+3319900", 4),
    ("GB", "+4420794601", 2), ("SE", "+468465004", 2), ("US", "+121255501", 2),
)  # fmt: skip
CURRENCY = ("CHF", "CZK", "DKK", "EUR", "GBP", "NOK", "PLN", "SEK", "USD")
