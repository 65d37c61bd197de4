"""Adapters: read one MCO's documents into the canonical template; they know nothing else of ours."""
