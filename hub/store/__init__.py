"""Where the hub's state lives: PostgreSQL, embedded or a server of the operator's.

Only `hub.main` imports this package; steps see the ports in `hub.stored`. Nothing else speaks SQL.
"""
