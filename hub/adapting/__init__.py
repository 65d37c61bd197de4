"""The commands of `icp-hub adapters`: profiles looked at, tried on samples, put live, rolled back.

The command line mounts `commands.app`. Samples are read in the sandbox; values are printed only on
request, at the terminal of the person who has the sample.
"""
