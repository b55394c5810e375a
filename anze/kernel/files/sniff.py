"""What a file is, told by its first bytes. Its name and the browser's word are never asked."""

from __future__ import annotations

from anze.kernel.bus.errors import Refused

HEAD = 512  # bytes that ``sniff`` wants to see
JPEG, PNG, WEBP, HEIC = "image/jpeg", "image/png", "image/webp", "image/heic"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"  # becomes DOCX or XLSX once its parts have been looked at

IMAGES = frozenset({JPEG, PNG, WEBP, HEIC})
EXTENSIONS = {JPEG: "jpg", PNG: "png", WEBP: "webp", HEIC: "heic"}
EXTENSIONS |= {PDF: "pdf", DOCX: "docx", XLSX: "xlsx"}
ACCEPTED = "照片（JPG、PNG、WebP、HEIC）、PDF、Word（docx）、Excel（xlsx）"

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_SAVE_AS = "请用 Word 或 Excel 打开，另存为 docx 或 xlsx 后再传。"
_AS_PHOTO = "请另存为 JPG 或 PNG，或者截一张图再传。"
# What people really send, and what each of them should do instead.
_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (b"GIF8", "动图（GIF）不收", _AS_PHOTO),
    (b"BM", "BMP 图片不收", _AS_PHOTO),
    (b"II*\x00", "TIFF 图片不收", _AS_PHOTO),
    (b"MM\x00*", "TIFF 图片不收", _AS_PHOTO),
    (b"\xd0\xcf\x11\xe0", "旧版 Office 文件（doc、xls、ppt）不收", _SAVE_AS),
    (b"Rar!", "压缩包不收", "请解压后把里面的文件分别上传。"),
    (b"7z\xbc\xaf", "压缩包不收", "请解压后把里面的文件分别上传。"),
    (b"\x1f\x8b", "压缩包不收", "请解压后把里面的文件分别上传。"),
    (b"MZ", "程序文件不收", f"这里只收{ACCEPTED}。"),
    (b"\x7fELF", "程序文件不收", f"这里只收{ACCEPTED}。"),
    (b"{\\rtf", "RTF 文件不收", _SAVE_AS),
)
_MARKUP = (b"<svg", b"<html", b"<!doctype", b"<?xml", b"<script", b"<body")


def sniff(head: bytes) -> str:
    """Return the mime type told by the first ``HEAD`` bytes; ``ZIP`` for what may be Office.

    Raises Refused with the reason and the way out for everything that is not accepted.
    """
    if not head:
        raise Refused("文件是空的", remedy="请确认文件能打开，再选一次。")
    if mime := _accepted(head):
        return mime
    for magic, reason, remedy in _REFUSED:
        if head.startswith(magic):
            raise Refused(reason, remedy=remedy)
    if head[4:8] == b"ftyp":
        raise Refused("视频和 AVIF 图片不收", remedy=_AS_PHOTO)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise Refused("网页和矢量图（HTML、SVG）不收", remedy=_AS_PHOTO)
    raise Refused("认不出这是什么文件", remedy=f"这里只收{ACCEPTED}。")


def _accepted(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        # mif1 and msf1 are shared with AVIF, whose own brand then stands among the compatible ones.
        return None if b"avif" in head[8 : min(len(head), 64)] else HEIC
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return ZIP
    return None
