"""Whether single keys are shortcuts is each person's own choice (WCAG 2.1.4)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("domain", "0005_people_and_tickets_that_are_let_go")]

    operations = [
        ops.AddField(model_name="Person", name="shortcuts", field=fields.BooleanField(default=True, db_default=True)),
    ]
