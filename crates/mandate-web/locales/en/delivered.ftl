# What was delivered: the portfolio, an account's first page, lists of cases.
not-stated = Not stated
nobody-yet = Nobody yet
tier-key = Key account
priority = Priority { $number }
standing-met = Met
standing-just-missed = Just missed
standing-missed = Missed
standing-not-measured = Not measured
standing-too-few = Too few cases
months-from-to = { $from } to { $to }
outcome-met = Met
outcome-missed = Missed
outcome-running = Running
outcome-cancelled = Cancelled
outcome-not-measured = Not measured

portfolio-caption = Accounts, those that need attention first
portfolio-caption-by-name = Accounts by name
portfolio-lead-not-measured = Nothing is measured yet.
portfolio-rest-not-measured = Import the log of your service desk under Facts, and results and states appear here, the accounts that need attention first; until then accounts stand by name.
portfolio-alike = Some accounts look alike:
portfolio-lead = { $missed ->
    [0] No account missed its service level in its newest months.
    [one] { $count ->
        [one] The one account missed its service level in its newest months.
       *[other] One of { $count } accounts missed its service level in its newest months.
    }
   *[other] { $missed } of { $count } accounts missed their service level in their newest months.
  }
portfolio-rest = { $just ->
    [0] None was just below it.
    [one] One more was just below it.
   *[other] { $just } more were just below it.
  }
portfolio-import = Import
portfolio-add = Add account
portfolio-no-manager = No account manager
portfolio-reported = Reported result
portfolio-clock = Our clock
portfolio-of-cases = { $count ->
    [one] of 1 case
   *[other] of { $count } cases
  }
portfolio-goal = goal { $goal }
portfolio-goal-assumed = goal { $goal }, assumed
portfolio-months = Our clock, 12 months
portfolio-spark = 12 months, from { $first } to { $last } %
portfolio-state = State
portfolio-month = Month
portfolio-differs = Readings differ
portfolio-total-cases = Cases in all
portfolio-view-all = All accounts
portfolio-view-key = Key accounts
portfolio-view-mine = My accounts
portfolio-view-missed = Missed
portfolio-view-imported = Without demo data
portfolio-fig-value = Annual value
portfolio-fig-accounts = { $count ->
    [one] 1 account
   *[other] { $count } accounts
  }{ $unstated ->
    [0] {""}
   *[other] , { $unstated } without an annual value
  }
portfolio-fig-accounts-shown = { $count ->
    [one] of 1 account shown by the filter
   *[other] of { $count } accounts shown by the filter
  }{ $unstated ->
    [0] {""}
   *[other] , { $unstated } without an annual value
  }
portfolio-fig-from-contracts = { $count ->
    [one] one of the values is from contracts
   *[other] { $count } of the values are from contracts
  }
portfolio-fig-elsewhere = { $count ->
    [one] one contract in another currency than its account’s is not in it
   *[other] { $count } contracts in other currencies than their accounts’ are not in it
  }
portfolio-fig-and = and { $rest }; currencies are never added
portfolio-fig-clock = Our clock, newest months
portfolio-fig-clock-note = { $met } of { $count ->
    [one] { $count } case
   *[other] { $count } cases
  } within target
portfolio-fig-reported = Reported result, newest months
portfolio-fig-reported-note = { $met } of { $count ->
    [one] { $count } case
   *[other] { $count } cases
  }, by the source’s own flag
portfolio-fig-differs = The two differ on
portfolio-fig-differs-note = in the newest months; each opens to both reasons
portfolio-cases = { $count ->
    [one] case
   *[other] cases
  }
portfolio-empty = No accounts yet
portfolio-empty-text = An account is a client you answer for: its people, contracts and what was delivered.
portfolio-empty-example = Brackwell Insurance · Eszter Molnár · renews 30 Jun 2027

cases-title = Cases
cases-caption = Cases, the newest first
cases-lead = { $count ->
    [0] No cases.
    [one] One case.
   *[other] { $count } cases.
  }
cases-rest = The reported result is the source’s own flag on a case’s last event; our clock follows the service level. Open a case to see its clock step by step.
cases-view-all = All cases
cases-view-missed = Missed on our clock
cases-view-differs = Readings differ
cases-view-running = Running
cases-empty = No cases yet
cases-empty-text = Cases come from the raw log of your service desk: tickets, calls, transactions.
cases-empty-example = INC0000045 · Priority 3 · opened 29 Feb 2016, 01:16
case-case = Case
case-opened = Opened
case-last-event = Last event
case-reported = Reported result
case-clock = Counted time
case-of-target = of { $target }
case-our-result = Our clock
case-paused = Paused
case-events = Events

account-tabs = Pages of this account
account-tab-overview = Overview
account-tab-measures = Measures
account-tab-cases = Cases
account-tab-exclusions = Exclusions
account-tab-credits = Credits
account-tab-contracts = Contracts
account-tab-people = People
account-tab-history = History
account-notice-by = notice by { $day }
turn-ends = ends { $day }
turn-renews = renews { $day }
turn-open = runs until notice
account-edit = Change account
account-no-cases = No cases yet.
account-no-cases-rest = Import the log of the service desk to see what was delivered.
account-no-cases-text = What was delivered shows here once the log of the service desk names this account.
account-lead-met = { $month }: { $share } within target on our clock, goal { $goal }: met.
account-lead-just-missed = { $month }: { $share } within target on our clock, just below the goal of { $goal }.
account-lead-missed = { $month }: { $share } within target on our clock against { $goal }: missed.
account-lead-too-few = { $month }: { $share } within target on our clock, goal { $goal }. { $count ->
    [one] One case is
   *[other] { $count } cases are
  } too few to judge by.
