"""From the files of a pack to one frozen object and one hash, or to a PackError naming every fault.

Pure: no database. A pack is refused whole on any fault. Its hash is the SHA-256 of the CJ-1 form of
what was parsed, so comments and the split into files do not matter, and what is kept is enough to
read the pack again (:func:`from_content`).
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from anze.kernel.packs import checks, yamltree
from anze.kernel.packs.faults import Fault, PackError
from anze.kernel.packs.known import KnownKinds
from anze.kernel.packs.schema import (
    Calendar,
    Catalogue,
    Clauses,
    Form,
    Meta,
    Pack,
    Requirement,
    Roles,
    Sheet,
    Source,
)
from anze.kernel.packs.speech import say
from anze.lib import canon

SINGLE = ("pack.yaml", "sources.yaml", "clauses.yaml", "roles.yaml", "calendar.yaml")
FOLDERS = ("requirements", "forms", "checklists", "sheets")
_OTHER = ("LOCK", "README.md")
_PARTS: dict[str, TypeAdapter[Any]] = {
    "pack.yaml": TypeAdapter(Meta),
    "sources.yaml": TypeAdapter(dict[str, Source]),
    "clauses.yaml": TypeAdapter(Clauses),
    "roles.yaml": TypeAdapter(Roles),
    "calendar.yaml": TypeAdapter(Calendar),
    "requirements": TypeAdapter(tuple[Requirement, ...]),
    "forms": TypeAdapter(tuple[Form, ...]),
    "checklists": TypeAdapter(Catalogue),
    "sheets": TypeAdapter(tuple[Sheet, ...]),
}


@dataclass(frozen=True)
class Loaded:
    """A pack that passed every check.

    ``hash``: hex SHA-256 of ``content``, its CJ-1 bytes; ``files``: hex SHA-256 of each file.
    """

    pack: Pack
    hash: str
    content: bytes
    files: Mapping[str, str]
    warnings: tuple[Fault, ...]


@dataclass(frozen=True)
class Draft:
    """Parsed values and where each stands, while a pack is being checked."""

    name: str
    trees: Mapping[str, yamltree.Tree]
    pack: Pack

    def fault(self, file: str, path: yamltree.Path, message: str, remedy: str = "") -> Fault:
        """Make a fault about one place of one file."""
        return _fault(file, self.trees[file], path, message, remedy)


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a pack folder by their relative name. Raises PackError."""
    if not folder.is_dir():
        raise PackError(folder.name, [Fault(str(folder), 0, "", "", "没有这个文件夹")])
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            with path.open("rb") as file:
                name = path.relative_to(folder).as_posix()
                found[name] = file.read(yamltree.MAX_BYTES + 1)
    return found


def load(
    folder: Path,
    *,
    kinds: KnownKinds,
    earlier: Sequence[Pack] = (),
    trail: tuple[Path, ...] = (),
) -> Loaded:
    """Load the pack in ``packs/<issuer>/<version>`` and, beside it, those it depends on.

    ``kinds``: the core entry kinds. ``earlier``: other versions already in use; released ones of a
    lower number that lie beside the folder are added. Raises PackError with every fault found.
    """
    folder = folder.resolve()
    if folder in trail:
        raise PackError(folder.name, [Fault("pack.yaml", 1, "", "depends", "依赖绕成了圈")])

    def dependency(name: str) -> Pack:
        return load(folder.parents[1] / name, kinds=kinds, trail=(*trail, folder)).pack

    loaded = parse(
        read_files(folder),
        kinds=kinds,
        dependency=dependency,
        earlier=[*earlier, *_lower(folder, kinds, trail)],
    )
    place = "/".join(folder.parts[-2:])
    if loaded.pack.name != place:
        message = f"写的是 {loaded.pack.name}，却放在文件夹 {place} 里"
        fault = Fault("pack.yaml", 1, "", "issuer", message, "改文件夹名，或改 issuer、version")
        raise PackError(place, [fault])
    return loaded


def _lower(folder: Path, kinds: KnownKinds, trail: tuple[Path, ...]) -> list[Pack]:
    """Return the released packs of a lower version beside a folder; broken ones are skipped."""
    found = []
    for other in sorted(folder.parent.iterdir()) if folder.parent.is_dir() else ():
        if (
            other == folder
            or not (other / "LOCK").is_file()
            or order(other.name) >= order(folder.name)
        ):
            continue
        with contextlib.suppress(PackError):
            found.append(load(other, kinds=kinds, trail=(*trail, folder)).pack)
    return found


