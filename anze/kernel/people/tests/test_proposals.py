"""Power changes hands by two people: proposed by one, confirmed by another, never by the same."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Problem, Refused
from anze.kernel.ledger.models import Entry
from anze.kernel.people import reconcile, services
from anze.kernel.people.access import ctx_for
from anze.kernel.people.models import Grant, Proposal
from tests.cast import build

TODAY, DAY = clock.today(), timedelta(days=1)


def last(kind):
    return Entry.objects.filter(kind=kind).order_by("pk").last()


def proposed(cast, role="inspector", person="nobody", **more):
    return services.propose_grant(
        cast.ctx("secadmin"), cast.people[person].pk, role=role, unit_id=cast.district.pk, **more
    )


def test_a_grant_takes_effect_when_a_leader_confirms_and_the_entry_names_both(cast):
    proposal = proposed(cast)
    assert not cast.ctx("nobody").access.holds("people.view")
    services.confirm(cast.ctx("leader"), proposal.pk)
    assert cast.ctx("nobody").access.holds("people.view")
    entry = last("people.role_granted")
    assert entry.data["proposed_by"] == str(cast.secadmin.pk)
    assert entry.data["confirmed_by"] == str(cast.leader.pk)
    assert last("people.change_decided").data["outcome"] == "confirmed"
    assert list(reconcile.drift(Ctx.system())) == []


def test_a_withdrawal_takes_two_as_well(cast):
    grant = cast.inspector.grants.get()
    with pytest.raises(Denied):
        services.revoke_role(cast.ctx("secadmin"), grant.pk)
    proposal = services.propose_revoke(cast.ctx("secadmin"), grant.pk)
    services.confirm(cast.ctx("leader"), proposal.pk)
    assert not cast.ctx("inspector").access.holds("people.view")
    assert last("people.role_revoked").data["proposed_by"] == str(cast.secadmin.pk)


@pytest.mark.parametrize(
    ("actor", "error"),
    [
        ("secadmin", Denied),  # who proposed it
        ("auditor", Denied),
        ("sysadmin", Denied),
        ("desk", Denied),
        ("principal", NotFound),
        ("nobody", NotFound),  # whom it is about
    ],
)
def test_who_is_no_second_person_cannot_confirm(cast, actor, error):
    proposal = proposed(cast)
    with pytest.raises(error):
        services.confirm(cast.ctx(actor), proposal.pk)
    proposal.refresh_from_db()
    assert proposal.state == "open"
    assert not Grant.objects.filter(user=cast.nobody).exists()


def test_the_leader_does_not_confirm_what_is_about_himself(cast):
    grant = services.grant_role(
        Ctx.system(), cast.leader.pk, role="inspector", unit_id=cast.section.pk
    )
    proposal = services.propose_revoke(cast.ctx("secadmin"), grant.pk)
    with pytest.raises(Denied):
        services.confirm(cast.ctx("leader"), proposal.pk)


def test_a_second_security_administrator_may_confirm(cast):
    second = services.create_account(
        Ctx.system(), username="second", name="丁管", unit_id=cast.district.pk
    )
    services.grant_role(Ctx.system(), second.pk, role="secadmin", unit_id=cast.district.pk)
    services.confirm(ctx_for(second), proposed(cast).pk)
    assert cast.ctx("nobody").access.holds("people.view")


def test_only_the_security_administrator_proposes_and_not_for_himself(cast):
    for actor in ("sysadmin", "auditor", "desk", "leader", "principal"):
        with pytest.raises((Denied, NotFound)):
            services.propose_grant(
                cast.ctx(actor), cast.nobody.pk, role="desk", unit_id=cast.section.pk
            )
    with pytest.raises(Denied):
        proposed(cast, person="secadmin")


def test_what_would_be_refused_later_is_refused_when_proposed(cast):
    for role in ("auditor", "desk"):
        with pytest.raises(Refused):
            proposed(cast, role=role, person="sysadmin")
    with pytest.raises(Refused):
        proposed(cast, role="emperor")
    assert not Proposal.objects.exists()
    assert not Entry.objects.filter(kind="people.change_proposed").exists()


def test_a_proposal_dies_after_seven_days(cast):
    proposal = proposed(cast)
    with clock.travel(clock.now() + timedelta(days=7)), pytest.raises(Conflict):
        services.confirm(cast.ctx("leader"), proposal.pk)
    assert not Grant.objects.filter(user=cast.nobody).exists()


def test_a_declined_or_withdrawn_proposal_changes_nothing(cast):
    declined = services.decline(cast.ctx("leader"), proposed(cast).pk)
    assert declined.state == "declined"
    mine = proposed(cast)
    assert mine.pk != declined.pk
    with pytest.raises(Denied):
        services.withdraw(cast.ctx("leader"), mine.pk)
    services.withdraw(cast.ctx("secadmin"), mine.pk)
    for gone in (declined, mine):
        with pytest.raises(Conflict):
            services.confirm(cast.ctx("leader"), gone.pk)
    assert not Grant.objects.filter(user=cast.nobody).exists()


def test_the_same_proposed_twice_is_one(cast):
    assert proposed(cast) == proposed(cast)
    assert Entry.objects.filter(kind="people.change_proposed").count() == 1


def test_who_lost_the_right_to_propose_left_nothing_behind(cast):
    proposal = proposed(cast)
    services.revoke_role(Ctx.system(), cast.secadmin.grants.get().pk)
    with pytest.raises(Refused):
        services.confirm(cast.ctx("leader"), proposal.pk)
    proposal.refresh_from_db()
    assert proposal.state == "open"


def test_a_post_of_the_bureau_is_given_and_ended_by_two(cast):
    ctx, said = cast.ctx("secadmin"), {"unit_id": cast.section.pk, "post": "desk_officer"}
    with pytest.raises(services.NeedsTwo):
        services.give_post(ctx, cast.nobody.pk, **said)
    services.confirm(cast.ctx("leader"), services.propose_post(ctx, cast.nobody.pk, **said).pk)
    holding = cast.nobody.holdings.get()
    with pytest.raises(services.NeedsTwo):
        services.end_post(ctx, holding.pk, until=TODAY + DAY)
    services.confirm(
        cast.ctx("leader"), services.propose_end(ctx, holding.pk, until=TODAY + DAY).pk
    )
    holding.refresh_from_db()
    assert holding.valid_to == TODAY + DAY
    assert list(reconcile.drift(Ctx.system())) == []


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins():
    cast = build()
    proposal = proposed(cast)
    start, outcomes = Barrier(2), []

    def decide(service):
        try:
            ctx = ctx_for(cast.leader)
            start.wait(10)
            outcomes.append(service(ctx, proposal.pk).state)
        except Problem as problem:
            outcomes.append(problem.status)
        finally:
            connection.close()

    threads = [Thread(target=decide, args=(one,)) for one in (services.confirm, services.decline)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    proposal.refresh_from_db()
    assert sorted(map(str, outcomes)) == sorted(["409", proposal.state])
    granted = Grant.objects.filter(user=cast.nobody).count()
    assert granted == (1 if proposal.state == "confirmed" else 0)
    assert Entry.objects.filter(kind="people.change_decided").count() == 1
