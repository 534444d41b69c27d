"""Absences and their deputies, rules by which tickets are assigned, an organisation's deadlines, and reminders."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.clock import now
from app.domain.models import Category


class Migration(migrations.Migration):
    dependencies = [("domain", "0008_text_blocks_duplicates_and_urgency")]

    initial = False

    operations = [
        ops.CreateModel(
            name="OrganisationRules",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("organisation", fields.ForeignKeyField(
                    "domain.Organisation", source_field="organisation_id", db_constraint=True, to_field="id",
                    related_name="deadlines", on_delete=OnDelete.CASCADE,
                )),
                ("remind_days", fields.IntField(null=True)),
                ("announce_days", fields.IntField(null=True)),
                ("close_days", fields.IntField(null=True)),
                ("review_days", fields.IntField(null=True)),
                ("asks_satisfaction", fields.BooleanField(default=False, db_default=False)),
            ],
            options={
                "table": "organisation_rules", "app": "domain", "pk_attr": "id",
                "constraints": [UniqueConstraint(fields=("organisation",), name="organisation_rules_once")],
                "table_description": "What the portal does by itself for an organisation, counted in its working days. "
                "Nothing means never.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            model_name="OrganisationRules",
            constraint=UniqueConstraint(fields=("organisation",), name="organisation_rules_once"),
        ),
        ops.CreateModel(
            name="Absence",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("person", fields.ForeignKeyField(
                    "domain.Person", source_field="person_id", db_constraint=True, to_field="id",
                    related_name="absences", on_delete=OnDelete.CASCADE,
                )),
                ("deputy", fields.ForeignKeyField(
                    "domain.Person", source_field="deputy_id", null=True, db_constraint=True, to_field="id",
                    related_name="deputises", on_delete=OnDelete.SET_NULL,
                )),
                ("starts_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "absence", "app": "domain", "pk_attr": "id",
                "indexes": [
                    Index(fields=["person_id", "ends_at"], name="absence_by_person"),
                    Index(fields=["deputy_id"], name="absence_by_deputy"),
                ],
                "table_description": "When somebody is away, from one midnight in Berlin to another, and who stands in "
                "for them.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AssignmentRule",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("organisation", fields.ForeignKeyField(
                    "domain.Organisation", source_field="organisation_id", null=True, db_constraint=True,
                    to_field="id", related_name="assignment_rules", on_delete=OnDelete.CASCADE,
                )),
                ("module", fields.ForeignKeyField(
                    "domain.Module", source_field="module_id", null=True, db_constraint=True, to_field="id",
                    related_name="assignment_rules", on_delete=OnDelete.CASCADE,
                )),
                ("category", fields.CharEnumField(
                    null=True, description="REQUEST: request\nINCIDENT: incident\nTASK: task", enum_type=Category,
                    max_length=20,
                )),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "assignment_rule", "app": "domain", "pk_attr": "id",
                "indexes": [
                    Index(fields=["organisation_id"], name="assignment_rule_by_organisation"),
                    Index(fields=["module_id"], name="assignment_rule_by_module"),
                ],
                "table_description": "Who gets new tickets of an organisation, a module, a category, each of which may be "
                "left open.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AssignmentRulePerson",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("rule", fields.ForeignKeyField(
                    "domain.AssignmentRule", source_field="rule_id", db_constraint=True, to_field="id",
                    related_name="people", on_delete=OnDelete.CASCADE,
                )),
                ("person", fields.ForeignKeyField(
                    "domain.Person", source_field="person_id", db_constraint=True, to_field="id",
                    related_name="assignment_rules", on_delete=OnDelete.CASCADE,
                )),
            ],
            options={
                "table": "assignment_rule_person", "app": "domain", "pk_attr": "id",
                "constraints": [UniqueConstraint(fields=("rule", "person"), name="assignment_rule_person_once")],
                "indexes": [Index(fields=["person_id"], name="assignment_rule_person_by_person")],
                "table_description": "One of the staff members among whom a rule chooses.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            model_name="AssignmentRulePerson",
            constraint=UniqueConstraint(fields=("rule", "person"), name="assignment_rule_person_once"),
        ),
        ops.CreateModel(
            name="Reminder",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ticket", fields.ForeignKeyField(
                    "domain.Ticket", source_field="ticket_id", db_constraint=True, to_field="number",
                    related_name="reminders", on_delete=OnDelete.CASCADE,
                )),
                ("kind", fields.CharField(max_length=20)),
                ("turn", fields.CharField(max_length=40)),
                ("created_at", fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "reminder", "app": "domain", "pk_attr": "id",
                "constraints": [UniqueConstraint(fields=("ticket", "kind", "turn"), name="reminder_once")],
                "table_description": "What the portal did because nobody answered, once for each turn: the silence "
                "since a message or a move.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            model_name="Reminder",
            constraint=UniqueConstraint(fields=("ticket", "kind", "turn"), name="reminder_once"),
        ),
        ops.AddIndex(
            model_name="Ticket", index=Index(fields=["responsible_id", "status"], name="ticket_by_responsible")
        ),
    ]
