"""Random requests, files and policies for the properties of decisions, all over the law."""

from datetime import date, datetime

from consent_world import PACKS, make_consent, make_request
from hypothesis import strategies as st

from consent import (
    CATEGORIES,
    AuditGrant,
    Emergency,
    Exemption,
    Expiry,
    Matter,
    Parties,
    Policy,
    Recipient,
    Requirement,
    read_pack,
)
from consent.states import SHIPPED

LIMITS = {"refusal", "restriction"}
ALL_SAID = ("patient_name", "right_to_revoke", "redisclosure", "refusal_consequences")
FRANKLIN = read_pack((PACKS / "franklin.toml").read_text("utf-8"))
WORDS = [*sorted(CATEGORIES), "weather"]
COMMON = ["general", "sud", "hiv", "mental_health", "std"]
PURPOSES = ["TREAT", "CAREMGT", "HPAYMT", "HOPERAT", "BTG", "AUDIT", "LEGAL", "HRESCH"]
NOON = datetime.fromisoformat("2026-06-15T12:00:00-04:00")


def instant(text):
    """Return an aware instant."""
    return datetime.fromisoformat(text)


def mostly(usual, *others):
    """Draw the usual value four times in five."""
    return st.integers(0, 4).flatmap(
        lambda n: st.sampled_from(others) if n == 0 else st.just(usual)
    )


def some(words, least=0):
    """Draw a set of words."""
    return st.frozensets(st.sampled_from(words), min_size=least)


def group(*, organisations=(), persons=(), classes=()):
    """Return parties."""
    return Parties(
        organisations=frozenset(organisations),
        persons=frozenset(persons),
        classes=frozenset(classes),
    )


matters = st.frozensets(
    st.builds(
        Matter,
        st.one_of(st.sampled_from(COMMON), st.sampled_from(WORDS)),
        st.sampled_from(("no", "yes", "unknown")),
        st.sampled_from(("unknown", "minor", "parent")),
    ),
    min_size=1,
    max_size=5,
)


def recipient(organisation, kind, *classes, person="doctor", verified=True):
    """Return a recipient."""
    return Recipient(
        organisation=organisation,
        person=person,
        kind=kind,
        classes=frozenset(classes),
        verified=verified,
    )


recipients = st.one_of(
    st.just(recipient("practice", "covered_entity", "treating_provider")),
    st.sampled_from(
        (
            recipient("practice", "covered_entity", "treating_provider", person=""),
            recipient("practice", "covered_entity", "treating_provider", verified=False),
            recipient("practice", "covered_entity"),
            recipient("plan-b", "covered_entity", "health_plan"),
            recipient("ffs", "covered_entity", "fee_for_service"),
            recipient("dhs", "covered_entity", "state_medicaid"),
            recipient("vendor", "business_associate", "payer"),
            recipient("program-2", "part2_program", "treating_provider"),
            recipient("cbo", "other", person=""),
            recipient("auditor", "other", "auditor"),
            recipient("home", "other", "household", "parent"),
            recipient("court-1", "other", "court"),
            recipient("ems", "other", "emergency_service"),
        )
    ),
)
emergencies = st.builds(
    Emergency,
    id=st.just("e1"),
    kind=st.sampled_from(("medical", "disaster")),
    discloser=mostly("nurse", ""),
    declared_at=mostly(NOON, instant("2026-06-14T11:59:59-04:00"), instant("2026-06-15T13:00:00Z")),
    nature_recorded=mostly(True, False),  # a value to draw
    unobtainable=mostly(True, False),  # as above
    closed=st.booleans(),
)
requests = st.builds(
    make_request,
    matters=matters,
    recipient=recipients,
    purpose=st.one_of(st.just("TREAT"), st.sampled_from(PURPOSES)),
    birth_date=st.sampled_from(
        (
            date(1980, 5, 1),
            date(2011, 1, 1),
            date(2014, 1, 1),
            date(2008, 6, 15),
            date(2009, 1, 1),
            date(9999, 12, 31),
        )
    ),
    at=mostly(NOON, instant("2026-12-05T12:00:00-05:00"), instant("2022-06-15T12:00:00-04:00")),
    discloser_is_part2_source=st.booleans(),
    died_on=mostly(None, date(2026, 6, 15), date(2026, 6, 16)),
    states=mostly(frozenset(), *map(frozenset, ({"PA"}, {"FR"}, {"OH"}, {"PA", "FR"}))),
    enrolled=mostly(True, False),  # a value to draw
    carries_notices=mostly(True, False),  # as above
    required_by=mostly("", "35 P.S. 521.4"),
    emergency=st.one_of(st.none(), emergencies),
)
named = st.sampled_from(
    (
        group(organisations=["practice"]),
        group(organisations=["practice", "cbo", "plan-b", "home", "court-1"]),
        group(classes=["treating_provider"]),
        group(classes=["health_plan"]),
        group(persons=["doctor"]),
        group(persons=["doctor-2"]),
        group(persons=["doctor-2"], organisations=["practice"]),
        group(organisations=["hub"], classes=["treating_provider"]),
        group(organisations=["mco"]),
        group(),
    )
)
disclosers = mostly(
    group(organisations=["mco"]),
    group(classes=["health_plan"]),
    group(organisations=["program"]),
    group(),
)
expiries = mostly(
    Expiry(on=date(2026, 12, 31)),
    Expiry(never=True),
    Expiry(on=date(2026, 6, 14)),
    Expiry(on=date(2026, 6, 15)),
    Expiry(at=NOON),
    Expiry(event="discharge"),
    Expiry(event="discharge", event_at=instant("2026-06-01T00:00:00Z")),
    Expiry(),
)


