"""Fills a stopped Mandate's SQLite database with accounts, cases and the figures derived from them.

    python3 pages_fill.py DATABASE [ACCOUNTS] [CASES]     prints the ids of some accounts, one a line

The rows are invented and the same each time; figures fit the cases. A column that is not named here gets nothing, zero or
an empty text, so that a new column does not stop the benchmark. The database is a throw-away: no audit record is written.
"""
import random
import sqlite3
import sys

PATH = sys.argv[1]
N_ACCOUNTS = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
N_CASES = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
MONTHS = [f"{2024 + (10 + n) // 12}-{(10 + n) % 12 + 1:02d}" for n in range(24)]
SOURCE = "0000000000000000000000src1"
DAY_US = 86_400_000_000
FIRST_US = 1_730_419_200_000_000  # 2024-11-01T00:00:00Z
GOAL_BP = 9_500

chance = random.Random(20_261_121)
db = sqlite3.connect(PATH)
db.execute("PRAGMA synchronous = OFF")
db.execute("PRAGMA foreign_keys = OFF")


def inserter(table):
    """A function that inserts rows given as dictionaries, many at once."""
    columns = list(db.execute(f"SELECT name, type, \"notnull\" FROM pragma_table_info('{table}')"))
    otherwise = {name: ("" if kind == "TEXT" else 0) if needed else None for name, kind, needed in columns}
    names = list(otherwise)
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"

    def insert(rows):
        db.executemany(sql, ([{**otherwise, **row}[name] for name in names] for row in rows))

    return insert


def identifier(kind, number):
    return f"{kind}{number:024d}"


def month_of(case_idx):
    return case_idx * 7 % len(MONTHS)


def cases():
    """Each case: account, month, priority, seconds, target, reported, met."""
    for idx in range(N_CASES):
        account = idx % N_ACCOUNTS
        priority = chance.choices((1, 2, 3, 4), (2, 8, 60, 30))[0]
        target = (14_400, 28_800, 144_000, 288_000)[priority - 1]
        seconds = int(chance.expovariate(1 / (target * (0.25 + account % 17 / 50))))
        yield idx, account, month_of(idx), priority, seconds, target, chance.random() < 0.9


with db:
    inserter("event_source")([{"id": SOURCE, "name": "Service desk", "profile": "csv", "time_zone": "UTC", "data_until_us": FIRST_US + 730 * DAY_US,
                               "n_cases": N_CASES, "n_events": N_CASES * 5, "version": 1}])
    inserter("account")(
        {"id": identifier("ac", n), "external_id": f"BENCH-{n}", "name": f"Account {n:05d}", "name_sort": f"account {n:05d}",
         "tier": ("key", "core", "standard")[n % 3], "industry": ("insurance", "banking", "transport")[n % 3],
         "time_zone": "Europe/Vienna", "currency": "EUR", "annual_value_minor": 1_000_000 + n * 1_000, "origin": "import", "version": 1}
        for n in range(N_ACCOUNTS))
    insert_case, months, standings = inserter("delivery_case"), {}, {}
    batch = []
    for idx, account, month, priority, seconds, target, reported in cases():
        met, at = seconds <= target, FIRST_US + month * 30 * DAY_US + idx % 28 * DAY_US
        batch.append({
            "id": f"{SOURCE}:CS{idx:08d}", "source_id": SOURCE, "case_ref": f"CS{idx:08d}", "account_id": identifier("ac", account),
            "account_ref": f"Location {account}", "group_ref": f"Group {idx % 70}", "priority": priority, "category": f"Category {idx % 50}",
            "kind": "incident", "state_class": "closed", "opened_at_us": at - seconds * 1_000_000, "last_event_at_us": at,
            "resolved_at_us": at, "closed_at_us": at, "month": MONTHS[month], "n_events": 5, "n_events_flagged": 5, "n_events_met": 5 * reported,
            "reported_met": int(reported), "clock_outcome": "met" if met else "missed", "clock_s": seconds, "target_s": target,
            "outcome_without_exclusions": "met" if met else "missed", "response_outcome": "met", "response_s": 600, "update_outcome": "met",
            "differs": int(met != reported)})
        if len(batch) == 20_000:
            insert_case(batch)
            batch.clear()
        figures = months.setdefault((account, month, priority), [0] * 5)
        total = standings.setdefault(account, {})
        of_month = total.setdefault(month, [0] * 4)
        for row, values in ((figures, (1, reported, met, met != reported, seconds)), (of_month, (1, reported, met, met != reported))):
            for place, value in enumerate(values):
                row[place] += int(value)
    insert_case(batch)
    inserter("delivery_month")(
        {"source_id": SOURCE, "account_key": identifier("ac", account), "month": MONTHS[month], "priority": priority, "n_cases": n, "n_events": 5 * n,
         "n_events_flagged": 5 * n, "n_events_met": 5 * reported, "n_reported": n, "n_reported_met": reported, "n_clocked": n, "n_clock_met": met,
         "n_differs": differs, "clock_sum_s": total_s}
        for (account, month, priority), (n, reported, met, differs, total_s) in months.items())

    def standing(account, by_month):
        last = max(by_month)
        n, reported, met, differs = by_month[last]
        sums = [sum(row[place] for row in by_month.values()) for place in range(4)]
        share = met * 10_000 // n
        good = share >= GOAL_BP
        return {"account_id": identifier("ac", account), "month": MONTHS[last], "n_cases": n, "n_reported": n, "n_reported_met": reported, "n_clocked": n,
                "n_clock_met": met, "n_differs": differs, "reported_bp": reported * 10_000 // n, "clock_bp": share, "goal_bp": GOAL_BP,
                "months": "[]", "total_cases": sums[0], "total_reported": sums[0], "total_reported_met": sums[1], "total_clocked": sums[0],
                "total_clock_met": sums[2], "total_differs": sums[3], "state": "good" if good else "risk", "state_rank": 3 if good else 0}

    inserter("account_standing")(standing(account, by_month) for account, by_month in standings.items())
db.execute("ANALYZE")
db.close()
for n in range(0, N_ACCOUNTS, max(1, N_ACCOUNTS // 200)):
    print(identifier("ac", n))
