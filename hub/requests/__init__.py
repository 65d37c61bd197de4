"""Requests between an MCO and another organisation about one member: asked, chased, answered.

One noun for three wishes: a plan is asked for, the member is to be reached, contact data are to be
corrected. `nouns` are its values and the port the store implements, `rules` what may be done when
and by whom, `documents` what a returned document is. Pure; consent is asked by `hub.questioning`.
"""
