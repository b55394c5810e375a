"""Base pages, components, lists and headers: what every page of the house is built of."""
