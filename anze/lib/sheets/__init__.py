"""Tables people send and fetch: untrusted .xlsx, .xls and .csv in, safe .xlsx and .csv out.

Reading parses in a child process with limits on memory and time, after refusing archives that
would unpack to too much. Rows and columns are numbered from 1, as on screen.
"""

from anze.lib.sheets.headers import Header, find_header
from anze.lib.sheets.model import Merge, Row, Sheet, SheetError, cell_name, column_name
from anze.lib.sheets.reader import LIMITS, Limits, read_sheets
from anze.lib.sheets.writer import Column, write_csv, write_xlsx

__all__ = [
    "LIMITS",
    "Column",
    "Header",
    "Limits",
    "Merge",
    "Row",
    "Sheet",
    "SheetError",
    "cell_name",
    "column_name",
    "find_header",
    "read_sheets",
    "write_csv",
    "write_xlsx",
]
