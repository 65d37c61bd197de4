"""The FHIR R4 API of deliveries, directory and ledger, one module for each kind of resource.

`hub.web.application` includes the routers. `asking` reads searches and writes answers; the other
modules turn rows into resources. Consents have their own module, `hub.web.api_fhir`.
"""
