"""A house whose channels lead to local servers."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest

from anze.kernel.work import delivery
from anze.kernel.work.channels import tokens
from anze.kernel.work.tests import fakes
from tests.cast import cast, client_for  # noqa: F401 (fixtures)


class Told:
    """A secret that is simply given."""

    def __init__(self, text: str) -> None:
        self.text = text

    def reveal(self) -> str:
        return self.text


@pytest.fixture
def outward(settings, tmp_path):
    """The settings of all channels, free to change: nothing set, only fakes may be reached."""
    settings.ANZE_CHANNELS = copy.deepcopy(settings.ANZE_CHANNELS)
    settings.ANZE_CHANNELS["site"] = "https://anze.example.org"
    settings.ANZE_CHANNELS["robots"] = tmp_path
    settings.ANZE_CHANNELS["intranet"] = []
    tokens.forget_all()
    delivery.wake_channels()
    return settings.ANZE_CHANNELS


@pytest.fixture
def wecom(outward) -> Iterator[fakes.WeComFake]:
    with fakes.serving(fakes.WeComFake()) as fake:
        outward["intranet"].append(fake.host)
        outward["wecom"] |= {
            "url": fake.url, "corp": "ww1", "agent": 1000002, "secret": Told("s3cret")
        }  # fmt: skip
        yield fake


@pytest.fixture
def dingtalk(outward) -> Iterator[fakes.DingTalkFake]:
    with fakes.serving(fakes.DingTalkFake()) as fake:
        outward["intranet"].append(fake.host)
        outward["dingtalk"] |= {
            "url": fake.url, "key": "ding1", "agent": 77, "secret": Told("s3cret")
        }  # fmt: skip
        yield fake


def _sms(outward, fake: fakes.Fake, key: str) -> None:
    outward["intranet"].append(fake.host)
    outward["sms"] |= {
        "url": f"{fake.url}/", "key": key, "sign": "安责", "secret": Told("s3cret"),
        "templates": {"code": "SMS_1", "notice": "SMS_1"},
    }  # fmt: skip


@pytest.fixture
def aliyun(outward, settings) -> Iterator[fakes.AliyunFake]:
    settings.ANZE_SMS_CHANNEL = "anze.kernel.people.sms.AliyunSms"
    with fakes.serving(fakes.AliyunFake()) as fake:
        _sms(outward, fake, "LTAI")
        yield fake


@pytest.fixture
def gateway(outward, settings) -> Iterator[fakes.GatewayFake]:
    settings.ANZE_SMS_CHANNEL = "anze.kernel.people.sms.SignedSms"
    with fakes.serving(fakes.GatewayFake()) as fake:
        _sms(outward, fake, "anze")
        yield fake


@pytest.fixture
def robot(outward) -> Iterator[fakes.RobotFake]:
    with fakes.serving(fakes.RobotFake()) as fake:
        outward["intranet"].append(fake.host)
        yield fake
