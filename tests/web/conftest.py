"""What the tests of the web rooms share."""

import functools
from collections.abc import Iterator

import pytest

from app.web import respond


@pytest.fixture(scope="session", autouse=True)
def one_renderer() -> Iterator[None]:
    """Compile the templates once for all the portals of this run: that was two thirds of a test's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(respond, "Renderer", functools.cache(respond.Renderer))
        yield