def _consent(kind, categories, plain, **fields):
    own = {"hiv": "hiv", "psychotherapy": "psychotherapy_note"}
    own["sud_counselling"] = "sud_counselling_note"
    words = frozenset({own[kind]}) if plain and kind in own else categories
    return make_consent(kind, categories=words, **fields)


consents = st.builds(
    _consent,
    st.one_of(
        st.sampled_from(("tpo", "specific", "roi", "hiv")),
        st.sampled_from(
            ("refusal", "restriction", "sud_counselling", "psychotherapy", "proceedings")
        ),
    ),
    st.one_of(some(COMMON, 1), some(WORDS)),
    st.booleans(),
    id=st.integers(1, 10**9).map(lambda n: f"c{n}"),
    member=mostly("m1", "m2"),
    recipients=named,
    disclosers=disclosers,
    intermediary=mostly("", "hub", "hie-2"),
    purposes=st.one_of(st.just(frozenset({"TREAT", "HPAYMT", "HOPERAT"})), some(PURPOSES)),
    signed_on=mostly(
        date(2026, 1, 10), None, date(2026, 1, 9), date(2026, 1, 11), date(2025, 1, 1)
    ),
    authority=mostly("member", *("minor", "parent", "guardian", "poa", "relative")),
    proven=st.booleans(),
    method=mostly("paper", "verbal", "electronic"),
    statements=mostly(frozenset(ALL_SAID), *(frozenset(ALL_SAID) - {one} for one in ALL_SAID)),
    expires=expiries,
    recorded_at=mostly(instant("2026-02-01T00:00:00+00:00"), instant("2026-07-01T00:00:00+00:00")),
    starts=mostly(None, date(2026, 6, 15), date(2026, 6, 16)),
    bulk=mostly(False, True),  # a value to draw
    approved_by=st.sampled_from(("", "officer-1", "officer-2")),
    superseded_by=mostly("", "c0"),
    revoked_at=mostly(None, instant("2026-03-01T00:00:00+00:00"), NOON),
)
files = st.lists(consents, max_size=5)
grants = st.builds(
    AuditGrant,
    id=st.just("g1"),
    organisation=mostly("auditor", "practice"),
    categories=some(COMMON, 1),
    starts=mostly(date(2026, 1, 1), date(2026, 6, 16)),
    ends=mostly(date(2026, 12, 31), date(2026, 6, 14)),
    agreement=mostly("agr-1", ""),
    granted_by=mostly("officer-1", ""),
)
required = st.builds(
    Requirement,
    id=st.just("q1"),
    citation=mostly("35 P.S. 521.4", ""),
    organisations=mostly(frozenset({"practice", "court-1"}), frozenset({"cbo"})),
    purposes=mostly(frozenset({"TREAT", "LEGAL"}), frozenset({"CAREMGT"})),
    starts=mostly(date(2026, 1, 1), date(2026, 6, 16)),
    ends=mostly(date(2026, 12, 31), date(2026, 6, 14)),
    granted_by=mostly("officer-1", ""),
)
exemptions = st.builds(
    Exemption,
    id=st.just("x1"),
    rule=mostly("PA-06", "PA-09"),
    paragraph=mostly("35 P.S. 7607(a)(6)", "35 P.S. 7607(a)(9)"),
    organisations=mostly(frozenset({"practice"}), frozenset({"cbo"})),
    purposes=some(["TREAT", "BTG"], 1),
    starts=mostly(date(2026, 1, 1), date(2026, 6, 16)),
    ends=mostly(date(2026, 12, 31), date(2026, 6, 14)),
    granted_by=mostly("officer-1", ""),
)
SWITCHED = ["P2-09", "P2-12", "P2-13", "P2-18", "HR-03", "HR-13", "HR-15", "HR-19", "HR-20"]
SWITCHED += ["PA-01", "PA-04", "PA-06", "PA-07", "PA-09", "PA-10", "438-b2", "438-b4", "PA"]
policies = st.builds(
    Policy,
    packs=st.sampled_from((SHIPPED, (*SHIPPED, FRANKLIN))),
    home_state=mostly("PA", "FR", "OH"),
    off=mostly(frozenset(), *(frozenset({one}) for one in SWITCHED)),
    on=mostly(frozenset(), frozenset({"PA-03"})),
    written_mental_health=mostly(frozenset(), frozenset({"*"}), frozenset({"mco-2"})),
    approval_after_days=mostly(30, 1000),
    emergency_hours=mostly(24, 0),
    audit_grants=st.lists(grants, max_size=2).map(tuple),
    exemptions=st.lists(exemptions, max_size=2).map(tuple),
    required_by=st.lists(required, max_size=1).map(tuple),
    intermediary=mostly("", "hub"),
)
