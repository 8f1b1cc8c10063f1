import { DEFAULT_TENANT, TENANT } from '../sql/names.js';
import { RUNNING, SUCCEEDED } from '../sql/codes.js';

/**
 * What brings a file from one version to the next, oldest first: the version of a file is how many it has behind it. One that is published
 * is never changed; another comes after it.
 */
export const MIGRATIONS: readonly string[] = [
  `
  create table meta (key text primary key, value integer not null) strict, without rowid;
  insert into meta values ('attempts', 0), ('payload_bytes', 0), ('corrected_claims', 0), ('names_epoch', 0);

  -- Numbers are never given away again: whoever reads keeps what they mean.
  create table name (id integer primary key autoincrement, kind integer not null, text text not null) strict;
  create unique index name_text on name (kind, text);
  insert into name values (${DEFAULT_TENANT.id}, ${TENANT}, '${DEFAULT_TENANT.text}');

  create table runner (
    runner integer primary key, instance text not null, host text not null, boot_id text, pid integer not null, version text not null,
    started real not null, epoch integer not null, beat integer not null, last_batch integer not null, state integer not null
  ) strict;

  create table plan (hash integer primary key, flow integer not null, json text not null) strict;

  create table run (
    run_id integer primary key, flow integer not null, trace_id text not null, tenant integer not null, kind integer not null,
    status integer not null, started real not null, ended real, attempts integer not null, retries integer not null,
    error_code integer, error_node integer, error_message text, plan integer, parent_run integer, root_run integer, replay_of integer,
    rows_left_out integer not null, root_id text, arrival_id text, grp integer, redelivered integer, pinned integer not null default 0,
    -- Whether it decides when it is deleted, and the last end of those that go with it.
    top integer not null default 1, family_ended real not null default 0,
    -- Null: it stays. Else what goes first: 0 what succeeded, 1 what did not.
    goes integer generated always as (
      case when top = 1 and pinned = 0 and status <> ${RUNNING} then status <> ${SUCCEEDED} end
    ) virtual
  ) strict;
  create index run_started on run (started, run_id);
  create index run_flow on run (flow, started, run_id);
  create index run_tenant on run (tenant, started, run_id) where tenant <> ${DEFAULT_TENANT.id};
  create index run_status on run (status, started, run_id) where status <> ${SUCCEEDED};
  create index run_code on run (error_code, started, run_id) where error_code is not null;
  create index run_node on run (error_node, started, run_id) where error_node is not null;
  create index run_failed on run (started, run_id) where error_code is not null;
  create index run_trace on run (trace_id, started, run_id);
  create index run_parent on run (parent_run, started, run_id) where parent_run is not null;
  create index run_root on run (root_run) where root_run is not null;
  create index run_goes on run (goes, family_ended, run_id) where goes is not null;
  create index run_pinned on run (run_id) where pinned = 1;

  create table attempt (
    run_id integer not null, seq integer not null, node integer not null, attempt integer not null, parent_seq integer, message_id text,
    sent real not null, started real not null, ended real, outcome integer not null, q_in integer not null, error_code integer, error text,
    primary key (run_id, seq)
  ) strict, without rowid;

  create table message (
    id integer primary key, run_id integer not null, message_id text not null, sender integer, node integer, type integer not null,
    deadline real, meta text, preview blob, not_kept text
  ) strict;
  create unique index message_key on message (run_id, message_id);

  create table payload (id integer primary key, run_id integer not null, message_id text not null, bytes blob not null) strict;
  create unique index payload_key on payload (run_id, message_id);

  create table label (
    run_id integer not null, name integer not null, value text not null, started real not null, primary key (run_id, name)
  ) strict, without rowid;
  create index label_value on label (name, value, started, run_id);

  create table event (
    run_id integer not null, seq integer not null, at real not null, type integer not null, node integer, attempt_seq integer, detail text,
    primary key (run_id, seq)
  ) strict, without rowid;

  create table line (
    run_id integer not null, seq integer not null, at real not null, level integer not null, logger integer not null,
    message text not null, node integer, fields text, primary key (run_id, seq)
  ) strict, without rowid;

  create table counter (
    flow integer not null, status integer not null, hour integer not null, runs integer not null, primary key (flow, status, hour)
  ) strict, without rowid;
  `,
  `create index run_replay on run (replay_of, started, run_id) where replay_of is not null;`,
];
