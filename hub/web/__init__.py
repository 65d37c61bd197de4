"""The web edge: who is asking, the HTTP API, and the guards and sessions the console builds on.

Only `hub.main` (and tests) call `application.create`. Nothing here decides about consent or speaks
SQL: it asks through the protocols of `hub.asked`, `hub.ports` and `hub.intake`.
"""