def order(version: str) -> tuple[int, ...]:
    """Return what versions are sorted by: "2020.2" comes before "2020.10"."""
    return tuple(int(number) if number.isdecimal() else 0 for number in version.split("."))


def parse(
    files: Mapping[str, bytes],
    *,
    kinds: KnownKinds,
    dependency: Callable[[str], Pack] | None = None,
    earlier: Sequence[Pack] = (),
) -> Loaded:
    """Parse and check a pack given as file contents. Raises PackError, and nothing else.

    ``dependency`` finds a pack by name ("national/2026.1"); it may raise PackError. ``earlier``:
    other versions of the same issuer, whose kinds of entry this one may only add to.
    """
    trees, faults = _trees(files)
    parts = {name: _validated(name, tree, faults) for name, tree in trees.items()}
    meta = parts.get("pack.yaml")
    name = meta.name if isinstance(meta, Meta) else "（未命名）"
    if faults:
        raise PackError(name, faults)
    pack = _assemble(parts)
    draft = Draft(name, trees, pack)
    depends = _depends(draft, dependency, faults)
    report = checks.check(draft, depends, kinds, earlier) if not faults else checks.Report()
    faults += report.faults
    content = _content(name, trees, faults)
    if faults:
        raise PackError(name, faults)
    return Loaded(
        pack=pack,
        hash=hashlib.sha256(content).hexdigest(),
        content=content,
        files={file: hashlib.sha256(files[file]).hexdigest() for file in sorted(trees)},
        warnings=tuple(sorted(report.warnings)),
    )


def from_content(content: bytes) -> Pack:
    """Rebuild a pack from the canonical bytes kept of it (already checked when it was loaded)."""
    value = canon.loads(content)
    sources = {one["id"]: {k: v for k, v in one.items() if k != "id"} for one in value["sources"]}
    return Pack.model_validate({**value, "sources": sources})


def _trees(files: Mapping[str, bytes]) -> tuple[dict[str, yamltree.Tree], list[Fault]]:
    trees: dict[str, yamltree.Tree] = {}
    faults: list[Fault] = []
    for name in sorted(files):
        if name in _OTHER:
            continue
        if _part(name) is None:
            remedy = f"只认 {'、'.join(SINGLE)} 和 {'、'.join(FOLDERS)} 下的 *.yaml"
            faults.append(Fault(name, 0, "", "", "制度包里不该有这个文件", remedy))
            continue
        try:
            trees[name] = yamltree.read(files[name])
        except yamltree.YamlFault as error:
            faults.append(Fault(name, error.line, "", "", error.message, error.remedy))
    for name in ("pack.yaml", "sources.yaml"):
        if name not in files:
            faults.append(Fault(name, 0, "", "", "缺少这个文件", "每个制度包都要有它"))
    return trees, faults


def _part(name: str) -> str | None:
    """Return which part of a pack a file is, or None."""
    if name in SINGLE:
        return name
    folder, _, rest = name.partition("/")
    good = folder in FOLDERS and rest.endswith(".yaml") and "/" not in rest
    return folder if good else None


def _validated(name: str, tree: yamltree.Tree, faults: list[Fault]) -> Any:
    try:
        return _PARTS[_part(name) or ""].validate_python(tree.value)
    except ValidationError as error:
        seen = set()
        for detail in error.errors(include_url=False):
            path = _real_path(tree.value, detail["loc"], detail["type"] == "missing")
            message, remedy = say(detail, _known_keys())
            if (path, message) not in seen:
                seen.add((path, message))
                faults.append(_fault(name, tree, path, message, remedy))
        return None


def _real_path(value: Any, loc: tuple[int | str, ...], keep_last: bool) -> yamltree.Path:
    """Drop from a location what pydantic added: union tags, and markers of a mapping's key.

    A key that is missing, or unknown, is kept: it is the last step.
    """
    path: list[int | str] = []
    for place, step in enumerate(loc):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            if keep_last and place == len(loc) - 1:
                path.append(step)
            continue
        path.append(step)
    return tuple(path)


