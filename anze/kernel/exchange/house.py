"""The kinds of file of the house itself: the roster of units, and the accounts of people."""

from __future__ import annotations

from anze.kernel.exchange import accounts, importers, known, placing, replacing, roster, workbooks
from anze.kernel.exchange.columns import ACCOUNTS, ROSTER

# Writing a roster writes units and people: whoever may import here may do both.
NEEDED = ("units.manage", "people.manage")
_DISTRICT = frozenset({"district"})


def register() -> None:
    """Make the two known."""
    importers.add(
        importers.Importer(
            template=ROSTER,
            needed=NEEDED,
            levels=_DISTRICT,
            load=known.load,
            check=roster.check,
            absent=roster.absent,
            write=placing.write,
            slice=4,
            hindered=replacing.hindered,
            revert=replacing.revert,
            effect=replacing.effect,
            rows=workbooks.roster_rows,
        )
    )
    importers.add(
        importers.Importer(
            template=ACCOUNTS,
            needed=NEEDED,
            levels=_DISTRICT,
            load=known.load,
            check=accounts.check,
            write=placing.write,
            slice=4,
            hindered=replacing.hindered,
            revert=replacing.revert,
            effect=replacing.effect,
            rows=workbooks.account_rows,
            # Names, phones and user names of everybody: for who manages people, not who reads.
            seen=workbooks.ACCOUNTS_SEEN,
        )
    )
