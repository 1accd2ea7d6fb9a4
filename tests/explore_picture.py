"""Photograph the explorer for its page in the documentation: ``python -m tests.explore_picture``.

It needs the extra ``explore``, Playwright and Chromium.
"""

import re
from pathlib import Path

from tests.browser import chromium
from tests.test_explore import Explorer, server

PICTURE = Path(__file__).parents[1] / "docs" / "img" / "explore.png"
WIDTH, HEIGHT = 1400, 900
_REST_MS = 1500  # diagrams and formula follow the answer


def main() -> None:
    """Show a point inside the band, and write the whole page as PNG."""
    with chromium() as browser, server() as process:
        address = re.match(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())[0]
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(address)
        page.get_by_text("computed in").wait_for()
        visitor = Explorer(page, PICTURE.parent)
        visitor.press(1, "Home", *["ArrowRight"] * 14)  # T = 16
        visitor.type("variance λ of the data", "1.16")
        visitor.becomes("band", "-1.194737e-08")
        page.wait_for_timeout(_REST_MS)
        page.mouse.move(0, 0)
        page.screenshot(path=PICTURE, full_page=True)


if __name__ == "__main__":
    main()
