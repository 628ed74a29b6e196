"""Single sign-on: providers and domains of organizations, identities of users, and sign-ins at a provider.

Imports: the packages of resolvers below, and resolvers.mutations.onboarding and users.
"""
