"""Version 1: which operations there are."""

from __future__ import annotations

from anze.interfaces.api import faults
from anze.interfaces.api.house import House, ReadableRenderer, StrictParser
from anze.interfaces.api.operations import (
    duties,
    files,
    forms,
    ledger,
    me,
    packs,
    plan,
    submissions,
    units,
)

DESCRIPTION = (
    "The same selectors and services as the pages: who may do what there may do it here. "
    "Instants carry an offset, days are Chinese days, ids are UUIDs unless said otherwise. "
    "Every refusal has the shape `Fault`. Lists are bounded."
)

api = House(
    title="安责 Anze",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api-v1",
    docs_url=None,
    openapi_url=None,
    parser=StrictParser(),
    renderer=ReadableRenderer(),
)
faults.install(api)
for prefix, router in (
    ("/me", me.router),
    ("/units", units.router),
    ("/duties", duties.router),
    ("/waivers", duties.waivers),
    ("/forms", forms.router),
    ("/submissions", submissions.router),
    ("/files", files.router),
    ("/plan", plan.router),
    ("/ledger", ledger.router),
    ("/packs", packs.router),
):
    api.add_router(prefix, router)
