from tests.cast import Cast
import pytest

@pytest.mark.parametrize("n", range(30))
async def test_smoke(cast: Cast, n):
    number = await cast.ticket()
    assert number == 1001
    assert await cast.sees("user", number)
    assert not await cast.sees("stranger", number)
