"""The documents the portal can put together: read here, written by the documents room."""

from anze.interfaces.portal.papers import book, notice, report
from anze.kernel.documents import catalogue
from anze.kernel.documents.catalogue import DocumentKind

KINDS = (
    DocumentKind(book.CODE, "安全工作档案", "安档", book.make),
    DocumentKind(notice.CODE, "通报", "安通", notice.make),
    DocumentKind(report.CODE, "履职情况报告", "安报", report.make, public_title=True),
)


def register() -> None:
    """Make the kinds known; called once from ``ready()``."""
    for kind in KINDS:
        catalogue.register(kind)
