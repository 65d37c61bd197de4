-- A certificate that a look did not find is remembered until a month after its end: what was told of it is not told again.
alter table certificate add column gone_at timestamptz;

alter table nudge drop constraint nudge_kind_check; -- stopped: of a request, told to its asker's side
alter table nudge add constraint nudge_kind_check check (kind in ('silent', 'recovered', 'stopped'));
