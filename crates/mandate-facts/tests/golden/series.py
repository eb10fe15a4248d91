"""Writes series.csv: cases on a plain Monday-to-Friday calendar, figures by stepping through wall minutes in Python.

Run by hand when the series is to change: python3 series.py > series.csv. It shares nothing with the engine.
"""
import datetime as dt
from zoneinfo import ZoneInfo

CALENDARS = {  # zone, windows of a weekday in hours
    "office": ("Europe/Berlin", [(8, 18)]), "lunch": ("UTC", [(8, 12), (13, 17)]),
    "new_york": ("America/New_York", [(8, 18)]), "kolkata": ("Asia/Kolkata", [(9, 17)])}
TARGET_H = {1: 4, 2: 8, 3: 40, 4: 80}
MINUTE = dt.timedelta(minutes=1)


def is_open(calendar, instant):
    zone, windows = CALENDARS[calendar]
    wall = instant.astimezone(ZoneInfo(zone))
    return wall.weekday() < 5 and any(a <= wall.hour < b for a, b in windows)


def figures(calendar, opened, pause, solved, priority):
    """Seconds counted, paused, closed; the first minute over the target."""
    counted = paused = closed = 0
    breached = None
    at = opened
    while at < solved:
        if pause and pause[0] <= at < pause[1]:
            paused += 60
        elif not is_open(calendar, at):
            closed += 60
        else:
            if counted == TARGET_H[priority] * 3600:
                breached = at
            counted += 60
        at += MINUTE
    return counted, paused, closed, breached


def duration(seconds):
    hours, minutes = divmod(seconds // 60, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "") or "0"


def row(number, calendar, start, open_h, pause_h, priority):
    zone = ZoneInfo(CALENDARS[calendar][0])
    opened = start.replace(tzinfo=zone).astimezone(dt.timezone.utc)
    solved = opened + dt.timedelta(hours=open_h)
    pause = (opened + dt.timedelta(hours=open_h * 0.25), opened + dt.timedelta(hours=open_h * 0.25 + pause_h)) if pause_h else None
    counted, paused, closed, breached = figures(calendar, opened, pause, solved, priority)
    show = lambda at: at.astimezone(zone).strftime("%m-%d %H:%M")
    events = [f"{show(opened)} active p{priority}"]
    if pause:
        events += [f"{show(pause[0])} client", f"{show(pause[1])} active"]
    events.append(f"{show(solved)} resolved")
    outcome = "missed" if breached else "met"
    name = f"series {number}: {calendar}, {opened.astimezone(zone):%a %H:%M}, {open_h} h of wall time, pause {pause_h} h, priority {priority}"
    return (f"{name}|{calendar}|resolution|{opened.astimezone(zone):%Y-%m-%d %H:%M}|{'; '.join(events)}||12-01 12:00|{outcome}"
            f"|{duration(counted)}|{show(breached) if breached else ''}||{duration(paused)}|{duration(closed)}|0|0|0")


def main():
    print("# Written by series.py. Same columns as clock.csv.")
    number = 0
    for calendar in CALENDARS:
        for day, hour, minute in [(4, 9, 0), (5, 13, 30), (7, 16, 15), (8, 17, 45), (9, 11, 0), (10, 3, 20), (31, 1, 10)]:
            for wall_h, pause_h, priority in [(4, 0, 1), (20, 2, 2), (60, 6, 1), (200, 40, 3)]:
                number += 1
                print(row(number, calendar, dt.datetime(2024, 3, day, hour, minute), wall_h, pause_h, priority))


main()
