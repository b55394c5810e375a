"""The seal of a released pack: ``LOCK``, a few lines of text beside its files.

    anze-lock 1
    pack wujin/2020.1
    content <sha256 of the canonical content>
    file <sha256> clauses.yaml

Once a version is released its bytes do not change: a rule that moves under the feet of the records
judged by it would make every past decision unexplainable. A change is a new version.
"""

from __future__ import annotations

from pathlib import Path

from anze.kernel.packs.faults import Fault, PackError
from anze.kernel.packs.loader import Loaded

FILE = "LOCK"
_CHANGE = "已发布的版本不能改：复制成新版本再改"


def text(loaded: Loaded) -> str:
    """Return the LOCK of a pack."""
    lines = ["anze-lock 1", f"pack {loaded.pack.name}", f"content {loaded.hash}"]
    lines += [f"file {digest} {name}" for name, digest in sorted(loaded.files.items())]
    return "\n".join(lines) + "\n"


def verify(folder: Path, loaded: Loaded) -> None:
    """Raise PackError unless a released pack is exactly what its LOCK says; drafts need none."""
    if loaded.pack.meta.status != "released" and not (folder / FILE).exists():
        return
    if faults := _differences(folder, loaded):
        raise PackError(loaded.pack.name, faults)


def write(folder: Path, loaded: Loaded) -> bool:
    """Write the LOCK of a released pack; return False if it was there and right.

    Raises PackError for a draft, and for a version that was locked with other content.
    """
    if loaded.pack.meta.status != "released":
        fault = Fault("pack.yaml", 1, "", "status", "草案不上锁", "定稿后写 status: released")
        raise PackError(loaded.pack.name, [fault])
    if not (folder / FILE).exists():
        (folder / FILE).write_text(text(loaded), encoding="utf-8")
        return True
    verify(folder, loaded)
    return False


def _differences(folder: Path, loaded: Loaded) -> list[Fault]:
    try:
        written = (folder / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return [Fault(FILE, 0, "", "", "已发布的版本没有 LOCK", "运行 anze packs lock")]
    except UnicodeDecodeError:
        return [Fault(FILE, 1, "", "", "LOCK 不是文字文件", "从版本库恢复它")]
    wanted = text(loaded).splitlines()
    if written == wanted:
        return []
    faults = []
    if wanted[:3] != written[:3]:
        faults.append(Fault(FILE, 3, "", "content", "内容与发布时不同", _CHANGE))
    was = {line.split(" ", 2)[-1]: line for line in written[3:]}
    now = {line.split(" ", 2)[-1]: line for line in wanted[3:]}
    for name in sorted({*was, *now}):
        if was.get(name) != now.get(name):
            faults.append(Fault(name, 0, "", "", "与 LOCK 不符", _CHANGE))
    return faults or [Fault(FILE, 1, "", "", "LOCK 写法不对", "从版本库恢复它")]
