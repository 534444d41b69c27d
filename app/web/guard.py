"""The gate: sign-in by default, origin and host checks, limits on bodies, headers, and handlers that finish."""

import gzip
import ipaddress
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from quart import Quart, Response, current_app, g, request
from werkzeug.exceptions import BadRequest, Forbidden, Unauthorized

from app import language
from app.domain import accounts
from app.domain.models import Person, Role, Session
from app.domain.storage import LARGEST, MOST_FILES
from app.web import api
from app.web.bodies import CountedRequest, handlers_finish
from app.web.frame import LANGUAGE
from app.web.respond import second_factor_first, settings, sign_in_first, wants_fragments

View = TypeVar("View", bound=Callable[..., Any])

SMALL_BODY = 64 * 1024
BODY_WITH_A_MESSAGE = 256 * 1024  # 20,000 characters, percent-encoded
BODY_WITH_FILES = MOST_FILES * LARGEST + 256 * 1024
SECONDS_FOR_A_BODY = 60
SECONDS_FOR_FILES = 15 * 60  # four times 10 MB over 400 kbit/s, as slow as lines in the country still are upwards
WORTH_PACKING = 1000
EVENTS = "events.show"
ASKING_BY_THEMSELVES = {"tickets-live", "tickets-ask", "tickets-fresh", "portal-fresh"}  # elements of open pages
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def public(view: View) -> View:
    """Open a route to people who are not signed in."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def staff_only(view: View) -> View:
    """Open a route to the vendor's people only."""
    view.access = "staff"  # type: ignore[attr-defined]
    return view


def edv_only(view: View) -> View:
    """Open a route to a customer's EDV only."""
    view.access = "edv"  # type: ignore[attr-defined]
    return view


def admin_only(view: View) -> View:
    """Open a route to the vendor's admins only."""
    view.access = "admin"  # type: ignore[attr-defined]
    return view


def by_key(view: View) -> View:
    """Open a route to programs that bring a key of their own: no cookie counts there, so no origin has to."""
    view.access = "key"  # type: ignore[attr-defined]
    return view


def before_second_factor(view: View) -> View:
    """Let in also those of the staff who still have to set up their second factor."""
    view.before_second_factor = True  # type: ignore[attr-defined]
    return view


def takes_files(view: View) -> View:
    """Let a route take a body with attachments instead of a small one."""
    view.body_limit = BODY_WITH_FILES  # type: ignore[attr-defined]
    return view


def takes_a_message(view: View) -> View:
    """Let a route take the longest message, without files."""
    view.body_limit = BODY_WITH_A_MESSAGE  # type: ignore[attr-defined]
    return view


def any_host(view: View) -> View:
    """Answer whatever host is named, as probes of load balancers do."""
    view.any_host = True  # type: ignore[attr-defined]
    return view


def me() -> Person:
    """The signed-in person, organisation included."""
    person: Person = g.me
    return person


def session() -> Session:
    """The session that this request came with."""
    found: Session = g.session
    return found


def must_have_second_factor(person: Person) -> bool:
    """Whether the operator lets this person in with a second factor only."""
    return settings().staff_totp == "required" and person.is_staff


def client_address() -> str:
    """Where the request came from; what proxies say counts only while they are trusted ones."""
    nearest = request.remote_addr or ""
    trusted = settings().trusted_proxies
    for address in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not trusted or not is_in(nearest, trusted) or not address.strip():
            break
        nearest = address.strip()
    return nearest[:45]


def is_in(address: str, networks: tuple[Any, ...]) -> bool:
    """Whether an address lies in one of the networks; what is no address does not."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host over https; plain http cannot have it."""
    return "__Host-session" if settings().secure else "session"


def session_cookie() -> str:
    """The secret that the browser sent: of its session, or of a sign-in that waits for the second factor."""
    token = request.cookies.get(cookie_name(), "")
    return token if 20 < len(token) < 100 else ""


def set_session_cookie(response: Response, token: str, age: timedelta = accounts.LONGEST) -> None:
    """Give the browser the secret of its session, or of its sign-in as long as it waits for the second factor."""
    response.set_cookie(
        cookie_name(), token, max_age=age, path="/", secure=settings().secure, httponly=True, samesite="Lax"
    )


