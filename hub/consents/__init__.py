"""Consents as others write them: FHIR R4, sheets and bundles in, FHIR out, and what an import does.

The API and the command line use it; the store implements `ports`. Pure: nothing here does I/O or
decides about a release. What a form lacks is `consent.checking`'s to say.
"""
