-- What a plan says and what a release of it says, as digests: a version that says nothing new is not sent again.
-- Rows from before have none; then nothing is known to be the same, and the next version is sent.
alter table plan add column meaning text, add column same_as text references plan;
alter table release add column meaning text;
