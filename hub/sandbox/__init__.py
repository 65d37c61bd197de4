"""The guarded way to an adapter: untrusted bytes are parsed in a child that holds nothing of ours.

`main.py` makes a `reader.SandboxReader`; the steps see `hub.ports.Reader`. The child has no secret,
no database, no network, and limits of time, memory and output.
"""
