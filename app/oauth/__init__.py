"""OAuth 2.0 for API clients: they show their id and secret, and get a signed access token that is good for minutes."""
