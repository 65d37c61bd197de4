-- FHIR, both ways. A practice's FHIR server is an endpoint of kind 'fhir'. A Subscription is an endpoint of kind 'status' with
-- the option `subscription`; one that was deleted has the option `off` and gets no more notices.
alter table endpoint drop constraint endpoint_kind_check;
alter table endpoint add constraint endpoint_kind_check check (kind in ('mailbox', 'webhook', 'sftp', 'mllp', 'direct', 'fhir', 'status'));
create index on notice (endpoint, seq desc);
