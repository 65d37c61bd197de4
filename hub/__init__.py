"""The ICP hub: one line from bytes handed in to a plan acknowledged and answered."""