def forget_session_cookie(response: Response) -> None:
    """Take the secret back, and with it what the browser keeps of private pages."""
    response.delete_cookie(cookie_name(), path="/", secure=settings().secure, httponly=True, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def install(app: Quart) -> None:
    """Put every fence around the app."""
    app.request_class = CountedRequest
    app.config["MAX_CONTENT_LENGTH"] = BODY_WITH_FILES
    app.before_request(_enter)
    app.after_request(_headers)
    app.asgi_app = handlers_finish(app.asgi_app)  # type: ignore[assignment, arg-type, method-assign]


async def _enter() -> Response | None:
    chosen = request.args.get(LANGUAGE, "")
    browser = language.asked_for(request.headers.get("Accept-Language", ""))
    language.speak(chosen if chosen in language.LANGUAGES else browser)
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, "any_host", False):
        _check_host()
    _limit_body(view)
    access = getattr(view, "access", "signed in" if view or not api.is_asked() else "key")
    if request.method not in SAFE_METHODS and access != "key":
        _check_origin()
    if request.endpoint == "static_files" or access == "key":
        return None
    return await _check_access(access, view)


def _goes_on_by_itself() -> bool:
    """Whether an open page asks and nobody sits before it: that keeps no session alive."""
    return request.endpoint == EVENTS or request.headers.get("HX-Trigger", "") in ASKING_BY_THEMSELVES


async def _check_access(access: str, view: Any) -> Response | None:
    token = session_cookie()
    found = await accounts.find_session(token, used=not _goes_on_by_itself()) if token else None
    if found:
        g.session, g.me = found, found.person
        language.speak(found.person.language or language.spoken())
    if access == "public" or view is None:
        return None
    if not found:
        if request.headers.get("HX-Trigger", "") in ASKING_BY_THEMSELVES:
            return Response("", 401)  # nobody is led away from what they are typing
        if getattr(view, "body_limit", 0) == BODY_WITH_FILES and not wants_fragments():
            request.body.limit(BODY_WITH_A_MESSAGE)  # type: ignore[attr-defined]
            raise Unauthorized  # what was typed is given back
        return sign_in_first()
    missing = must_have_second_factor(found.person) and not found.person.totp_secret
    if missing and not hasattr(view, "before_second_factor"):
        return second_factor_first()
    if not _is_for(access, found.person):
        raise Forbidden
    return None


def _is_for(access: str, person: Person) -> bool:
    return {
        "signed in": True,
        "staff": person.is_staff,
        "admin": person.role == Role.ADMIN,
        "edv": person.role == Role.EDV,
    }[access]


def _hosts() -> set[str]:
    """The hosts that are us: the one of the base address, and beside a loopback one the other names of this machine."""
    own = urlsplit(settings().base_url)
    if own.hostname not in LOOPBACK:
        return {own.netloc}
    return {own.netloc, *(f"{name}:{own.port}" if own.port else name for name in LOOPBACK_HOSTS)}


def _check_host() -> None:
    if request.headers.get("Host", "") not in _hosts():
        raise BadRequest


def _check_origin() -> None:
    site = request.headers.get("Sec-Fetch-Site")
    if site in ("same-origin", "none"):
        return
    scheme = urlsplit(settings().base_url).scheme
    if site is not None or request.headers.get("Origin") not in {f"{scheme}://{host}" for host in _hosts()}:
        raise Forbidden


def _limit_body(view: Any) -> None:
    """Files come as multipart only; any other body is decoded in one go and must stay small. Time goes by size."""
    limit = getattr(view, "body_limit", SMALL_BODY)
    if limit > SMALL_BODY and request.mimetype != "multipart/form-data":
        limit = BODY_WITH_A_MESSAGE
    request.body_timeout = SECONDS_FOR_FILES if limit == BODY_WITH_FILES else SECONDS_FOR_A_BODY
    request.body.limit(limit)  # type: ignore[attr-defined]


async def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    headers.setdefault("Cache-Control", "private, no-store")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    headers.setdefault("Vary", "Cookie, HX-Request, HX-Target, Accept-Encoding")
    if settings().secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    await _compress(response)
    return response


async def _compress(response: Response) -> None:
    """Pack pages with gzip 4, the one packing that every browser and Python 3.11 have.

    A list of fifty tickets takes 0.65 ms, a twentieth of its time, and becomes a sixth. Brotli 4 would take as long for
    a fifth less, zstd a third of the time for a tenth less: no reason for another library. BREACH needs a secret that
    stays the same beside text that somebody else chooses, asked for many times: form keys are new in every answer, and
    SameSite=Lax lets no other site ask in a person's name but by leading them here before their eyes.

    No answer behind the sign-in has an ETag: nothing of it may be stored (security.md), so nobody could ask with one.
    What open pages ask by themselves names versions and gets 204 before anything is rendered (`tickets.news`).
    """
    html = (response.content_type or "").startswith("text/html")
    if not html or "gzip" not in request.headers.get("Accept-Encoding", ""):
        return
    content = await response.get_data(as_text=False)
    if len(content) > WORTH_PACKING:
        response.set_data(gzip.compress(content, 4))
        response.headers["Content-Encoding"] = "gzip"
