/** Marks a file as one of carriers: "PFcr". */
export const APPLICATION_ID = 0x50_46_63_72;

/**
 * What makes a file of each version one of the next. Messages are small rows, apart from what they carry: a row is written anew whenever somebody takes it. A settled message stays
 * until its id may be forgotten. `holder`: 0 nobody, -1 it is put off, -2 it is settled, above 0 the number of a session.
 */
export const MIGRATIONS: readonly string[] = [
  `
  create table flow (
    flow integer primary key, ns text not null, name text not null, plan text not null, rev integer not null, unique (ns, name)
  ) strict;

  create table queue (
    queue integer primary key, flow integer not null, name text not null, place integer not null,
    held integer not null default 0, unacked integer not null default 0, put_off integer not null default 0, unique (flow, name)
  ) strict;

  create table message (
    seq integer primary key, flow integer not null, id text not null, queue integer not null, holder integer not null default 0,
    stored real not null, until real not null, arrival integer, redelivered integer not null default 0, attempt integer not null default 0,
    starts integer not null default 0, due real, lapse real
  ) strict;
  create unique index message_id on message (flow, id);
  create index message_live on message (queue, holder, seq) where holder > -2;
  create index message_lapse on message (lapse) where lapse is not null;

  create table payload (seq integer primary key, head any not null, body any not null) strict;

  create table session (session integer primary key autoincrement, flow integer not null, until real not null) strict;
  create table taker (queue integer not null, session integer not null, primary key (queue, session)) strict, without rowid;

  create table dead (
    dead integer primary key autoincrement, flow integer not null, queue text not null, id text not null, head any not null, body any not null,
    reason any not null, at real not null
  ) strict;
  create index dead_queue on dead (flow, queue, dead);

  create table record (
    record integer primary key autoincrement, ns text not null, topic text not null, key text not null, id text not null, body any not null,
    stored real not null, until real not null
  ) strict;
  create unique index record_id on record (ns, topic, key, id);
  create index record_until on record (until);

  create table document (ns text not null, key text not null, body any not null, rev integer not null, until real, primary key (ns, key)) strict;
  create table revision (rev integer not null) strict;
  insert into revision values (0);

  create table cast_text (n integer primary key autoincrement, ns text not null, topic text not null, body any not null, at real not null) strict;
  `,
];
