-- MLLP, both ways. Who may send by it: a client certificate's SHA-256, or the network a plain line comes from. A practice's
-- interface engine is an endpoint of kind 'mllp'.
alter table endpoint drop constraint endpoint_kind_check;
alter table endpoint add constraint endpoint_kind_check check (kind in ('mailbox', 'webhook', 'sftp', 'mllp', 'status'));
create table mllp_peer (
  peer text primary key, fingerprint text unique, network cidr unique, organisation text not null references organisation,
  revoked_at timestamptz, check ((fingerprint is null) <> (network is null)));
grant select, insert, update on mllp_peer to icp_line;
