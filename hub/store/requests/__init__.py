"""Requests as rows: made, shown, answered, chased; returned documents and corrections beside them.

`board` is `PostgresRequests`, which `hub.main` makes; `watches` is the ticker's. SQL is only here
and in the files beside it; consent is asked by what `hub.main` hands in.
"""
