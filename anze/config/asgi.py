"""One process: uvicorn in front, the synchronous stack in a thread pool behind it."""

from __future__ import annotations

from a2wsgi import WSGIMiddleware

from anze.config.wsgi import application as wsgi

pages = WSGIMiddleware(wsgi, workers=8)  # type: ignore[arg-type]


async def application(scope, receive, send):  # type: ignore[no-untyped-def]
    """Answer lifespan at once; hand every request to the pages."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await pages(scope, receive, send)
