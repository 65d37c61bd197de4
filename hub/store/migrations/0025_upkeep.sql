-- A certificate that a look did not find is remembered until a month after its end: what was told of it is not told again.
alter table certificate add column gone_at timestamptz;
