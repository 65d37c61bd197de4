"""The workbench's side in the sandbox: a document read and laid out beside what was read of it.

The console binds `adapters.workbench:bench` with what it asks as the profile's text. The answer is
a reading like any other; the laid-out source is enclosed in it.
"""

from adapters.workbench.reading import bench

__all__ = ["bench"]
