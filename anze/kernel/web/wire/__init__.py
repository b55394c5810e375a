"""What a room's JSON operations are written with; the interface gathers them (``api.ROUTERS``)."""
