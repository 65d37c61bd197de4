"""What integration staff work on profiles with: check, live adapters, first proposals, the schema.

The command line and the reader children reach these modules by name. Nothing here reads a document
but `outlining`, which runs in a reader child like any adapter.
"""
