"""``/circulars/``, ``/deliveries/``, ``/jobs/``: what was sent, what arrived, what runs."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from anze.interfaces.portal.listings import post as lists
from anze.kernel.bus.errors import NotFound
from anze.kernel.people.access import Request, action
from anze.kernel.web.listing import listing_response
from anze.kernel.work import jobs, outcomes, selectors
from anze.kernel.work.models import DUE, OPEN, DeliveryState, Job

SLOWEST = 30  # seconds between two looks at a job that takes long


@action("notices.send")
@require_GET
def circular_list(request: Request) -> HttpResponse:
    """List the circulars to bodies the actor may write to."""
    context = {"crumbs": [("首页", "/"), ("通知单", "")]}
    return listing_response(request, lists.CircularList(), "portal/circulars.html", context)


@action("notices.deliveries")
@require_GET
def delivery_list(request: Request) -> HttpResponse:
    """List what became of messages; above it how many did not arrive, by reason."""
    context = {
        "crumbs": [("首页", "/"), ("送达情况", "")],
        "reasons": outcomes.reasons(request.ctx),
        "channels": lists.CHANNELS,
    }
    return listing_response(request, lists.DeliveryList(), "portal/deliveries.html", context)


@action("notices.deliveries")
@require_GET
def delivery(request: Request, delivery_id: UUID) -> HttpResponse:
    """Show one message with what to do about it."""
    row = outcomes.get(request.ctx, delivery_id)
    context = {
        "crumbs": [("首页", "/"), ("送达情况", reverse("portal:deliveries")), ("一条", "")],
        "row": row,
        "channel": lists.CHANNELS.get(row.channel, row.channel),
        "again": row.state in (DeliveryState.PERMANENT, DeliveryState.RETRY),
        "due": row.state in DUE,
    }
    return render(request, "portal/delivery.html", context)


@action("notices.deliveries")
@require_POST
def retry_delivery(request: Request, delivery_id: UUID) -> HttpResponse:
    """Try one again, now."""
    outcomes.retry(request.ctx, delivery_id)
    messages.success(request, "已重新排上，马上再发。")
    return redirect("portal:deliveries")


@action("notices.deliveries")
@require_POST
def retry_deliveries(request: Request) -> HttpResponse:
    """Try again all of one channel and reason."""
    count = outcomes.retry_all(
        request.ctx, request.POST.get("channel", ""), request.POST.get("code", "")
    )
    messages.success(request, f"已把 {count} 条重新排上。")
    return redirect("portal:deliveries")


@action("work.jobs")
@require_GET
def job_list(request: Request) -> HttpResponse:
    """List the jobs, and when each periodic task ran."""
    context = {
        "crumbs": [("首页", "/"), ("后台任务", "")],
        "periodic": selectors.periodic(request.ctx),
    }
    return listing_response(request, lists.JobList(), "portal/jobs.html", context)


@action("work.jobs")
@require_GET
def job(request: Request, job_id: UUID) -> HttpResponse:
    """Show one job; while it is open the page looks again, ever more seldom."""
    row = _job(request, job_id)
    looks = _looks(request.GET.get("looks", ""))
    context = {
        "crumbs": [("首页", "/"), ("后台任务", reverse("portal:jobs")), (row.name, "")],
        "job": row,
        "open": row.state in OPEN,
        "looks": looks + 1,
        "wait": min(2 + looks, SLOWEST),
    }
    part = request.headers.get("HX-Target") == "job"
    return render(request, "portal/job_state.html" if part else "portal/job.html", context)


def _looks(text: str) -> int:
    return min(int(text), 1000) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _job(request: Request, job_id: UUID) -> Job:
    row = selectors.jobs(request.ctx).filter(pk=job_id).first()
    if row is None:
        raise NotFound("没有这个任务")
    return row


@action("work.jobs")
@require_POST
def cancel_job(request: Request, job_id: UUID) -> HttpResponse:
    """Ask a job to stop."""
    if jobs.cancel(_job(request, job_id).pk):
        messages.success(request, "已取消；正在进行的会在下一步停下。")
    else:
        messages.info(request, "任务已经结束，不用取消。")
    return redirect("portal:job", job_id)


@action("work.jobs")
@require_POST
def retry_job(request: Request, job_id: UUID) -> HttpResponse:
    """Queue a job that failed or was cancelled again."""
    if jobs.retry(_job(request, job_id).pk):
        messages.success(request, "已重新排队。")
    else:
        messages.info(request, "这个任务不能重做：它没有失败，或同样的任务已在排队。")
    return redirect("portal:job", job_id)
