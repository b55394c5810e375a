"""Proof that the stored history is the true one: everything recomputed from the stored rows.

Streams in constant memory. Finds any change of an entry, a leaf, a node or a sealed part, missing
numbers, and history that is not what the checkpoints, the witnesses or an outside anchor hold. An
administrator who rewrites everything *and* holds the signing key is found only by a witness's
cosignature or an anchor kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Exists, OuterRef

from anze.kernel.ledger import (
    checkpoints,
    guards,
    keys,
    kinds,
    rows,
    sealing,
    selectors,
    spelling,
    tree,
)
from anze.kernel.ledger.models import (
    Checkpoint,
    Entry,
    EntryPrivate,
    Erasure,
    Leaf,
    TreeNode,
    Waiting,
)
from anze.lib import merkle, notes

_NAMED = 50  # missing numbers named one by one before a range is given


@dataclass
class Report:
    """What verification found. ``findings`` contradict the history; ``notices`` do not."""

    size: int = 0
    findings: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def true(self) -> bool:
        """Whether the stored history is the true one."""
        return not self.findings


@dataclass(frozen=True)
class Anchor:
    """What somebody outside knows to be the root over the first ``size`` entries."""

    size: int
    root: bytes
    source: str


def verify(anchors: Iterable[Anchor] = (), *, with_keys: bool = True) -> Report:
    """Recompute the whole history; see ``Report``.

    Without keys (a copy verified on another machine) sealed parts are counted but not opened.
    """
    report = Report()
    known = [*_signed(report), *anchors]
    report.size = selectors.size()  # after the checkpoints: the ledger goes on growing meanwhile
    _walk(report, known, with_keys)
    report.findings += _misspelt(report.findings)
    report.findings += _orphans()
    report.findings += _erasures()
    report.notices += _notices()
    return report


def _signed(report: Report) -> Iterator[Anchor]:
    """Yield the root of each checkpoint whose signature and columns hold; report the others."""
    log = checkpoints.signer().key
    for checkpoint in Checkpoint.objects.order_by("size").iterator():
        try:
            stated, note = notes.open_checkpoint(checkpoint.note.encode(), log)
        except notes.NoteError as error:
            report.findings.append(f"检查点 {checkpoint.size}：签名不成立（{error}）")
            continue
        if (stated.size, stated.root) != (checkpoint.size, bytes(checkpoint.root)):
            report.findings.append(f"检查点 {checkpoint.size}：所签内容与表中不符")
        report.findings += _cosignatures(checkpoint, note)
        yield Anchor(stated.size, stated.root, "检查点")


def _cosignatures(checkpoint: Checkpoint, note: notes.Note) -> Iterator[str]:
    for row in checkpoint.cosignatures.all():
        try:
            one = notes.Note.parse(f"{note.text}\n{row.line}\n".encode())
            notes.verify(one, [notes.Key.parse(row.witness)])
        except notes.NoteError as error:
            yield f"检查点 {checkpoint.size}：见证方 {row.witness} 的联署不成立（{error}）"


class _Walk:
    """The tree as the stored rows give it, compared on the way with everything that is known."""

    def __init__(self, report: Report, known: Iterable[Anchor]) -> None:
        self.report = report
        self.edge: merkle.Range | None = merkle.Range()
        self.next = 1
        self.known: dict[int, list[Anchor]] = {}
        for anchor in known:
            self.known.setdefault(anchor.size, []).append(anchor)
        self.nodes = {
            (level, position): bytes(hash_)
            for level, position, hash_ in TreeNode.objects.values_list("level", "position", "hash")
            if (position + 1) << level <= report.size
        }

    def add(self, leaf: bytes) -> None:
        """Append a stored leaf hash and compare nodes and roots."""
        n, self.next = self.next, self.next + 1
        if self.edge is None:
            return
        for level, index, hash_ in self.edge.append(leaf):
            if level >= tree.BLOCK_LEVEL and self.nodes.pop((level, index), None) != hash_:
                begin = (index << level) + 1
                self.report.findings.append(f"第 {begin}–{n} 条：树节点 {level}/{index} 不符或缺失")
        for anchor in self.known.pop(n, ()):
            if self.edge.root() != anchor.root:
                self.report.findings.append(f"前 {n} 条与{anchor.source} {n} 不符：历史被改写")

    def skip_to(self, n: int) -> None:
        """Account for the numbers from ``next`` up to n - 1, for which no whole row was read."""
        hashes = {
            leaf.n: bytes(leaf.hash) for leaf in Leaf.objects.filter(n__gte=self.next, n__lt=n)
        }
        if n - self.next - len(hashes) > _NAMED:
            self.report.findings.append(f"第 {self.next}–{n - 1} 条缺失")
            self.next, self.edge = n, None
        while self.next < n:
            if self.next in hashes:
                self.report.findings.append(f"第 {self.next} 条：存证行被删除，仅余叶")
                self.add(hashes[self.next])
            else:
                self.report.findings.append(f"第 {self.next} 条：编号缺失")
                self.next, self.edge = self.next + 1, None

    def finish(self) -> None:
        """Report what was signed or stored beyond the last row."""
        for size, anchors in sorted(self.known.items()):
            if size > self.next - 1:
                source = anchors[0].source
                self.report.findings.append(
                    f"{source} {size} 之下只余 {self.next - 1} 条：历史被截断"
                )
            elif size == 0 and any(anchor.root != merkle.EMPTY_ROOT for anchor in anchors):
                self.report.findings.append(f"{anchors[0].source} 0 不是空树")
        if self.nodes and self.edge is not None:
            self.report.findings.append(f"多出 {len(self.nodes)} 个树节点")


def _walk(report: Report, known: Iterable[Anchor], with_keys: bool) -> None:
    walk = _Walk(report, known)
    opener = _Opener(with_keys)
    for row in rows.stream(0, report.size, private=True):
        if row.n > walk.next:
            walk.skip_to(row.n)
        if (problem := row.problem()) or (problem := opener.problem(row.entry)):
            report.findings.append(f"{row.describe()}：{problem}")
        walk.add(row.leaf_hash)
    walk.skip_to(report.size + 1)
    walk.finish()
    if opener.unopened:
        report.notices.append(f"{opener.unopened} 份私密内容未开封核对（--without-keys）")


class _Opener:
    """Opens every sealed part with the master key, or only counts them."""

    def __init__(self, with_keys: bool) -> None:
        self.with_keys = with_keys
        self.erased = set(Erasure.objects.values_list("uid", flat=True))
        self.unopened = 0

    def problem(self, entry: Entry) -> str:
        """Return what is wrong with the private part of an entry; empty when nothing is."""
        row = _private_row(entry)
        if not entry.commitment:
            return "多出未登记的私密内容" if row else ""
        if row is None:
            return "私密内容被删除而未登记销毁"
        if row.ciphertext is None or row.wrapped_key is None:
            return "" if self._is_erased(entry) else "私密内容被清空而未登记销毁"
        if entry.uid in self.erased:
            return "私密内容已登记销毁，却仍存在"
        return self._open(entry, row)

    def _is_erased(self, entry: Entry) -> bool:
        # The second question is for an erasure made while we walk.
        return entry.uid in self.erased or Erasure.objects.filter(uid=entry.uid).exists()

    def _open(self, entry: Entry, row: EntryPrivate) -> str:
        if not self.with_keys:
            self.unopened += 1
            return ""
        sealed = sealing.Sealed(
            entry.commitment, bytes(row.ciphertext or b""), bytes(row.wrapped_key or b"")
        )
        try:
            sealing.unseal(sealed, sealing.Place(entry.uid, entry.kind, entry.schema_version))
        except sealing.DamagedError:
            return "私密内容或其密钥被改动"
        except keys.KeyFileError as error:
            return f"私密内容打不开：其密钥被改动，或密钥文件不全（{error}）"
        return ""


def _private_row(entry: Entry) -> EntryPrivate | None:
    try:
        return entry.private_row
    except ObjectDoesNotExist:
        return None


def _misspelt(found: list[str]) -> list[str]:
    """Return the entries only whose spelling was changed; those found already are left out."""
    named = {text.split(" 条", 1)[0] for text in found}
    return [text for text in spelling.findings() if text.split(" 条", 1)[0] not in named]


def _orphans() -> Iterator[str]:
    """Yield entries that have neither a number nor a place in the queue: their leaf was removed."""
    numbered = Exists(Leaf.objects.filter(entry_id=OuterRef("pk")))
    queued = Exists(Waiting.objects.filter(entry_id=OuterRef("pk")))
    for entry in Entry.objects.filter(~numbered, ~queued).order_by("pk")[:_NAMED]:
        yield f"{entry.kind} {entry.uid}：既无编号也不在待编号队列（叶被删除，或绕过触发器写入）"


def _erasures() -> Iterator[str]:
    for erasure in Erasure.objects.select_related("by").iterator():
        if _said_to_be_erased(erasure.by) != erasure.uid:
            yield f"销毁记录 {erasure.uid}：与存证 {erasure.by.uid} 不符"


def _said_to_be_erased(entry: Entry) -> UUID | None:
    """Return whose private part an entry says was destroyed; None when it says nothing readable."""
    if entry.kind != kinds.ERASED.name:
        return None
    try:
        return UUID(str(entry.data["uid"]))
    except (KeyError, TypeError, ValueError):
        return None


def _notices() -> Iterator[str]:
    if waiting := Waiting.objects.count():
        yield f"{waiting} 条存证待编号"
    if gone := guards.missing():
        yield f"防改触发器缺失：{'、'.join(gone)}（运行 anze migrate 恢复）"
    if (protection := selectors.protection()).broken or not protection.witnesses:
        yield protection.text
