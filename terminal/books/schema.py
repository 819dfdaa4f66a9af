"""The tables of the journal, and what carries an older journal's to the newest."""

SCHEMA_VERSION = 2

_ENTRIES = """
create table entry(
    seq integer primary key, boot integer not null, mono_ns integer not null, wall_ms integer not null,
    order_id text not null, kind text not null, body text not null, prev blob not null, hash blob not null
) strict;
create index entry_by_order on entry(order_id);
"""
_ATTEMPTS = """
create table attempt(
    order_id text primary key, sale_id text not null, acquirer text not null, minor integer not null,
    currency text not null, scheme text not null, masked text not null, code_mac blob not null,
    state text not null, begun_ms integer not null, updated_seq integer not null,
    shown integer not null default 0, trace integer not null default 0
) strict;
create unique index one_live_attempt_per_sale on attempt(sale_id) where state in ('INTENT', 'APPROVED');
create index attempt_by_code on attempt(code_mac);
create index attempt_by_state on attempt(state);
"""
_REFUNDS = """
create table refund(
    refund_id text primary key, order_id text not null references attempt(order_id), minor integer not null,
    reason text not null, state text not null, begun_ms integer not null, trace integer not null,
    updated_seq integer not null
) strict;
create index refund_by_order on refund(order_id);
"""
_SECOND = """
alter table attempt add column shown integer not null default 0;
alter table attempt add column trace integer not null default 0;
"""

# By the version that it starts from; the entries themselves never change.
_STEPS = {0: _ENTRIES + _ATTEMPTS + _REFUNDS, 1: _SECOND + _REFUNDS}


def statements_from(version: int) -> str:
    """What makes a journal of `version` (0: an empty file) one of SCHEMA_VERSION."""
    steps = range(version, SCHEMA_VERSION) if version else (0,)
    return "".join(_STEPS[step] for step in steps) + f"pragma user_version = {SCHEMA_VERSION};"
