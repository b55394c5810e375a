"""The lowest kernel room: the clock, the context, refusals, and news that goes up."""
