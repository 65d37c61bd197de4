"""The console: server-rendered pages for each reader of the hub, complete without JavaScript.

`hub.main` passes `console()` to `hub.web.application.create`. A page never decides: it asks
the protocols of `hub.asked`, shows what they say in words, and names the roles that may open it.
"""

from __future__ import annotations

from hub.web.application import Pages
from hub.web.pages import (
    adopting,
    confirm,
    connections,
    consent_form,
    consent_import,
    consent_page,
    copies,
    directory,
    directory_files,
    directory_form,
    directory_proposals,
    directory_routing,
    emergencies,
    entry,
    integration,
    labelling,
    mco,
    mco_lists,
    operations,
    own_contacts,
    packet,
    pcmh,
    phone,
    plan_page,
    privacy,
    privacy_accounting,
    privacy_incidents,
    privacy_members,
    privacy_preview,
    privacy_releases,
    privacy_worklists,
    receipt,
    received,
    request_form,
    requests,
    return_files,
    returned,
    shell,
    variability,
    workbench,
    worklist,
)
from hub.web.pages.assets import Assets

__all__ = ["console"]


def console() -> Pages:
    """Return the console's routers, its static files, and how it shows a refusal to a person."""
    return Pages(
        routers=(
            entry.ROUTER,
            mco_lists.ROUTER,
            mco.ROUTER,
            connections.ROUTER,
            copies.ROUTER,
            worklist.ROUTER,
            pcmh.ROUTER,
            request_form.ROUTER,
            requests.ROUTER,
            returned.ROUTER,
            packet.ROUTER,
            return_files.ROUTER,
            received.ROUTER,
            confirm.ROUTER,
            plan_page.ROUTER,
            labelling.ROUTER,
            phone.ROUTER,
            privacy.ROUTER,
            privacy_members.ROUTER,
            privacy_preview.ROUTER,
            privacy_releases.ROUTER,
            privacy_worklists.ROUTER,
            privacy_accounting.ROUTER,
            privacy_incidents.ROUTER,
            emergencies.ROUTER,
            receipt.ROUTER,
            consent_form.ROUTER,
            consent_page.ROUTER,
            consent_import.ROUTER,
            integration.ROUTER,
            operations.ROUTER,
            directory_files.ROUTER,
            directory_proposals.ROUTER,
            directory_routing.ROUTER,
            directory.ROUTER,
            directory_form.ROUTER,
            own_contacts.ROUTER,
            workbench.ROUTER,
            adopting.ROUTER,
            variability.ROUTER,
        ),
        mounts=((shell.STATIC, Assets()),),
        refused=shell.refused,
        large=(
            mco.UPLOAD,
            workbench.PATH,
            consent_page.SCANS,
            consent_import.PATH,
            directory_files.PATH,
        ),
    )
