"""A second reading of the law, clause by clause, slow and plain, sharing no code with the engine.

`test_oracle` compares it with `decide` on random requests and files. It looks at one matter and
every form by brute force: does anything forbid it, and does anything give it a basis? It knows
Pennsylvania's law and Franklin's (a made-up state) by heart, not from their packs.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

KNOWN = {
    *("general", "sud", "hiv", "mental_health", "psychotherapy_note", "sud_counselling_note"),
    *("sdv", "std", "sexual_health", "minor", "restricted", "unlabelled"),
}
PLAIN = {"general", "sdv", "std", "sexual_health"}
OPENABLE = PLAIN | {"sud", "mental_health"}
GRANTS = {"tpo", "specific", "roi", "sud_counselling", "psychotherapy", "hiv", "proceedings"}
LIMITS = {"refusal", "restriction"}
KIN = {"parent", "proxy", "household", "family"}
JUSTICE = {"court", "police", "litigant", "legislature"}
TPO = {"TREAT", "HPAYMT", "HOPERAT", "CAREMGT"}
OFFICE = {"TREAT", "HPAYMT", "HOPERAT"}


def released(q, held, policy):
    """Return the matters that may go; nothing where the general ones can't."""
    held = [c for c in held if c.member == q.member]
    goes = {m for m in q.matters if not _stopped(q, held, policy, m) and _based(q, held, policy, m)}
    general = {m for m in q.matters if m.category == "general"}
    return frozenset(goes if not general or general & goes else ())


def _day(q):
    return q.at.astimezone(ZoneInfo(q.member_zone)).date()


def _age(q, on=None):
    on, born = on or _day(q), q.birth_date
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _part2(q, m):
    """2.11, 2.12: by origin; unknown counts with a sign of substance use or a declared source."""
    if m.part2_origin == "yes":
        return True
    sign = m.category in {"sud", "sud_counselling_note"} or q.discloser_is_part2_source
    return m.part2_origin == "unknown" and sign


def _covered_entity(q):
    return q.recipient.kind in {"covered_entity", "business_associate"}


def _hipaa(q):
    """164.506(c)."""
    classes = set(q.recipient.classes)
    related = {"treating_provider", "health_plan", "payer", "fee_for_service", "state_medicaid"}
    if not _covered_entity(q):
        return False
    if q.purpose == "TREAT":
        return "treating_provider" in classes
    return q.purpose in TPO and bool(classes & related)


def _enough(q, policy, m):
    """164.502(b): the minimum necessary, except for treatment."""
    return q.purpose == "TREAT" or m.category in policy.necessary.get(q.purpose, ())


def _states(q, policy):
    """Return the law packs in force, and whether some state has none."""
    wanted = set(q.states) or {policy.home_state}
    day = _day(q)
    spans = {"PA": (date(2023, 1, 1), date.max), "FR": (date(2025, 1, 1), date(2026, 12, 1))}
    ours = {pack.id for pack in policy.packs} - set(policy.off)
    live = {s for s, (a, b) in spans.items() if s in wanted & ours and a <= day < b}
    return live, wanted != live


def _on(rule, live, policy):
    asleep = rule in {"PA-03", "FR-07"} and rule not in policy.on
    return rule[:2] in live and rule not in policy.off and not asleep


def _emergency(q, policy):
    """2.51: medical personnel, recorded at once, consent out of reach; not older than a day."""
    e = q.emergency
    if q.purpose != "BTG" or e is None:
        return False
    if ("P2-13" if e.kind == "disaster" else "P2-12") in policy.off:
        return False
    staff = bool(set(q.recipient.classes) & {"treating_provider", "emergency_service"})
    recorded = e.nature_recorded and e.discloser != "" and q.recipient.person != ""
    fresh = e.declared_at <= q.at <= e.declared_at + timedelta(hours=policy.emergency_hours)
    return staff and recorded and fresh and e.unobtainable and (e.kind != "disaster" or e.closed)


def _opened(q, policy, m):
    return _emergency(q, policy) and m.category in OPENABLE


def _required(q, policy):
    """164.512(a), HR-10: a law the request cites, or one the policy does."""
    cited = [
        law
        for law in policy.required_by
        if law.citation and law.granted_by and law.starts <= _day(q) <= law.ends
    ]
    to = q.recipient.organisation
    held = any(to in law.organisations and q.purpose in law.purposes for law in cited)
    return held or q.required_by != ""


