"""The ways in and out of the hub: SFTP and MLLP both ways, webhooks. Only `main.py` binds them.

Each module speaks one wire and knows no step, no store and no consent: it raises `Trouble` with its
kind, or `Refused`, and never logs or says what a document holds.
"""
