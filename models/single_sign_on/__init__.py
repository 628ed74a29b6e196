"""Single sign-on: the provider of an organization, its domains, and who users are at it. Imports: models.base."""
