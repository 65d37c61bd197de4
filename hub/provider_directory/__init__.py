"""The provider directory as people keep it: its file, its checks, its changes, FHIR in and out.

Pure: the store keeps it (`hub.store.directories`), the console and the command line ask through
`keeping.Directory`, the line asks `designating` alone.
"""
