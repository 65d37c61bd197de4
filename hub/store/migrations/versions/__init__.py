"""The schema, migration by migration; forward only."""
