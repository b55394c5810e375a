"""All this room takes from the portal: page and JSON answer the same question the same way.

A rule said in words, the waivers of an occurrence. Nothing here is about
pages; should these move to a lower floor, only this module follows.
"""

from __future__ import annotations

from anze.engines.duties.kinds import REASONS as WAIVER_REASONS
from anze.interfaces.portal import describe
from anze.interfaces.portal.pages.ledger import proof
from anze.interfaces.portal.pages.plan import taught
from anze.interfaces.portal.pages.waivers import of as waivers_of

__all__ = ["WAIVER_REASONS", "describe", "proof", "taught", "waivers_of"]
