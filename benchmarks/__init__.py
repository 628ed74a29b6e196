"""How fast Portico answers, beside the ordinary way and the least that is possible."""