def _audited(q, policy, m):
    """2.53: a grant by the privacy officer with agreement, scope and end."""
    if q.purpose != "AUDIT" or m.category not in OPENABLE or "P2-18" in policy.off:
        return False
    scope = {m.category, "sud"} if _part2(q, m) else {m.category}
    return any(
        g.organisation == q.recipient.organisation
        and scope <= set(g.categories)
        and g.agreement
        and g.granted_by
        and g.starts <= _day(q) <= g.ends
        for g in policy.audit_grants
    )


def _exempt(q, policy):
    """7607(a)(6)-(7), by policy only."""
    return "PA-07" not in policy.off and any(
        x.rule == "PA-06"
        and x.paragraph in {"35 P.S. 7607(a)(6)", "35 P.S. 7607(a)(7)"}
        and q.recipient.organisation in x.organisations
        and q.purpose in x.purposes
        and x.granted_by
        and x.starts <= _day(q) <= x.ends
        for x in policy.exemptions
    )


# What stands against it.


def _stopped(q, held, policy, m):
    live, unread = _states(q, policy)
    return (
        m.category not in KNOWN - {"unlabelled"}
        or not q.recipient.verified
        or (not q.enrolled and "HR-15" not in policy.off and not _opened(q, policy, m))
        or _justice(q, m)
        or _unnoticed(q, policy, m, live)
        or _unread(q, policy, m, unread)
        or _hidden(q, policy, m, live)
        or _unnecessary(q, policy, m)
        or _unrecorded(q, policy)
        or (q.purpose == "BTG" and m.category in {"psychotherapy_note", "sud_counselling_note"})
        or (q.purpose == "AUDIT" and "P2-18" not in policy.off and not _audited(q, policy, m))
        or _limited(q, held, policy, m)
        or _unsigned(q, held, policy, m, live)
    )


def _justice(q, m):
    """2.12(d)(1)."""
    legal = q.purpose == "LEGAL" or set(q.recipient.classes) & JUSTICE
    return legal and (_part2(q, m) or m.category in {"sud", "sud_counselling_note"})


def _unnoticed(q, policy, m, live):
    """2.32, 7607(e), Franklin 12-10."""
    told = _part2(q, m) or m.category == "sud_counselling_note"
    told = told or (m.category == "hiv" and _on("PA-08", live, policy))
    told = told or (m.category == "std" and _on("FR-04", live, policy))
    return told and not q.carries_notices


def _unread(q, policy, m, unread):
    """HR-13."""
    stays = m.category in {"hiv", "sud", "sud_counselling_note"} or _part2(q, m)
    return unread and "HR-13" not in policy.off and stays


def _hidden(q, policy, m, live):
    """PA-10, PA-03, FR-07, HR-19."""
    classes, age = set(q.recipient.classes), _age(q)
    own = {"sud", "sud_counselling_note", "std", "hiv", "sexual_health", "minor"}
    controlled = m.category == "mental_health" and (age < 0 or age >= 14)
    hidden = m.category in own or _part2(q, m) or controlled
    if _on("PA-10", live, policy) and classes & KIN and age < 18 and hidden:
        return True
    treats = classes & {"treating_provider", "emergency_service"}
    if _on("PA-03", live, policy) and (m.category == "sud" or _part2(q, m)) and not treats:
        return True
    kept = m.category == "sdv" or _part2(q, m)
    if _on("FR-07", live, policy) and kept and "treating_provider" not in classes:
        return True
    return bool(classes & KIN) and m.category == "sdv" and "HR-19" not in policy.off


def _unnecessary(q, policy, m):
    plain = m.category in OPENABLE and not _part2(q, m)
    return plain and _hipaa(q) and not _enough(q, policy, m) and "HI-02" not in policy.off


def _unrecorded(q, policy):
    """Say whether an emergency is not recorded as 2.51(c) wants it: it opens nothing at all."""
    disaster = q.emergency is not None and q.emergency.kind == "disaster"
    rule = "P2-13" if disaster else "P2-12"
    return q.purpose == "BTG" and rule not in policy.off and not _emergency(q, policy)


