"""Checking the people in a file: one phone is one person, in the file and in the house. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from uuid import UUID

from anze.kernel.exchange.checking import Checked
from anze.kernel.exchange.known import Known, KnownPerson
from anze.kernel.people.roles import BUILT_IN
from anze.lib.codes import mask_name

_TITLES = {post.code: post.title for post in BUILT_IN}
# Of these a body has one at a time: a new one takes over.
_SINGLE = frozenset({"principal"})

Pair = tuple[str, str]


def title(post: str) -> str:
    """Return what a post is called."""
    return _TITLES.get(post, post)


def check_file(
    rows: Sequence[Checked],
    posts: Mapping[str, Pair],
    whose: Callable[[Checked], str],
    holders: Callable[[Checked, str], Container[str]] = lambda _row, _post: (),
) -> None:
    """Complain of half-given people, of one phone with two names, of one person with two phones.

    A name alone asks for nothing where it is one of the post's ``holders``: so it goes out to whom
    phones are not shown.
    """
    by_phone: dict[str, tuple[Checked, Pair]] = {}
    by_name: dict[tuple[str, str], tuple[Checked, Pair]] = {}
    for row in rows:
        for post, pair in posts.items():
            _check_half(row, pair, holders(row, post))
            name, phone = row.value(pair[0]), row.value(pair[1])
            if not name or not phone:
                continue
            first, at = by_phone.setdefault(phone, (row, pair))
            if first.value(at[0]) != name:
                row.wrong(
                    "phone_two_names",
                    pair[1],
                    f"{first.cell(at[1])} 的{mask_name(first.value(at[0]))}用的也是这个手机号",
                    "请核对是谁的号码；一个手机号只能登记一个人。",
                )
            first, at = by_name.setdefault((whose(row), name), (row, pair))
            if first.value(at[1]) != phone:
                row.wrong(
                    "person_two_phones",
                    pair[1],
                    f"同一单位的{mask_name(name)}在 {first.cell(at[1])} 写的是另一个手机号",
                    "请核对后统一；若是同名的两个人，请在姓名后加以区分。",
                )


def _check_half(row: Checked, pair: Pair, holders: Container[str]) -> None:
    name, phone = (row.template.column(key).title for key in pair)
    if not row.sound(*pair):
        return
    if row.value(pair[0]) and not row.value(pair[1]) and row.value(pair[0]) not in holders:
        row.wrong(
            "no_phone", pair[1], f"填了{name}，没有填{phone}", "请补填手机号，登录时用它收验证码。"
        )
    elif row.value(pair[1]) and not row.value(pair[0]):
        row.wrong("no_name", pair[0], f"填了{phone}，没有填{name}", "请补填姓名。")


def registered(row: Checked, pair: Pair, known: Known) -> KnownPerson | None:
    """Return the account behind a phone; faults if it is somebody else's or may not be used."""
    name, phone = row.value(pair[0]), row.value(pair[1])
    person = known.by_phone.get(phone)
    if person is None:
        return None
    if person.name != name:
        row.wrong(
            "phone_taken",
            pair[1],
            f"这个手机号已登记在{mask_name(person.name)}名下",
            "请核对号码；本人改了名的，请先在人员里更正姓名。",
        )
    elif not person.active:
        row.wrong(
            "account_closed", pair[1], "这个人的账号已停用", "请先在人员里重新启用，或换一个人。"
        )
    elif person.administrator:
        row.wrong(
            "administrator",
            pair[1],
            "系统、保密、审计三类管理员不能兼任单位岗位",
            "请换一个人，或为本人另设专门账号。",
        )
    return person


def plan(
    row: Checked, post: str, pair: Pair, at: str, body: UUID | None, known: Known, since: str = ""
) -> None:
    """Plan that a person holds a post in a body (None: one that does not exist yet)."""
    name, phone = row.value(pair[0]), row.value(pair[1])
    if not name or not phone:
        return
    person = registered(row, pair, known)
    held = known.holdings.get((body, post), {}) if body else {}
    if person and person.id in held:
        return
    if person and person.id == known.actor_id:
        row.wrong("oneself", pair[1], "不能给自己任命岗位", "请由另一位管理员导入这一行。")
    names = [known.people[user].name for user in held if user in known.people]
    row.change(_TITLES[post], "、".join(names), name)
    row.plan.setdefault("posts", []).append(
        {
            "post": post,
            "at": at,
            "name": name,
            "phone": phone,
            "username": row.value("username"),
            "since": since,
            "ends": [str(pk) for pk in held.values()] if post in _SINGLE else [],
        }
    )
