"""The log: a line of JSON for each event (words on a terminal), and nothing about persons.

A message keeps its own words, written by a programmer; what is filled into it passes only when it
is a number, an id, or looks like a code. An exception is told by its type and the lines of code it
came through: its words may quote a name, a phone or a row. A second net takes out what still looks
like a number of a person or like Chinese.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any
from uuid import UUID

import structlog

from anze.config.env import ROOT, current

_CODE = re.compile(r"[A-Za-z_][A-Za-z0-9_.:@+-]{0,100}(/[A-Za-z0-9_.:@+-]{1,60}){0,4}\Z")
_NUMBER = re.compile(r"(?<![0-9A-Fa-f-])\d{7,}[Xx]?(?![0-9A-Fa-f-])")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_EXTRA = {"route", "method", "status", "ms"}
_FRAMES = 12


class PrivateFormatter(structlog.stdlib.ProcessorFormatter):
    """Makes a record private before anything else sees its words."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        copy = logging.makeLogRecord(record.__dict__)
        copy.msg, copy.args = message_of(record), ()
        if record.exc_info and record.exc_info[1] is not None:
            copy.fault = fault_of(record.exc_info[1])
        copy.exc_info = copy.exc_text = copy.stack_info = None
        return super().format(copy)


def message_of(record: logging.LogRecord) -> str:
    """Return the words of a record with only harmless things filled in."""
    own = record.name.startswith("anze")
    args = record.args
    try:
        if isinstance(args, Mapping):
            text = str(record.msg) % {key: plain(one, own) for key, one in args.items()}
        elif args:
            text = str(record.msg) % tuple(plain(one, own) for one in args)
        else:
            # Words made elsewhere may be anything; ours are constants.
            text = str(record.msg) if own and isinstance(record.msg, str) else record.name
    except (TypeError, ValueError):
        text = f"{record.name}: a message that cannot be filled in"
    return _HAN.sub("…", _NUMBER.sub("…", text))


def plain(value: object, own: bool = True) -> object:
    """Return what of a value may be logged: numbers, ids, codes of ours; else its type."""
    if value is None or isinstance(value, bool | int | float | UUID):
        return value
    if isinstance(value, str) and own and _CODE.match(value):
        return value
    if isinstance(value, BaseException):
        return _name(value)
    return f"<{type(value).__name__}>"


def fault_of(error: BaseException) -> list[str]:
    """Return an exception and its causes: type, SQL state or errno, and where it came through."""
    told: list[str] = []
    for _ in range(4):
        told += [_name(error), *_frames(error.__traceback__)]
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is None:
            break
        error = cause
    return told


def _name(error: BaseException) -> str:
    codes = (
        getattr(error, "sqlite_errorname", None), getattr(error, "sqlstate", None),
        getattr(error, "errno", None), getattr(getattr(error, "diag", None), "constraint_name", 0),
    )  # fmt: skip
    known = " ".join(str(one) for one in codes if one)
    return f"{type(error).__module__}.{type(error).__qualname__}{f' ({known})' if known else ''}"


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"  {one.filename.removeprefix(f'{ROOT}/')}:{one.lineno} {one.name}" for one in frames]


def _who(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Add the number of the request and the id of who made it."""
    if (ctx := getattr(current.get(), "ctx", None)) is not None:
        event["request"] = str(ctx.request_id)
        if ctx.actor_id:
            event["actor"] = str(ctx.actor_id)
    return event


def logging_of(*, json: bool) -> dict[str, Any]:
    """Return Django's ``LOGGING``: everything to standard error, made private."""
    structure = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=_EXTRA | {"fault"}),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _who,
    ]
    show: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not json:
        show = structlog.processors.KeyValueRenderer(key_order=["time", "level", "event"])
    private = {
        "()": PrivateFormatter,
        "foreign_pre_chain": structure,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, show],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"private": private},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "private"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "anze": {"level": "INFO"},
            "axes": {"level": "ERROR"},
            # Its own handlers would bypass ours; what it says of 4xx is an address somebody typed.
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
        },
    }
