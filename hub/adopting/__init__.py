"""A profile on its way into force: written, proposed, tried on stored traffic, kept, taken back.

The commands (`hub.adapting`) and the console's workbench do the same with it. It knows the store,
the vault and the reader by their ports only, and prints nothing.
"""
