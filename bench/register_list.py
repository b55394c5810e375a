"""What the list of a register of a million things costs, against one of ten thousand.

Usage: python bench/register_list.py [rows]          (default 1000000)

Each size lives in a home of its own, in a process of its own: 500 campuses of one district, rows
inserted raw. Asked are the pages people open: the desk's list of everything, its overdue ones, a
later page, by number, and a safety officer's own. Counts of statements must be equal; time is the
median of CPU seconds of the process.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SMALL, CAMPUSES, TIMES, GOAL = 10_000, 500, 7, 2.0
PAGES = {
    "desk: all": ("desk", ""),
    "desk: page 40": ("desk", "?page=40"),
    "desk: by number": ("desk", "?sort=code"),
    "desk: overdue": ("desk", "?ends=over"),
    "desk: one town": ("desk", "?town={town}"),
    "officer: own": ("officer", ""),
}


def measure(rows: int) -> None:
    """Make a home with so many rows and print what each page costs as JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anze.config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    who = _district()
    _fill(rows)
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from anze.kernel.people.signin import BACKEND

    logging.disable(logging.CRITICAL)
    found = {}
    for name, (person, query) in PAGES.items():
        client = Client(SERVER_NAME="localhost")
        client.force_login(who[person], backend=BACKEND)
        address = "/registers/fire_equipment/" + query.format(town=who["town"].pk)
        assert client.get(address).status_code == 200, address
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        asked = len(queries)  # the next request forgets them
        spent = []
        for _ in range(TIMES):
            began = time.process_time()
            client.get(address)
            spent.append(time.process_time() - began)
        found[name] = {"queries": asked, "ms": statistics.median(spent) * 1000}
    print(json.dumps(found))


def _district() -> dict:  # type: ignore[type-arg]
    from anze.kernel.bus.ctx import Ctx
    from anze.kernel.people import services as people
    from anze.kernel.units import services as units

    ctx, old = Ctx.system(), date(2010, 9, 1)
    people.sync_post_types(ctx)
    top = units.register_unit(ctx, level="authority", name="市局", opened=old)
    district = units.register_unit(ctx, level="district", name="区局", parent_id=top.pk, opened=old)
    section = units.register_unit(
        ctx, level="section", name="安全科", parent_id=district.pk, opened=old
    )
    towns = [
        units.register_unit(ctx, level="town", name=f"镇{n}", parent_id=district.pk, opened=old)
        for n in range(10)
    ]
    schools = []
    for n in range(CAMPUSES):
        school = units.register_unit(
            ctx, level="unit", name=f"学校{n}", kind="primary", parent_id=towns[n % 10].pk,
            opened=old,
        )  # fmt: skip
        units.register_unit(
            ctx, level="campus", name=f"学校{n}", kind="primary", parent_id=school.pk, opened=old
        )
        schools.append(school)

    def person(username: str, post: str, unit: object) -> object:
        user = people.create_account(ctx, username=username, name=username, unit_id=unit.pk)
        people.give_post(ctx, user.pk, unit_id=unit.pk, post=post, since=old)
        return user

    return {
        "desk": person("desk", "desk_officer", section),
        "officer": person("officer", "safety_officer", schools[0]),
        "town": towns[0],
    }


def _fill(rows: int) -> None:
    """Make the small register by the ORM, and the rest of a large one by copying it in SQL."""
    from django.db import connection

    from anze.domains.facilities.models import FireEquipment
    from anze.kernel.bus import clock
    from anze.kernel.units.models import Unit
    from anze.lib.ids import uuid7

    campuses = list(Unit.objects.filter(level="campus"))
    today, now, entry = clock.today(), clock.now(), uuid7()
    FireEquipment.objects.bulk_create(
        [
            FireEquipment(
                id=uuid7(), unit=campuses[n % CAMPUSES], code=f"XF-{n // CAMPUSES:06d}",
                token="F" + secrets.token_hex(6)[:11].upper(), kind="dry_powder",
                position="一楼", due_on=today + timedelta(days=n * 7919 % 3000 - 60),
                changed=now, entry_uid=entry,
            )
            for n in range(SMALL)
        ],
        batch_size=500,
    )  # fmt: skip
    made = {
        "id": "lower(hex(randomblob(16)))",
        "code": "code || '-' || %s",
        "token": "'F' || substr(hex(randomblob(6)), 1, 11)",
    }
    names = [field.column for field in FireEquipment._meta.local_fields]
    chosen = ", ".join(made.get(name, name) for name in names)
    table = FireEquipment._meta.db_table
    with connection.cursor() as cursor:
        # A home that is thrown away need not survive a power cut.
        cursor.execute("PRAGMA synchronous = OFF")
        cursor.execute("PRAGMA cache_size = -400000")
        for copy in range(1, rows // SMALL):
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen} FROM {table} "
                "WHERE length(code) = 9",
                [copy],
            )
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0] == rows


def child(rows: int) -> dict[str, dict[str, float]]:
    """Measure one size in a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("ANZE_")}
        done = subprocess.run(
            [sys.executable, __file__, "--measure", str(rows)],
            env={**kept, "ANZE_HOME": home, "ANZE_MANIFEST": "false"},
            stdout=subprocess.PIPE, check=True, cwd=ROOT,
        )  # fmt: skip
        return dict(json.loads(done.stdout.decode().strip().splitlines()[-1]))


def main() -> None:
    """Compare the two sizes; the ratio is that of the worst page."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    small, large = child(SMALL), child(rows)
    worst, same = 0.0, True
    print(f"{'page':<20}{'queries':>10}{SMALL:>12,} ms{rows:>14,} ms{'ratio':>8}")
    for name, before in small.items():
        after = large[name]
        ratio = after["ms"] / before["ms"]
        worst, same = max(worst, ratio), same and before["queries"] == after["queries"]
        print(
            f"{name:<20}{before['queries']:>4} {after['queries']:>5}"
            f"{before['ms']:>15.1f}{after['ms']:>17.1f}{ratio:>8.2f}"
        )
    print(f"ratio: {worst:.2f}")
    if not same or worst > GOAL:
        sys.exit(1)


if __name__ == "__main__":
    measure(int(sys.argv[2])) if sys.argv[1:2] == ["--measure"] else main()
