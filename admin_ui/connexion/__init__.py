"""Coming in: passwords, codes, one-time links, providers of identity, one's own account."""
