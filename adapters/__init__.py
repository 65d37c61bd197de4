"""Adapters: read one MCO's documents into the canonical template; nothing else of ours."""
