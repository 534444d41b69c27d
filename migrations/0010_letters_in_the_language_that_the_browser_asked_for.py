"""Who chose no language reads letters in the one that their browser asked for when they last signed in."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("domain", "0009_absences_rules_and_reminders")]

    operations = [
        ops.AddField(
            model_name="Person",
            name="browser_language",
            field=fields.CharField(max_length=5, default="de", db_default="de"),
        ),
    ]
