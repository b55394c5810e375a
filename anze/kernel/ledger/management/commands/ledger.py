"""``anze ledger …``: verify, prove, export, check, reconcile, checkpoint, witness, status."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Problem
from anze.kernel.ledger import (
    checkpoints,
    guards,
    kinds,
    proofs,
    reconcile,
    selectors,
    services,
    spool,
    verify,
    witnessing,
)
from anze.kernel.ledger.models import Waiting
from anze.lib import notes


class Command(BaseCommand):
    """The ledger from the console. Exit status 0 means that what was asked holds."""

    help = "存证：核验、证明、导出、对账、检查点"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the subcommands."""
        commands = parser.add_subparsers(dest="what", required=True)
        add = commands.add_parser
        check = add("verify", help="从存储的行重算全部历史")
        check.add_argument(
            "--without-keys", action="store_true", help="不开封私密内容（在别处核验）"
        )
        self._anchor(check)
        prove = add("prove", help="一条存证的包含证明")
        prove.add_argument("n", type=int, nargs="?")
        prove.add_argument("--disclose", action="store_true", help="连同内容（不含私密部分）")
        prove.add_argument("--check", type=Path, metavar="FILE", help="核对证明文件（不用数据库）")
        self._trust(prove)
        export = add("export", help="导出到最近检查点的历史（不含私密部分）")
        export.add_argument("--out", type=Path, help="文件；缺省为标准输出")
        export.add_argument("--restricted", action="store_true", help="连同限阅类存证的事实")
        export.add_argument("--check", type=Path, metavar="FILE", help="核对导出文件（不用数据库）")
        self._trust(export)
        add("reconcile", help="各业务表与存证对账").add_argument("--only", default="")
        add("checkpoint", help="签署检查点并送见证方联署")
        add("sweep", help="补录暂存、补编号")
        add("status", help="规模、待编号、检查点、见证、防改触发器")
        lock = add("kinds", help="列出各类存证的字段；--check 对照旧清单只许增加")
        lock.add_argument("--check", type=Path, metavar="FILE")

    @staticmethod
    def _anchor(parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchor", type=Path, action="append", default=[], metavar="FILE",
            help="外部保存的检查点（如见证方保存的），历史必须与之相符",
        )  # fmt: skip

    @staticmethod
    def _trust(parser: ArgumentParser) -> None:
        parser.add_argument("--key", default="", help="存证公钥（应从别处取得）")
        parser.add_argument("--witness-key", action="append", default=[], help="见证方公钥")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run one subcommand; refusals become an error message and status 1."""
        try:
            getattr(self, f"_{options['what']}")(options)
        except Problem as problem:
            parts = [problem.message, problem.where, problem.remedy]
            raise CommandError("；".join(part for part in parts if part)) from None
        except (proofs.CheckFailed, checkpoints.HistoryBrokenError, notes.NoteError) as error:
            raise CommandError(str(error)) from None

    def _verify(self, options: dict[str, Any]) -> None:
        anchors = [_read_anchor(path) for path in options["anchor"]]
        report = verify.verify(anchors, with_keys=not options["without_keys"])
        for notice in report.notices:
            self.stdout.write(f"注意：{notice}")
        for finding in report.findings:
            self.stdout.write(f"不符：{finding}")
        if not report.true:
            raise CommandError(f"共 {len(report.findings)} 处不符；存证 {report.size} 条")
        self.stdout.write(f"属实：{report.size} 条存证与其树、检查点一致")

    def _prove(self, options: dict[str, Any]) -> None:
        if path := options["check"]:
            proof = _read_json(path)
            self._say(proofs.check_proof(proof, options["key"], options["witness_key"]), options)
        elif options["n"] is None:
            raise CommandError("请给出编号，或以 --check 给出证明文件")
        else:
            proof = proofs.prove(options["n"], disclose=options["disclose"])
            self.stdout.write(json.dumps(proof, ensure_ascii=False, indent=1))

    def _export(self, options: dict[str, Any]) -> None:
        if path := options["check"]:
            with path.open(encoding="utf-8") as file:
                checked = proofs.check_export(file, options["key"], options["witness_key"])
            self._say(checked, options)
        elif path := options["out"]:
            with path.open("w", encoding="utf-8") as file:
                file.writelines(
                    f"{line}\n" for line in proofs.export(restricted=options["restricted"])
                )
        else:
            for line in proofs.export(restricted=options["restricted"]):
                self.stdout.write(line)

    def _say(self, checked: proofs.Checked, options: dict[str, Any]) -> None:
        self.stdout.write(f"成立：检查点 {checked.size} 条，根 {checked.root}")
        if not options["key"]:
            self.stdout.write(
                "注意：公钥取自文件本身，只说明文件自洽；请以 --key 给出别处取得的公钥"
            )
        if checked.cosigners:
            self.stdout.write(f"联署：{'、'.join(checked.cosigners)}")
        else:
            self.stdout.write(selectors.UNPROTECTED)

    def _reconcile(self, options: dict[str, Any]) -> None:
        only = options["only"]
        if only and only not in reconcile.names():
            raise CommandError(f"没有名为 {only} 的对账；有：{'、'.join(reconcile.names())}")
        count = 0
        for name, drift in reconcile.run(Ctx.system(via="console"), only):
            count += 1
            self.stdout.write(f"{name}：{drift.where}：{drift.what} {drift.entry}".rstrip())
        if count:
            raise CommandError(f"共 {count} 处与存证不符")
        self.stdout.write(f"相符：{'、'.join(reconcile.names()) or '没有登记对账'}")

    def _checkpoint(self, _options: dict[str, Any]) -> None:
        services.sweep()
        checkpoint = checkpoints.make()
        if checkpoint is None:
            raise CommandError("还没有存证")
        failures = witnessing.submit_to_all(checkpoint)
        self.stdout.write(proofs.full_note(checkpoint), ending="")
        if failures:
            raise CommandError("；".join(failures))

    def _sweep(self, _options: dict[str, Any]) -> None:
        self.stdout.write(f"编号 {services.sweep()} 条")

    def _status(self, _options: dict[str, Any]) -> None:
        latest = checkpoints.latest()
        self.stdout.write(f"存证 {selectors.size()} 条；待编号 {Waiting.objects.count()} 条；"
                          f"暂存 {spool.waiting()} 条")  # fmt: skip
        self.stdout.write(f"检查点 {latest.size if latest else 0}；公钥 {checkpoints.signer().key}")
        self.stdout.write(selectors.protection().text)
        gone = guards.missing()
        self.stdout.write(f"防改触发器{'缺失：' + '、'.join(gone) if gone else '齐全'}")

    def _kinds(self, options: dict[str, Any]) -> None:
        lines = kinds.lock_lines()
        if options["check"] is None:
            self.stdout.write("\n".join(lines))
            return
        if faults := kinds.additions_only(options["check"].read_text().splitlines(), lines):
            raise CommandError("\n".join(faults))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}：{error}") from None
    if not isinstance(value, dict):
        raise CommandError(f"{path}：不是 JSON 对象")
    return value


def _read_anchor(path: Path) -> verify.Anchor:
    """Read a checkpoint kept outside: a signed note, or a witness's state file."""
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("{"):
        text = str(json.loads(text)["note"])
    stated, _ = notes.open_checkpoint(text.encode(), checkpoints.signer().key)
    return verify.Anchor(stated.size, stated.root, f"外部检查点（{path.name}）")
