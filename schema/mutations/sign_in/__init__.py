"""The mutations of second factors, single sign-on and identities."""
