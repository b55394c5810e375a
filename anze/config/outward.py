"""What messages need to leave the house: addresses and secrets of the providers.

A secret stands in the environment, or in a file under ``$ANZE_HOME/keys/`` named like the variable
in small letters without ``ANZE_``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from environs import Env

from anze.lib.secret import Secret


def channels(env: Env, home: Path) -> dict[str, Any]:
    """Return the settings of every channel, one dictionary each, and the hosts of the intranet."""

    def secret(variable: str) -> Secret:
        return Secret(variable, home / "keys" / variable.removeprefix("ANZE_").lower())

    return {
        "site": env.str("ANZE_SITE", "").rstrip("/"),
        "intranet": env.list("ANZE_INTRANET_HOSTS", []),
        "robots": home / "keys" / "robots",
        "email": {
            "host": env.str("ANZE_EMAIL_HOST", ""),
            "port": env.int("ANZE_EMAIL_PORT", 465),
            "security": env.str("ANZE_EMAIL_SECURITY", "ssl"),
            "user": env.str("ANZE_EMAIL_USER", ""),
            "password": secret("ANZE_EMAIL_PASSWORD"),
            "sender": env.str("ANZE_EMAIL_SENDER", ""),
        },
        "wecom": {
            "url": env.str("ANZE_WECOM_URL", "https://qyapi.weixin.qq.com").rstrip("/"),
            "corp": env.str("ANZE_WECOM_CORP", ""),
            "agent": env.int("ANZE_WECOM_AGENT", 0),
            "secret": secret("ANZE_WECOM_SECRET"),
        },
        "dingtalk": {
            "url": env.str("ANZE_DINGTALK_URL", "https://oapi.dingtalk.com").rstrip("/"),
            "key": env.str("ANZE_DINGTALK_KEY", ""),
            "agent": env.int("ANZE_DINGTALK_AGENT", 0),
            "secret": secret("ANZE_DINGTALK_SECRET"),
        },
        "sms": {
            "url": env.str("ANZE_SMS_URL", "https://dysmsapi.aliyuncs.com/"),
            "key": env.str("ANZE_SMS_KEY", ""),
            "secret": secret("ANZE_SMS_SECRET"),
            "sign": env.str("ANZE_SMS_SIGN", ""),
            "templates": {
                "code": env.str("ANZE_SMS_TEMPLATE_CODE", ""),
                "notice": env.str("ANZE_SMS_TEMPLATE_NOTICE", ""),
            },
        },
    }