account-lead-not-measured = { $month }: no case with a result.
account-rest = { $count ->
    [0] Source and clock agree on all { $total } cases.
    [one] The source says otherwise on one of { $total } cases.
   *[other] The source says otherwise on { $count } of { $total } cases.
  }
account-fig-reported = Reported result
account-fig-reported-note = { $met } of { $count ->
    [one] { $count } case
   *[other] { $count } cases
  }, by the flag on each case’s last event
account-fig-clock = Our clock
account-fig-clock-note = { $met } of { $count ->
    [one] { $count } case
   *[other] { $count } cases
  } within target; goal { $goal }
account-fig-differs = The two differ on
account-fig-differs-note = of { $count }; both reasons below
account-fig-running = Still running
account-fig-running-note = { $events ->
    [one] One event in all
   *[other] { $events } events in all
  }; { $reopened ->
    [one] one reopening
   *[other] { $reopened } reopenings
  }
account-delivered = What was delivered?
account-delivered-caption = { $period }. A case counts where its last event puts it. The two readings are never mixed.
account-cases = Cases
account-reported = Reported result
account-clock = Our clock
account-mean = Mean counted time
account-differ = Differ
account-met-of = { $met } of { $count }
account-all-priorities = All priorities
account-assumed-lead = Assumed service level.
account-assumed = The import proposed calendar and targets; nobody has stated them yet. Change them under Facts, Service levels.
account-events-lead = Why not count events?
account-events-note = Counted over { $count ->
    [one] one event
   *[other] { $count } events
  } the flag says { $events }; counted over cases, { $cases }. The flag is true until a case breaches, so a late case carries many “met” events. Only its last event tells the result.
account-months = Is the service level met, month by month?
account-months-caption = Percent of cases within target; n is cases with a result on our clock.
account-months-label = Share of cases within target by month, our clock and the reported result
account-goal = Goal
account-month = Month
account-chart-goal = goal { $goal }
account-chart-end-clock = { $share } our clock
account-chart-end-reported = { $share } reported
account-disagree = Where do source and clock disagree?
account-disagree-caption = { $count ->
    [0] They agree on every case.
    [one] One case, with both reasons.
   *[other] The newest of { $count } cases, with both reasons.
  }
account-disagree-all = All of them
account-disagree-none = The source’s flag and our clock say the same of every case.
account-why-clock = Why our clock says so
account-differs-source = The flag on its last event; the source gives no reason.
account-differs-ours = { $clock } counted, target { $target }.
account-differs-open = Not solved; target { $target } has passed.
account-differs-left-out = Of { $elapsed } from opening to last event: { $paused } paused, { $closed } outside hours or after the end.
account-people = Who matters here?
account-people-all = All people
account-people-none = Nobody is known yet on either side.
account-contracts = Under which contracts?
account-contracts-all = All contracts
account-contracts-none = No contract is known yet.
account-contract-lines = { $count ->
    [0] No lines
    [one] 1 line
   *[other] { $count } lines
  }
account-contract-renews = renews { $day }
account-contract-ended = ended { $day }
account-contract-ends = ends { $day }
account-contract-value = { $value } a year
value-from-contracts = from contracts
value-without-volume = { $count ->
    [one] without 1 line that has no volume
   *[other] without { $count } lines that have no volume
  }
value-elsewhere = plus { $count ->
    [one] 1 contract in another currency
   *[other] { $count } contracts in other currencies
  }
account-history = What happened?
account-history-lead = Every change of this account, newest first.
account-history-rest = Who did it, and when.
account-history-all = All changes of this account
account-history-by = by { $who }
account-history-older = What happened before is not shown here.
account-history-open = See this change
account-history-open-one = See one of these changes
account-history-import-changed = { $what }: { $count } changed by the file { $file }
account-history-import-other = { $what }: { $count } { $event } by the file { $file }
account-history-imported = { $what }: { $count } imported from the file { $file }
account-history-none = Nothing yet
account-history-none-text = Changes of the account, its people, contracts and results appear here.
account-history-none-example = Brackwell Insurance: account changed · by Eszter Molnár

facts-lead = { $count ->
    [0] No cases yet.
    [one] One case; source and clock differ on { $differs }.
   *[other] { $count } cases; source and clock differ on { $differs } of them.
  }
facts-rest = Both readings stand side by side and are never mixed.
facts-import = Import a log
facts-sources = What does each source say?
facts-sources-caption = Share of cases within target: reported by the source, and on our clock under the service level.
facts-source = Source
facts-events = Events
facts-by-events = By events
facts-until = Data to { $at }
facts-note = The source’s flag is true until a case breaches. Counted over events, late cases weigh in with all their earlier “met” events; counted over cases, each case counts once, by its last event.
facts-open = Open
facts-link-cases = Cases
facts-link-cases-text = Every case with its clock, step by step.
facts-link-measures = Measures
facts-link-measures-text = What is measured, how, and why it matters to whom.
facts-link-service-levels = Service levels
facts-link-service-levels-text = Calendars, targets and goals our clock runs by.
facts-link-calendars = Calendars
facts-link-calendars-text = Opening hours and holidays, by the version valid at the time.
facts-link-sources = Sources
facts-link-sources-text = Logs, their files, and what their states mean.
facts-link-scorecards = Scorecards
facts-link-scorecards-text = Customer delivery beside technical measures, by delivery lead.
