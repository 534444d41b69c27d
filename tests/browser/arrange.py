"""What a test finds there when it begins, made through the portal's own forms, without a browser."""

import re
import secrets
import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any, TypedDict

import httpx

PASSWORD = "Kundenportal-Demo-1"


class Cookie(TypedDict):
    """A session, as a browser takes it."""

    name: str
    value: str


class Arrange:
    """One signed-in client for each person, kept for all tests."""

    def __init__(self, url: str, letters: Path) -> None:
        self.url = url
        self.letters = letters
        self._clients: dict[str, httpx.Client] = {}
        self._modules: dict[str, str] = {}

    def close(self) -> None:
        """Close all clients."""
        for client in self._clients.values():
            client.close()

    def cookie(self, user_name: str) -> Cookie:
        """The session that all tests share for this person; who signs out needs one of their own."""
        cookie = next(iter(self.client(user_name).cookies.jar))
        return {"name": cookie.name, "value": cookie.value or ""}

    def client(self, user_name: str) -> httpx.Client:
        """The signed-in client of a person."""
        if user_name not in self._clients:
            client = httpx.Client(base_url=self.url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=20)
            self._clients[user_name] = client
            self._post(user_name, "/login", user_name=user_name, password=PASSWORD, next="")
        return self._clients[user_name]

    def ticket(
        self,
        by: str = "user-nord",
        subject: str = "Beitragslauf bricht ab",
        *,
        body: str = "Seit heute früh bricht der Beitragslauf ab.",
        category: str = "request",
        module: str = "Mitglieder",
        release: bool = False,
    ) -> int:
        """Somebody creates a ticket; `release` hands it to the vendor at once."""
        fields = {"release": "1"} if release else {}
        answer = self._post(
            by, "/tickets", category=category, module=self._module(by, module), subject=subject, priority="normal",
            description=body, **fields,
        )  # fmt: skip
        return int(re.findall(r"/tickets/(\d+)", answer.headers["Location"])[0])

    def reply(self, who: str, number: int, body: str, *, audience: str = "everyone", move: str = "") -> None:
        """Somebody writes a message, on the page as it is now."""
        version = self._version(who, number)
        self._post(who, f"/tickets/{number}/messages", version=version, body=body, audience=audience, move=move)

    def move(self, who: str, number: int, name: str) -> None:
        """Somebody makes a move without words."""
        self._post(who, f"/tickets/{number}/moves/{name}", version=self._version(who, number))

    def forgets(self, email: str) -> None:
        """Somebody asks for a link to a new password."""
        with httpx.Client(base_url=self.url, headers={"Sec-Fetch-Site": "same-origin"}) as client:
            assert client.post("/password/forgot", data=_form(email=email)).status_code in (200, 303)

    def invites(self, email: str) -> None:
        """Staff creates an account in the organisation „Verband Nord“, and invites."""
        who = {"first_name": "Nele", "last_name": "Neumann", "user_name": email.partition("@")[0], "email": email}
        self._post(
            "staff", "/staff/people?organisation=1", **who, role="user", modules=self._module("user-nord", "Mitglieder")
        )

    def link(self, to: str, path: str) -> str:
        """The address of this kind in the newest letter to somebody, as soon as it is written."""
        until = time.monotonic() + 15
        while time.monotonic() < until:
            for file in sorted(self.letters.glob(f"*-{to}-*.eml"), reverse=True):
                letter = message_from_bytes(file.read_bytes(), policy=default).get_body(("plain",))
                if letter and (found := re.search(rf"{path}\S+", letter.get_content())):
                    return found[0]
            time.sleep(0.05)
        raise AssertionError(f"No letter to {to} leads to {path}")

    def sign_out(self, name: str, value: str) -> None:
        """End a session on the server, while its browser still holds the cookie."""
        with httpx.Client(base_url=self.url, cookies={name: value}) as client:
            answer = client.post("/logout", headers={"Sec-Fetch-Site": "same-origin"}, data=_form())
            assert answer.status_code == 303

    def _post(self, who: str, path: str, **fields: str) -> httpx.Response:
        answer = self.client(who).post(path, data=_form(**fields))
        assert answer.status_code == 303, f"{who} {path}: {answer.status_code}\n{answer.text}"
        return answer

    def _version(self, who: str, number: int) -> str:
        shown = self.client(who).get(f"/tickets/{number}").text
        return re.findall(r'name="version" value="(\d+)"', shown)[0]

    def _module(self, who: str, name: str) -> str:
        if not self._modules:
            shown = self.client(who).get("/tickets/new").text
            self._modules = {label: id for id, label in re.findall(r'<option value="(\d+)"[^>]*>([^<]+)<', shown)}
        return self._modules[name]


def _form(**fields: str) -> dict[str, Any]:
    return {"form_key": secrets.token_urlsafe(16), **fields, "end": "1"}
