"""Readers that know a format and no MCO."""