def _yields(q, policy, m):
    """HR-10."""
    plain = m.category in PLAIN and not _part2(q, m)
    return _opened(q, policy, m) or (_required(q, policy) and plain)


def _limited(q, held, policy, m):
    """164.522(a), 2.26, HR-16, HR-17, 004-45."""
    if _yields(q, policy, m):
        return False
    for limit in held:
        if limit.kind in LIMITS and _binding(q, limit, m):
            newer = [
                c
                for c in held
                if c.kind in GRANTS
                and limit.signed_on
                and c.signed_on
                and c.signed_on > limit.signed_on
                and _valid(q, c, policy)
                and _names_us(q, c)
                and _purposed(q, c)
                and _about(q, c, m)
            ]
            if limit.kind == "restriction" or not newer:
                return True
    return False


def _binding(q, c, m):
    named = c.recipients
    anybody = not (named.organisations or named.persons or named.classes)
    who = anybody or _to(q, named) or (named.persons and not q.recipient.person)
    from_us = c.disclosers
    anyone = not (from_us.organisations or from_us.persons or from_us.classes)
    return bool(
        _current(q, c)
        and _authorised(q, c)
        and who
        and (not c.purposes or q.purpose in c.purposes)
        and (anyone or _names_us(q, c))
        and (not c.categories or _about(q, c, m))
    )


def _unsigned(q, held, policy, m, live):
    """Say whether some law wants a form that isn't there."""
    wants = _wants(q, policy, m, live)
    return any(not any(_answers(q, c, policy, w) for c in held) for w in wants) or (
        _act65(q, policy, m, live) and m.minor_basis == "unknown"
    )


def _act65(q, policy, m, live):
    """35 P.S. 10101.1; Franklin 14-1 from 16."""
    age = _age(q)
    if m.category != "mental_health":
        return False
    return (_on("PA-09", live, policy) and (age < 0 or 14 <= age < 18)) or (
        _on("FR-05", live, policy) and (age < 0 or 16 <= age < 18)
    )


def _wants(q, policy, m, live):
    """Return every form that some law wants before this may go."""
    c, young, away = m.category, _age(q) < 18, not _covered_entity(q)
    own = {"member", "minor"}
    wants = []
    if c == "sud_counselling_note":
        wants.append({"kinds": {"sud_counselling"}, "word": c, "alone": True})
    elif _part2(q, m):
        if not _opened(q, policy, m) and not _audited(q, policy, m):
            lone = q.recipient.kind == "other"
            kinds = {"specific"} if lone else {"specific", "tpo"}
            wants.append({"kinds": kinds, "word": "sud", "named": lone, "part2": True})
            wants[-1]["signers"] = own if young else None
    elif away and c in OPENABLE and not _opened(q, policy, m) and q.purpose != "AUDIT":
        signers = own if young and c == "sud" else None
        wants.append({"kinds": {"roi", "specific"}, "word": c, "hipaa": True, "signers": signers})
    if c == "psychotherapy_note":
        wants.append({"kinds": {"psychotherapy"}, "word": c, "alone": True})
    if c == "restricted":
        wants.append({"kinds": {"roi", "specific"}, "word": c, "named": True})
    if c == "minor":
        kinds = {"roi", "specific"} if away else {"tpo", "roi", "specific"}
        wants.append({"kinds": kinds, "word": c, "named": away, "signers": own})
    return wants + _state_wants(q, policy, m, live)


def _state_wants(q, policy, m, live):
    c, away = m.category, not _covered_entity(q)
    own, kin = {"member", "minor"}, {"parent", "guardian"}
    wants = []
    if c == "hiv" and _on("PA-06", live, policy) and not (_exempt(q, policy) and "PA" in live):
        wants.append({"kinds": {"hiv"}, "word": c, "named": True})
    act33 = away and not _part2(q, m) and not _opened(q, policy, m)
    if c == "sud" and act33 and _on("PA-02", live, policy):
        wants.append({"kinds": {"roi", "specific"}, "word": c})
    county = {q.discloser, "*"} & set(policy.written_mental_health)
    if c == "mental_health" and county and _on("PA-05", live, policy):
        wants.append({"kinds": {"tpo", "specific", "roi"}, "word": c})
    signers = own | kin if m.minor_basis == "parent" else own
    age = _age(q)
    if c == "mental_health" and _on("PA-09", live, policy) and (age < 0 or 14 <= age < 18):
        wants.append({"kinds": {"tpo", "specific", "roi"}, "word": c, "signers": signers})
    if c == "mental_health" and _on("FR-05", live, policy) and (age < 0 or 16 <= age < 18):
        wants.append({"kinds": {"tpo", "specific"}, "word": c, "signers": signers})
    if c == "std" and _on("FR-02", live, policy):
        wants.append({"kinds": {"roi", "specific"}, "word": c, "named": True})
    return wants


