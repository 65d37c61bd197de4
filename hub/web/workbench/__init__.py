"""The workbench behind its pages: samples kept for a session, read in the sandbox, compared."""
