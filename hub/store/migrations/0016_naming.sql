-- A secret of each member's, told to nobody: what the ids of released elements are made with, so
-- that no recipient can find the old ids, and the gaps between them, by trying.
alter table member add column naming text not null default gen_random_uuid()::text;
