"""What the release step does around its decision: stamp labels, check rendered bytes, account.

Only `hub.release` and the pages that show a release call it. Nothing here decides what may leave.
"""
