"""Drafts: what somebody typed into a form and has not sent yet."""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from app.clock import now
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('domain', '0003_letters_tokens_and_x3_keys')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SavedDraft',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('domain.Person', source_field='person_id', db_constraint=True, to_field='id', related_name='drafts', on_delete=OnDelete.CASCADE)),
                ('form', fields.CharField(max_length=40)),
                ('form_key', fields.CharField(max_length=64)),
                ('turn', fields.IntField()),
                ('typed', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('saved_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'draft', 'app': 'domain', 'constraints': [UniqueConstraint(fields=('person', 'form', 'form_key'), name='draft_once')], 'indexes': [Index(fields=['saved_at'], name='draft_by_time')], 'pk_attr': 'id', 'table_description': 'What somebody typed into a form and has not sent yet, a row for each page that it was typed on.'},
            bases=['Model'],
        ),
        ops.AddConstraint(model_name='SavedDraft', constraint=UniqueConstraint(fields=('person', 'form', 'form_key'), name='draft_once')),
    ]