# What gives it a basis.


def _based(q, held, policy, m):
    live, unread = _states(q, policy)
    wants = _wants(q, policy, m, live)
    signed = wants and all(any(_answers(q, c, policy, w) for c in held) for w in wants)
    plain = not _part2(q, m)
    return (
        _opened(q, policy, m)
        or _audited(q, policy, m)
        or (_required(q, policy) and m.category in PLAIN and plain)
        or (_hipaa(q) and plain and _enough(q, policy, m) and _lets(policy, m, live, unread))
        or _exempted(q, policy, m, live)
        or (bool(signed) and _form_gives(q, held, policy, m, live))
    )


def _lets(policy, m, live, unread):
    """Say whether HIPAA's permission reaches the category under the state's law."""
    rules = {"mental_health": ("PA-04", "FR-06"), "sud": ("PA-01",), "hiv": ("FR-01",)}
    if any(_on(rule, live, policy) for rule in rules.get(m.category, ())):
        return True
    silent = unread and m.category == "mental_health" and "HR-13" not in policy.off
    return silent or m.category in PLAIN


def _exempted(q, policy, m, live):
    may = _hipaa(q) or not _covered_entity(q) or _emergency(q, policy)
    return m.category == "hiv" and "PA" in live and _exempt(q, policy) and may


def _form_gives(q, held, policy, m, live):
    """Say whether a form that is there is itself a basis."""
    c = m.category
    if c in {"sud_counselling_note", "psychotherapy_note", "restricted"}:
        return True
    if _part2(q, m):
        return True if "P2-09" not in policy.off else _direct(q, held, policy)
    if not _covered_entity(q) and c in OPENABLE:
        return True
    if c == "hiv":
        return _on("PA-06", live, policy)
    if c == "std":
        return _on("FR-02", live, policy)
    return c == "minor" and (_hipaa(q) or not _covered_entity(q))


def _direct(q, held, policy):
    """Say whether the newest form that carries a Part 2 record was given to us, not upstream."""
    kinds = {"specific"} if q.recipient.kind == "other" else {"specific", "tpo"}
    want = {"kinds": kinds, "word": "sud", "named": q.recipient.kind == "other", "part2": True}
    want["signers"] = {"member", "minor"} if _age(q) < 18 else None
    fits = [c for c in held if _answers(q, c, policy, want)]
    fits.sort(key=lambda c: (-c.signed_on.toordinal(), c.id))
    first = fits[0]
    ours = _names_us(q, first) and _to(q, first.recipients)
    return ours or first.kind == "specific" or q.recipient.kind == "part2_program"


# Forms.


def _answers(q, c, policy, want):
    """Say whether one form answers one want."""
    named = not want.get("named") or _to_by_name(q, c)
    alone = not want.get("alone") or set(c.categories) == {want["word"]}
    signed = want.get("signers") is None or c.authority in want["signers"]
    extra = not want.get("hipaa") or _complete_164(c)
    fits = c.kind in want["kinds"] and want["word"] in c.categories and _purposed(q, c)
    if not (fits and named and alone and signed and extra):
        return False
    if _names_us(q, c) and _valid(q, c, policy):
        return True
    return bool(want.get("part2")) and _upstream(q, c, policy)


def _upstream(q, c, policy):
    """2.33(b)(1): received under a TPO consent, passed on as HIPAA allows."""
    named = c.recipients
    received = q.discloser in named.organisations or set(q.discloser_classes) & set(named.classes)
    return c.kind == "tpo" and received and _hipaa(q) and _valid(q, c, policy, onward=True)


def _valid(q, c, policy, *, onward=False):
    """Say whether a form is in force, complete, signed by the right person, and ours to use."""
    return bool(
        _current(q, c)
        and _complete(q, c)
        and (not c.expires.never or c.kind == "tpo" or "HR-03" in policy.off)
        and (onward or _to(q, c.recipients))
        and _authorised(q, c)
        and _alive(q, c)
        and _approved(c, policy)
        and _designated(q, c, policy)
    )


