"""Somebody before a browser window: what they do and see reads as a sentence, and is found by its accessible name."""

import re

from playwright.async_api import FilePayload, Locator, Page, expect

PASSWORD = "Kundenportal-Demo-1"


class Visitor:
    """A person with one window; `page` is there for what has no verb."""

    def __init__(self, page: Page) -> None:
        self.page = page

    # --- doing ---

    async def opens(self, path: str) -> None:
        """Go to an address."""
        await self.page.goto(path)

    async def signs_in(self, user_name: str, at: str = "/login") -> None:
        """Fill the sign-in form and send it."""
        if at:
            await self.opens(at)
        await self.types("Benutzername oder E-Mail-Adresse", user_name)
        await self.types("Passwort", PASSWORD)
        await self.presses("Anmelden")
        await self.page.wait_for_url(lambda url: "/login" not in url)

    async def signs_out(self) -> None:
        """Press „Abmelden“ in the own menu."""
        await self.page.get_by_role("button", name=re.compile("^Konto: ")).click()
        await self.presses("Abmelden")

    async def types(self, label: str, text: str) -> None:
        """Put text into the field with this label."""
        await self.field(label).fill(text)

    async def chooses(self, label: str, option: str) -> None:
        """Choose from a select."""
        await self.field(label).select_option(label=option)

    async def ticks(self, name: str) -> None:
        """Tick a box or choose a radio button; chips draw their own box over the native one."""
        await self.box(name).check(force=True)

    async def unticks(self, name: str) -> None:
        """Take the tick away."""
        await self.box(name).uncheck(force=True)

    async def attaches(self, *files: FilePayload) -> None:
        """Choose files for „Anhänge“."""
        await self.page.get_by_label("Anhänge").set_input_files(list(files))

    async def presses(self, name: str) -> None:
        """Press a button."""
        await self.button(name).click()

    async def follows(self, name: str) -> None:
        """Follow a link."""
        await self.link(name).click()

    # --- finding ---

    def field(self, label: str) -> Locator:
        """A field by its label."""
        return self.page.get_by_label(label, exact=True)

    def box(self, name: str) -> Locator:
        """A check box or radio button by its label; counts behind the words do not matter."""
        words = re.compile(rf"^{re.escape(name)}( [\d.]+| über 1\.000)?$")
        return self.page.get_by_role("checkbox", name=words).or_(self.page.get_by_role("radio", name=words))

    def button(self, name: str) -> Locator:
        """A button by its name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        """A link by its name."""
        return self.page.get_by_role("link", name=name, exact=True)

    def functions(self) -> Locator:
        """The functions of a ticket."""
        return self.page.get_by_role("complementary", name="Funktionen")

    def messages(self) -> Locator:
        """The messages of a ticket."""
        return self.page.get_by_role("article")

    def message(self, words: str) -> Locator:
        """The messages that say this."""
        return self.messages().filter(has_text=words)

    def rows(self) -> Locator:
        """The tickets in the list."""
        return self.page.locator("tr[data-row]")

    def row(self, subject: str) -> Locator:
        """A ticket in the list by its subject."""
        return self.rows().filter(has_text=subject)

    # --- seeing ---

    async def sees(self, *texts: str) -> None:
        """Read each of these, as it stands, somewhere on the page."""
        for text in texts:
            await expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    async def does_not_see(self, *texts: str) -> None:
        """Read none of these anywhere."""
        for text in texts:
            await expect(self.page.get_by_text(text).filter(visible=True)).to_have_count(0)

    async def sees_heading(self, name: str | re.Pattern[str]) -> None:
        """Stand before a page or part with this heading."""
        await expect(self.page.get_by_role("heading", name=name).first).to_be_visible()

    async def sees_button(self, *names: str) -> None:
        """Find buttons."""
        for name in names:
            await expect(self.button(name)).to_be_visible()

    async def sees_status(self, label: str) -> None:
        """Find the ticket in this status."""
        await expect(self.page.locator("#tickets-header .status")).to_have_text(label)

    async def reads_in(self, label: str, text: str) -> None:
        """Find this in a field."""
        await expect(self.field(label)).to_have_value(text)

    async def is_told_at(self, label: str, sentence: str) -> None:
        """Find a sentence at a field that is wrong, and the field marked so."""
        field = self.field(label).first
        await expect(field).to_have_accessible_description(re.compile(re.escape(sentence)))
        await expect(field).to_have_attribute("aria-invalid", "true")

    async def hears(self, words: str) -> None:
        """Have something announced by the screen reader."""
        await expect(self.page.locator("#announcer")).to_contain_text(words)

    async def is_on(self, path: str) -> None:
        """Stand at this address, whatever notice it carries."""
        pattern = re.compile(rf"^https?://[^/]+{re.escape(path)}([?&]notice=\w+)?(#[\w-]*)?$")
        await expect(self.page).to_have_url(pattern)

    async def is_focused(self, element: Locator) -> None:
        """Have the keyboard there."""
        await expect(element).to_be_focused()

    @property
    def ticket_number(self) -> int:
        """The ticket that is open."""
        found = re.search(r"/tickets/(\d+)", self.page.url)
        assert found, f"no ticket: {self.page.url}"
        return int(found[1])

    # --- that nothing else moved ---

    async def remembers_the_page(self) -> None:
        """Put a mark on the page that a new page would not have."""
        await self.page.evaluate("window.samePage = true")

    async def is_still_on_the_same_page(self) -> bool:
        """Whether no new page was loaded since."""
        return bool(await self.page.evaluate("window.samePage === true"))

    async def top_of(self, element: Locator) -> float:
        """Where an element stands in the window."""
        box = await element.bounding_box()
        assert box, "not to be seen"
        return box["y"]

    async def keys(self, *names: str) -> None:
        """Press keys, one after the other."""
        for name in names:
            await self.page.keyboard.press(name)

    async def tabs_to(self, element: Locator, most: int = 60) -> None:
        """Press Tab until the keyboard is there."""
        for _ in range(most):
            if await element.evaluate("e => e === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"{most} times Tab do not lead to {element}")


def payload(name: str, kind: str, content: bytes) -> FilePayload:
    """A file to choose."""
    return {"name": name, "mimeType": kind, "buffer": content}
