"""What a person does in a browser, counted; and what the browser complained of meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, Response

PASSWORD = "Yunxi-2026-demo"
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SIZES = {"desktop": DESKTOP, "phone": PHONE}
# A refused form answers 422, and Chromium reports any such answer as an error of its own.
ANSWERED = "Failed to load resource: the server responded with a status of 422"


@dataclass
class Hand:
    """A page, how often it was touched, and the complaints of the browser."""

    page: Page
    at: str
    size: str
    touches: int = 0
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self._hear(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("response", self._look)

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith(ANSWERED):
            self.complaints.append(f"{self.page.url}: {text}")

    def _look(self, response: Response) -> None:
        if response.status >= 400 and response.status != 422:
            self.complaints.append(f"{response.status}: {response.url}")

    @property
    def main(self) -> Locator:
        """The content of the page, without menu and head."""
        return self.page.locator("main")

    def go(self, path: str) -> None:
        """Open an address, as from a bookmark."""
        self.page.goto(f"{self.at}{path}")

    def tap(self, what: Locator) -> None:
        """Touch a link, a button or a choice."""
        self.touches += 1
        what.click()

    def write(self, where: Locator, text: str) -> None:
        """Fill in one field."""
        self.touches += 1
        where.fill(text)

    def choose(self, legend: str, words: str) -> None:
        """Choose one answer of a group."""
        group = self.page.get_by_role("group", name=legend, exact=True)
        self.tap(group.locator("label").filter(has_text=words).first)

    def link(self, name: str, inside: Locator | None = None) -> None:
        """Follow the first link of this name."""
        self.tap((inside or self.main).get_by_role("link", name=name).first)

    def menu(self, name: str) -> None:
        """Follow a line of the main menu; on a phone it is opened first."""
        if self.size == "phone":
            self.tap(self.page.locator(".az-dock").get_by_text("更多"))
        self.tap(self.page.locator("#nav .az-nav a").filter(has_text=name).first)

    def submit(self, name: str) -> None:
        """Press a button of the content."""
        self.tap(self.main.get_by_role("button", name=name).first)

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Fill in the sign-in form where it stands now."""
        self.write(self.page.get_by_label("用户名或手机号"), username)
        self.write(self.page.get_by_label("密码", exact=True), password)
        self.tap(self.page.get_by_role("button", name="登录", exact=True))

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the screen."""
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )
