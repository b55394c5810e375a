"""Version 1: which operations there are."""

from __future__ import annotations

from anze.interfaces.api import rooms
from anze.interfaces.api.house import House, ReadableRenderer, StrictParser
from anze.interfaces.api.operations import (
    burden,
    collections,
    documents,
    duties,
    files,
    forms,
    imports,
    ledger,
    me,
    notices,
    packs,
    people,
    plan,
    submissions,
    suggestions,
    units,
)
from anze.kernel.web.wire import faults

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
OWN = (
    ("/me", me.router),
    ("/notices", notices.router),
    ("/units", units.router),
    ("/duties", duties.router),
    ("/waivers", duties.waivers),
    ("/forms", forms.router),
    ("/submissions", submissions.router),
    ("/files", files.router),
    ("/plan", plan.router),
    ("/ledger", ledger.router),
    ("/packs", packs.router),
    ("/suggestions", suggestions.router),
    ("/collections", collections.router),
    ("/burden", burden.router),
    ("/documents", documents.router),
    ("/people", people.router),
    ("/imports", imports.router),
)
for prefix, router in (*OWN, *rooms.routers()):
    api.add_router(prefix, router)
