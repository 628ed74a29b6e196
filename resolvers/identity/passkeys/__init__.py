"""Passkeys (Web Authentication): added, named and removed, and used to sign in and to prove who somebody is."""
