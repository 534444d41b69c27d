"""What the tests of the fences share."""

from tests.web.conftest import one_renderer

__all__ = ["one_renderer"]
