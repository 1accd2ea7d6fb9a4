"""Pages in headless Chromium, for tests; they are skipped where browser or package is missing."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class Watched:
    """A page, what it wrote to the console, and which addresses it asked for."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.console: list[str] = []
        self.addresses: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", lambda request: self.addresses.append(request.url))
        page.on("response", self._answered)

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.console.append(message.text)

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self.console.append(f"{response.status} {response.url}")

    def foreign(self, own: str) -> list[str]:
        """Addresses other than those that start with `own`."""
        return [a for a in self.addresses if not a.startswith((own, "data:", "blob:", "about:"))]


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser of Playwright."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()