def _designated(q, c, policy):
    """2.31(a)(4)(ii)(B)."""
    if not policy.intermediary or _to_by_name(q, c):
        return True
    return c.intermediary == policy.intermediary and "treating_provider" in q.recipient.classes


def _current(q, c):
    """2.31(c), HR-06."""
    zone = ZoneInfo(q.member_zone)

    def midnight(day):
        return datetime(day.year, day.month, day.day, tzinfo=zone)

    ends = [c.expires.at, c.expires.event_at, c.revoked_at]
    ends.append(midnight(c.expires.on + timedelta(days=1)) if c.expires.on else None)
    begins = [c.recorded_at, c.starts_at]
    begins += [midnight(d) for d in (c.signed_on, c.starts) if d]
    over = any(end is not None and q.at.astimezone(UTC) >= end.astimezone(UTC) for end in ends)
    early = any(b is not None and q.at.astimezone(UTC) < b.astimezone(UTC) for b in begins)
    return not c.superseded_by and not over and not early


def _authorised(q, c):
    """HR-14, HR-17, HR-18: own signature, or proven authority that has not lapsed."""
    if c.authority in {"member", "minor"}:
        return True
    if not c.proven or c.authority == "relative":
        return False
    if c.authority == "parent":
        return _age(q) < 18
    return c.authority != "guardian" or _age(q) < 18 or _age(q, c.signed_on or _day(q)) >= 18


def _alive(q, c):
    dead = q.died_on is not None and _day(q) >= q.died_on
    return not dead or c.authority == "personal_representative"


def _approved(c, policy):
    """HR-20."""
    late = c.signed_on is not None and (c.recorded_at.date() - c.signed_on).days > (
        policy.approval_after_days
    )
    second = c.approved_by not in {"", c.recorded_by}
    return second or not (late or c.bulk) or "HR-20" in policy.off


def _purposed(q, c):
    if c.kind != "tpo":
        return q.purpose in c.purposes
    return q.purpose in c.purposes & TPO or (q.purpose == "CAREMGT" and "HOPERAT" in c.purposes)


def _names_us(q, c):
    named = c.disclosers
    return q.discloser in named.organisations or bool(q.discloser_classes & named.classes)


def _to(q, named):
    r = q.recipient
    person = r.person != "" and r.person in named.persons
    return r.organisation in named.organisations or person or bool(r.classes & named.classes)


def _to_by_name(q, c):
    r = q.recipient
    return r.organisation in c.recipients.organisations or (
        r.person != "" and r.person in c.recipients.persons
    )


def _about(q, c, m):
    return m.category in c.categories or ("sud" in c.categories and _part2(q, m))


def _stated(parties):
    return bool(parties.organisations or parties.persons or parties.classes)


def _basics(c):
    dated = c.expires.on or c.expires.at or c.expires.event or c.expires.never
    who = _stated(c.disclosers) and _stated(c.recipients) and c.signed_by and c.signed_on
    return who and dated and c.categories and c.purposes and c.method != "verbal"


def _complete(q, c):
    """Say whether a form holds the elements of its own law."""
    if c.kind in {"roi", "psychotherapy"}:
        return _complete_164(c)
    lawful = _basics(c) and {"patient_name", "right_to_revoke"} <= c.statements
    if c.kind == "hiv":
        return lawful
    if c.kind == "tpo" and not {"redisclosure", "refusal_consequences"} <= c.statements:
        return False
    to_hipaa = _covered_entity(q) and q.purpose in TPO and c.purposes & TPO
    if to_hipaa and "redisclosure" not in c.statements:
        return False
    if c.intermediary:
        others = (set(c.recipients.organisations) - {c.intermediary}) | set(c.recipients.persons)
        if not others and c.recipients.classes != {"treating_provider"}:
            return False
    legal = c.purposes == {"LEGAL"} if c.kind == "proceedings" else "LEGAL" not in c.purposes
    return lawful and legal


def _complete_164(c):
    said = {"right_to_revoke", "refusal_consequences", "redisclosure"} <= c.statements
    return _basics(c) and said
