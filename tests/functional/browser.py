# SPDX-License-Identifier: Apache-2.0
"""Headless Chromium (Debian's) driven by Playwright, for the pages that mlrepro writes."""

import contextlib
import pathlib
import shutil

# No look-ups of its own: what a page asks for is all that is asked for.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
             "--disable-background-networking", "--disable-component-update"]
PATIENCE_MS = 180_000
PHONE = {"width": 375, "height": 720}
DESK = {"width": 1280, "height": 900}


def missing():
    """Why there is no browser; None: there is one."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "the Python package playwright is not installed (scripts/install-deps python)"
    return None if shutil.which("chromium") else "there is no chromium (scripts/install-deps python)"


@contextlib.contextmanager
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS, timeout=PATIENCE_MS)
        try:
            yield chromium
        finally:
            chromium.close()


class Visit:
    """A page that was opened, with all it asked for and complained about."""

    def __init__(self, chromium, file, viewport=None, scheme="light", media="screen"):
        self.address = pathlib.Path(file).resolve().as_uri()
        self.context = chromium.new_context(viewport=viewport or DESK, color_scheme=scheme)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        if media != "screen":
            self.page.emulate_media(media=media)
        self.page.goto(self.address)

    def asked_for(self):
        return [url for url in self.requests if url != self.address and not url.startswith("data:")]

    def open_all(self):
        """Every disclosure, those that others bring too."""
        while self.page.evaluate("""() => {
            const closed = [...document.querySelectorAll('details:not([open])')];
            closed.forEach((details) => { details.open = true; });
            return closed.length;
        }"""):
            self.page.wait_for_timeout(50)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()


def photograph(file, folder):
    """Screenshots for eyes: light, dark, phone, and the pages that a printer gets."""
    stem = pathlib.Path(file).stem
    with browser() as chromium:
        for name, viewport, scheme in (("light", DESK, "light"), ("dark", DESK, "dark"), ("phone", PHONE, "light")):
            with Visit(chromium, file, viewport, scheme) as visit:
                visit.page.screenshot(path=folder / f"{stem}-{name}.png", full_page=True)
        with Visit(chromium, file, scheme="dark") as visit:
            visit.page.pdf(path=folder / f"{stem}.pdf", format="A4")
