"""The server and the command line: HTTP, settings, sign-in, mail and the policy file. Imports: every other package."""
