"""What tests of passkeys need."""
