"""What the synthetic plans say: concerns, goals and actions, and the thread that is withheld."""

from __future__ import annotations

CONCERNS = (
    ("E11.65", "Type 2 diabetes with A1c above goal at the last two visits"),
    ("I50.32", "Chronic heart failure, two admissions since spring"),
    ("I10", "Blood pressure above goal on home readings"),
    ("N18.31", "Kidney disease stage 3a, needs review of doses"),
    ("Z60.2", "Lives alone, daughter two hours away"),
    ("Z59.41", "Runs short of food at the end of the month"),
)
GOALS = (
    ("A1c below 7.5 by spring", "I want to keep my eyesight and keep sewing"),
    ("No hospital stay for heart failure until summer", "I want to sleep in my own bed"),
    ("Home blood pressure below 135/85", "Numbers I can be calm about"),
    ("Doses reviewed for kidney function", "No pills that hurt my kidneys"),
    ("Has somebody to call every evening", "Not to be alone when it gets dark"),
    ("Food in the house all month", "To eat right even in the last week"),
)
ACTIONS = (
    "Teach glucose log and foot check at the home visit",
    "Titrate basal insulin by the clinic's protocol",
    "Daily weight, call when up more than one kilogram",
    "Review of diuretic with the cardiology nurse",
    "Loan of a blood pressure cuff and a reading every morning",
    "Kidney function and potassium in six weeks",
    "Evening call circle of the parish, five days a week",
    "Home-delivered meals, low salt, fourteen a week",
    "Ride to visits booked a week ahead",
)
ALCOHOL = ("F10.20", "Alcohol use disorder, moderate, in treatment since May")
SOBER = ("Keeps sobriety through the winter", "One day at a time")
COUNSEL = "Alcohol counselling every second week and naltrexone refill"
