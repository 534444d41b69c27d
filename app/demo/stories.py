"""Every ticket of the demo instance, oldest first."""

from app.demo import (
    stories_documents,
    stories_dues,
    stories_exams,
    stories_finance,
    stories_letters,
    stories_members,
    stories_reports,
    stories_seminars,
)
from app.demo.story import File, Step, Story

__all__ = ["STORIES", "File", "Step", "Story"]

_MODULES = (
    stories_members,
    stories_dues,
    stories_seminars,
    stories_finance,
    stories_letters,
    stories_documents,
    stories_exams,
    stories_reports,
)

STORIES: tuple[Story, ...] = tuple(
    sorted((story for module in _MODULES for story in module.STORIES), key=lambda story: -story.days_ago)
)
