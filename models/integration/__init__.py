"""The tables of connections to other systems that an organization sets up. Imports: models.{base, enums}."""
