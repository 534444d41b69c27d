"""Letters that are sent, one-time tokens, recovery codes, X3 keys, and what a person and a request know about them."""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from app.clock import now
from app.domain.models import LetterState, Purpose
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('domain', '0002_number_tickets_and_index_their_text')]

    initial = False

    operations = [
        # Letters that nothing ever sent must not go out months later, so the old table is not read.
        ops.DeleteModel(name='OutboxLetter'),
        ops.CreateModel(
            name='Letter',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('to', fields.ForeignKeyField('domain.Person', source_field='to_id', null=True, db_constraint=True, to_field='id', related_name='letters', on_delete=OnDelete.CASCADE)),
                ('address', fields.CharField(default='', max_length=254)),
                ('letter', fields.CharField(max_length=40)),
                ('context', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('message_id', fields.CharField(max_length=120)),
                ('state', fields.CharEnumField(default=LetterState.WAITING, description='WAITING: waiting\nSENT: sent\nFAILED: failed\nDROPPED: dropped', enum_type=LetterState, max_length=20)),
                ('digest', fields.BooleanField(default=False)),
                ('tries', fields.IntField(default=0)),
                ('error', fields.CharField(default='', max_length=300)),
                ('due_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'letter', 'app': 'domain', 'constraints': [UniqueConstraint(fields=('message_id',), name='letter_message_id')], 'indexes': [Index(fields=['state', 'due_at'], name='letter_waiting'), Index(fields=['to_id'], name='letter_to')], 'pk_attr': 'id', 'table_description': 'A letter that is to be mailed, written in the transaction of what it tells about.'},
            bases=['Model'],
        ),
        ops.AddConstraint(model_name='Letter', constraint=UniqueConstraint(fields=('message_id',), name='letter_message_id')),
        ops.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('domain.Person', source_field='person_id', db_constraint=True, to_field='id', related_name='recovery_codes', on_delete=OnDelete.CASCADE)),
                ('code_hash', fields.CharField(max_length=64)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'recovery_code', 'app': 'domain', 'constraints': [UniqueConstraint(fields=('person', 'code_hash'), name='recovery_code_once')], 'pk_attr': 'id', 'table_description': 'One of the codes that stand in for a lost second factor, each once.'},
            bases=['Model'],
        ),
        ops.AddConstraint(model_name='RecoveryCode', constraint=UniqueConstraint(fields=('person', 'code_hash'), name='recovery_code_once')),
        ops.CreateModel(
            name='Token',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('purpose', fields.CharEnumField(description='PASSWORD_RESET: password_reset\nINVITATION: invitation\nSECOND_FACTOR: second_factor\nX3_LOGIN: x3_login\nRATING: rating\nREOPEN: reopen', enum_type=Purpose, max_length=20)),
                ('token_hash', fields.CharField(max_length=64)),
                ('person', fields.ForeignKeyField('domain.Person', source_field='person_id', db_constraint=True, to_field='id', related_name='tokens', on_delete=OnDelete.CASCADE)),
                ('context', fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'token', 'app': 'domain', 'constraints': [UniqueConstraint(fields=('token_hash',), name='token_hash_once')], 'indexes': [Index(fields=['person_id', 'purpose'], name='token_by_person'), Index(fields=['expires_at'], name='token_by_end')], 'pk_attr': 'id', 'table_description': 'A secret that opens one thing once: a mailed link, a login code, the second step of a sign-in.'},
            bases=['Model'],
        ),
        ops.AddConstraint(model_name='Token', constraint=UniqueConstraint(fields=('token_hash',), name='token_hash_once')),
        ops.CreateModel(
            name='X3Key',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('organisation', fields.ForeignKeyField('domain.Organisation', source_field='organisation_id', db_constraint=True, to_field='id', related_name='x3_keys', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=60)),
                ('key_hash', fields.CharField(max_length=64)),
                ('ending', fields.CharField(max_length=8)),
                ('created_by', fields.ForeignKeyField('domain.Person', source_field='created_by_id', null=True, db_constraint=True, to_field='id', related_name='x3_keys_made', on_delete=OnDelete.SET_NULL)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'x3_key', 'app': 'domain', 'constraints': [UniqueConstraint(fields=('key_hash',), name='x3_key_hash')], 'indexes': [Index(fields=['organisation_id'], name='x3_key_by_organisation')], 'pk_attr': 'id', 'table_description': "A key with which an organisation's X3 speaks to the portal, kept as a hash and its last letters."},
            bases=['Model'],
        ),
        ops.AddConstraint(model_name='X3Key', constraint=UniqueConstraint(fields=('key_hash',), name='x3_key_hash')),
        ops.AddField(
            model_name='AccessRequest',
            name='decided_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='AccessRequest',
            name='decided_by',
            field=fields.ForeignKeyField('domain.Person', source_field='decided_by_id', null=True, db_constraint=True, to_field='id', related_name='access_requests_decided', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='AccessRequest',
            name='person',
            field=fields.ForeignKeyField('domain.Person', source_field='person_id', null=True, db_constraint=True, to_field='id', related_name='access_requests', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='AccessRequest',
            name='reason',
            field=fields.CharField(default='', db_default='', max_length=1000),
        ),
        ops.AddField(
            model_name='AccessRequest',
            name='requested_by',
            field=fields.ForeignKeyField('domain.Person', source_field='requested_by_id', null=True, db_constraint=True, to_field='id', related_name='access_requests_made', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['actor_id', 'id'], name='audit_entry_by_actor'),
        ),
        ops.AddField(
            model_name='Person',
            name='digest',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Person',
            name='language',
            field=fields.CharField(default='', db_default='', max_length=5),
        ),
        ops.AddField(
            model_name='Person',
            name='muted',
            field=fields.CharField(default='', db_default='', max_length=300),
        ),
        ops.AddField(
            model_name='Person',
            name='signed_in_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Person',
            name='totp_secret',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name='Person',
            name='totp_step',
            field=fields.IntField(null=True),
        ),
    ]
