"""The models' filters and queries, made once for a run of the tests.

Tortoise makes them anew whenever a database is opened, and in a migration once more for every step: a third of a
small test and half of a migration. They depend on nothing but the models and the kind of database, which stay.
"""

from typing import Any

from tortoise import models
from tortoise.apps import Apps
from tortoise.fields.relational import BackwardFKRelation, ManyToManyFieldInstance

from app.database import dialect


def describe_models_once() -> None:
    """Let Tortoise remember what it made of the models."""
    describe, filters = Apps._build_initial_querysets, models.get_filters_for_field
    described = ""
    known: dict[tuple[Any, ...], dict[str, Any]] = {}

    def once(apps: Apps) -> None:
        nonlocal described
        if described != dialect():
            describe(apps)
            described = dialect()

    def remembered(field_name: str, field: Any, source_field: str) -> dict[str, Any]:
        if isinstance(field, BackwardFKRelation | ManyToManyFieldInstance):
            return filters(field_name, field, source_field)
        key = field_name, source_field, type(field), getattr(field, "model_field_name", "")
        if key not in known:
            known[key] = filters(field_name, field, source_field)
        return known[key]

    Apps._build_initial_querysets = once  # type: ignore[method-assign]
    models.get_filters_for_field = remembered  # type: ignore[attr-defined]