def _known_keys() -> tuple[str, ...]:
    global _KEYS
    if not _KEYS:
        keys: set[str] = set()
        todo: list[type[BaseModel]] = list(BaseModel.__subclasses__())
        while todo:
            model = todo.pop()
            todo.extend(model.__subclasses__())
            if model.__module__.startswith("anze.kernel.packs.schema"):
                keys.update(info.alias or key for key, info in model.model_fields.items())
        _KEYS = tuple(sorted(keys))
    return _KEYS


_KEYS: tuple[str, ...] = ()


def _fault(
    file: str, tree: yamltree.Tree, path: yamltree.Path, message: str, remedy: str = ""
) -> Fault:
    entry, rest = _entry(tree.value, path)
    field = ".".join(str(part) for part in rest)
    return Fault(file, tree.line(path), entry, field, message, remedy)


def _entry(value: Any, path: yamltree.Path) -> tuple[str, yamltree.Path]:
    """Return the name of the outermost entry on the path that has one, and the path inside it."""
    for depth in range(len(path) + 1):
        if isinstance(value, dict):
            for key in ("ref", "code", "no", "day"):
                if isinstance(value.get(key), str | int):
                    return str(value[key]), path[depth:]
        try:
            value = value[path[depth]]
        except (KeyError, IndexError, TypeError):
            break
    return "", path


def _assemble(parts: Mapping[str, Any]) -> Pack:
    """Put the parts together; lists stand in the order of their refs, as in the content."""
    return Pack(
        meta=parts["pack.yaml"],
        sources=dict(sorted(parts["sources.yaml"].items())),
        clauses=parts.get("clauses.yaml") or Clauses(heads=(), clauses=()),
        requirements=_of(parts, "requirements"),
        forms=_of(parts, "forms"),
        roles=parts.get("roles.yaml") or Roles(),
        calendar=parts.get("calendar.yaml") or Calendar(),
        checklists=tuple(
            sorted(
                (parts[name] for name in parts if _part(name) == "checklists"),
                key=lambda one: str(one.ref),
            )
        ),
        sheets=_of(parts, "sheets"),
    )


def _of(parts: Mapping[str, Any], folder: str) -> tuple[Any, ...]:
    found = (one for name in sorted(parts) if _part(name) == folder for one in parts[name])
    return tuple(sorted(found, key=lambda one: str(one.ref)))


def _depends(
    draft: Draft, dependency: Callable[[str], Pack] | None, faults: list[Fault]
) -> dict[str, Pack]:
    """Return the packs depended on, by issuer."""
    found: dict[str, Pack] = {}
    for index, name in enumerate(draft.pack.meta.depends):
        issuer = name.partition("/")[0]
        path = ("depends", index)
        if issuer in found or issuer == draft.pack.issuer:
            faults.append(draft.fault("pack.yaml", path, f"对 {issuer} 依赖了两个版本"))
            continue
        try:
            if dependency is None:
                raise PackError(name, [])
            found[issuer] = dependency(name)
        except PackError as error:
            remedy = str(error.faults[0]) if error.faults else "先装载它，或改 depends"
            faults.append(draft.fault("pack.yaml", path, f"依赖的制度包 {name} 不可用", remedy))
    return found


def _content(name: str, trees: Mapping[str, yamltree.Tree], faults: list[Fault]) -> bytes:
    """Return the CJ-1 bytes of what was written; defaults are left out, so the schema may grow."""
    value: dict[str, Any] = {"requirements": [], "forms": [], "checklists": []}
    for file in sorted(trees):
        part, written = _part(file) or "", trees[file].value
        if part == "sources.yaml":
            value["sources"] = [{"id": key, **written[key]} for key in sorted(written)]
        elif part in ("requirements", "forms", "sheets"):
            value[part] = sorted([*value.get(part, []), *written], key=lambda one: str(one["ref"]))
        elif part == "checklists":
            value[part] = sorted([*value[part], written], key=lambda one: str(one["ref"]))
        else:
            value["meta" if part == "pack.yaml" else part.removesuffix(".yaml")] = written
    value.setdefault("clauses", {"heads": [], "clauses": []})
    value.setdefault("roles", {})
    value.setdefault("calendar", {})
    try:
        return canon.dumps(value)
    except canon.CanonError as error:
        faults.append(Fault("pack.yaml", 1, "", "", f"不能规范化：{error}", "去掉换行和不可见字符"))
        return b""
