"""Encrypted bytes by digest, in a folder or in S3: all the cryptography for data at rest.

`main.py` calls `opening.open_vault`; the steps see `hub.ports.Vault`. Nothing here is ever
overwritten or deleted, except bytes that were found damaged.
"""
