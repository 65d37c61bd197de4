-- Of each delivery those of earlier versions of the same plan, for the same member at the same practice.
create view earlier_delivery as
select n.id as newer, o.id, o.seq, o.state, o.sent_at, o.acknowledged_at, o.acknowledged_by, q.seq as plan_seq, q.version
from delivery n join plan p on p.id = n.plan
  join plan q on q.chain = p.chain and q.mco = p.mco and q.seq < p.seq
  join delivery o on o.plan = q.id and o.pcmh = n.pcmh and o.member = n.member;
grant select on earlier_delivery to icp_line;
