"""E-mail over SMTP, by Django's own backend."""

from __future__ import annotations

import smtplib
from email.utils import make_msgid
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.message import BadHeaderError

from anze.kernel.people.channels import (
    BadAddress,
    BadContent,
    Message,
    Misconfigured,
    TryLater,
    Undelivered,
)

TIMEOUT_SECONDS = 15


class Email:
    """The bureau's mail box at its mail server."""

    def __init__(self) -> None:
        self.config = settings.ANZE_CHANNELS["email"]

    def send(self, message: Message) -> str:
        """Send a plain-text mail; return its Message-ID, the same for each attempt."""
        text = f"{message.text}\n\n{message.link}\n" if message.link else message.text
        name = f"<{sha256(message.key.encode()).hexdigest()[:32]}@{self._domain()}>"
        mail = EmailMessage(
            subject=" ".join(message.title.split()),
            body=text,
            from_email=self.config["sender"] or self.config["user"],
            to=[message.to],
            headers={"Message-ID": name if message.key else make_msgid(domain=self._domain())},
            connection=self._connection(),
        )
        try:
            mail.send()
        except (smtplib.SMTPException, OSError, BadHeaderError, ValueError) as error:
            raise _said(error) from None
        return name[:120]

    def _domain(self) -> str:
        sender = str(self.config["sender"] or self.config["user"])
        return sender.rpartition("@")[2].strip("> ") or "localhost"

    def _connection(self) -> Any:
        security = self.config["security"]
        return get_connection(
            settings.EMAIL_BACKEND,
            host=self.config["host"],
            port=self.config["port"],
            username=self.config["user"],
            password=self.config["password"].reveal() if self.config["user"] else "",
            use_ssl=security == "ssl",
            use_tls=security == "starttls",
            timeout=TIMEOUT_SECONDS,
        )


def _said(error: Exception) -> Undelivered:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = min((code for code, _ in error.recipients.values()), default=0)
        if 500 <= code < 600:
            return BadAddress("邮件服务器说没有这个邮箱。请核对邮箱地址。", str(code))
        return TryLater("邮件服务器暂时不收，稍后自动重试。", str(code))
    if isinstance(error, smtplib.SMTPAuthenticationError):
        said = "邮件服务器不认本平台的账号或密码，请系统管理员核对 ANZE_EMAIL_USER 和密码。"
        return Misconfigured(said, str(error.smtp_code))
    if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code >= 500:
        said = "邮件服务器不接受发件地址，请系统管理员核对 ANZE_EMAIL_SENDER。"
        return Misconfigured(said, str(error.smtp_code))
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500:
        return BadContent("邮件服务器拒收了这封邮件的内容。", str(error.smtp_code))
    if isinstance(error, BadHeaderError | ValueError):
        return BadAddress("邮箱地址的写法不对，请改正。", "address")
    return TryLater("邮件服务器没有正常答复，稍后自动重试。", "network")
