"""Readers that know an MCO and no format: a profile or a short module each."""
