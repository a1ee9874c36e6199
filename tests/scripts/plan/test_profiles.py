"""What a profile is in words."""

import pytest
from bookstore.plan.profiles import larger_profile


@pytest.mark.parametrize(
    ("profile", "remedy"),
    [("smoke", "--profile full has room"), ("quick", "--profile full has room"), ("full", "")],
)
def test_nothing_has_more_room_than_the_largest(profile: str, remedy: str) -> None:
    assert larger_profile(profile) == remedy
