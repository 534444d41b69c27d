"""When a person was pseudonymised, how long an organisation's tickets are kept, and two ways to find what hangs on one."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("domain", "0004_drafts_of_what_is_not_sent_yet")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Organisation",
            name="closed_months",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Organisation",
            name="deleted_months",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Person",
            name="pseudonymised_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name="Attachment",
            index=Index(fields=["message_id"], name="attachment_by_message"),
        ),
        ops.AddIndex(
            model_name="ReadMark",
            index=Index(fields=["ticket_id"], name="read_mark_by_ticket"),
        ),
    ]
