# Measures, results, exclusions, service credits, scorecards, the service-level report.
error-invalid = Nothing was saved. Mend the fields below and send it again.
field-error-empty = This is needed.
field-error-long = This has { $length } characters; { $limit } fit. Shorten it.
field-error-control = This holds a character that cannot be shown. Type it again.

measure-error-choice = Choose one of the list.
measure-error-parameter = Give a whole number from { $least } to { $most }.
measure-error-weights = These are no weights. Write priority=weight, such as 1=4, 2=2, 3=1.
measure-error-filter = { $what }.
measure-error-target = This measure cannot reach such a target. Shares lie between 0 and 100; times and counts are not negative.
measure-error-history = The definition in force since { $newest } stands, because results were shown under it. A new one can begin in { $earliest } or later.
measure-error-our-person = This person is not one of ours. Name one of our people by their id.
measure-error-source = There is no source “{ $source }”.
measure-error-contract = This contract is not one of this account.
measure-error-scope = Give an account or a source, not both.
measure-error-id = “{ $text }” is not an id.
measure-error-month = “{ $text }” is not a month; write one such as 2026-10.
measure-error-day = “{ $text }” is not a day; write one such as 2026-10-23.
measure-error-time = “{ $text }” is not a time; write one such as 2026-10-23T11:20.
measure-error-client-person = This person is not among the client’s people of this account. Add them there first.
measure-error-nobody-named = Name the client person who said it.
measure-error-future = This day has not come yet. Record it once it has happened.
measure-error-date = This date and time cannot be read. Write it like 2026-10-23T11:20.

kpi-list-title = Measures
kpi-list-lead = { $month }: { $count ->
    [one] { $met ->
        [0] the one target was not met.
       *[other] the one target was met.
    }
   *[other] { $met } of { $count } targets were met.
  }
kpi-list-missed = { $count ->
    [one] One was missed; the client should hear of it before it is found.
   *[other] { $count } were missed; the client should hear of them before they are found.
  }
kpi-list-none = No measure of this account has a target and a finished month yet.
kpi-list-question = What was promised, and was it kept?
kpi-list-caption = Newest finished month on our clock. Interval 80%. Missed first.
kpi-name = Measure
kpi-name-example = Severe incidents solved in 4 hours
kpi-target = Target
kpi-value = Value
kpi-cases-n = Cases
kpi-twelve-months = 12 months
kpi-client-says = Client says
kpi-state = State
kpi-months-shown = { $count } months
kpi-walked-on = Taken through { $day }
kpi-assumed = Assumed
kpi-empty = No measure yet
kpi-empty-text = A measure says what is computed over the clocks of cases, against which target, and why that matters to the client.
kpi-empty-example = Severe incidents solved within 4 hours, at least 95%, every month
kpi-define = Define a measure
kpi-edit = Change the definition
kpi-no-target = No target
kpi-at-least = at least { $value }
kpi-at-most = at most { $value }
kpi-verdict-met = Met
kpi-verdict-missed = Missed
kpi-verdict-too-few = Too few cases
kpi-verdict-no-target = Watched
kpi-verdict-not-measured = Not measured
kpi-standing-open = Not answered
kpi-standing-agreed = Agreed
kpi-standing-contested = Contested
kpi-clock-resolution = solving
kpi-clock-response = the first reaction
kpi-clock-update = the longest wait for news
kpi-clock-name-resolution = Until solved
kpi-clock-name-response = Until the first reaction
kpi-clock-name-update = Longest wait for news
kpi-formula-share-within-target = cases with { $clock } within target ÷ cases with a result
kpi-formula-share-within = cases with { $clock } within { $duration } ÷ cases with a result
kpi-formula-percentile = { $number }th percentile of counted time for { $clock }
kpi-formula-mean = mean of counted time for { $clock }
kpi-formula-count = number of cases
kpi-formula-rate = { $of } per { $number } { $over }
kpi-formula-per-units = { $of } ÷ { $number } units
kpi-formula-weighted-pool = cases with { $clock } within target, weighted ({ $weights })
kpi-kind-share-within-target = Share within target
kpi-kind-share-within = Share within a time of its own
kpi-kind-percentile = Percentile of time
kpi-kind-mean = Mean time
kpi-kind-count = Number of cases
kpi-kind-rate = One count per another
kpi-kind-per-units = Count per units, such as users
kpi-kind-weighted-pool = Share within target, weighted by priority
kpi-counted-cases = cases
kpi-counted-settled = cases with a result
kpi-counted-missed = cases that missed
kpi-counted-reopened = reopened cases
kpi-counted-reassigned = hand-overs
kpi-counted-differing = cases on which source and clock differ
kpi-filter-all = all cases
kpi-filter-priority = priority { $list }
kpi-filter-group = group { $list }
kpi-filter-team = team { $list }
kpi-filter-category = category { $list }
kpi-filter-kind = kind { $list }
kpi-direction-higher = Higher is better
kpi-direction-lower = Lower is better
kpi-cadence-monthly = Every month
kpi-cadence-quarterly = Every quarter
kpi-cadence-half-yearly = Twice a year
kpi-unit-seconds = seconds
kpi-unit-minutes = minutes
kpi-unit-hours = hours
kpi-unit-days = days
kpi-scope = For
kpi-scope-source = Every account of { $name }
kpi-scope-everything = Every account
kpi-computed = What is computed
kpi-owner = Owner
kpi-nobody = Nobody yet
kpi-valid-from = From month
kpi-source = Source
kpi-every-source = Every source
kpi-clause = Clause
kpi-cadence = Cadence
kpi-cases-counted = Cases counted
kpi-all = All

kpi-lead-none = { $month }: nothing was measured.
kpi-lead-share = { $month }: { $value } against { $target }; { $missed } of { $n } missed.
kpi-lead-target = { $month }: { $value } against { $target }, over { $n ->
    [one] { $n } case
   *[other] { $n } cases
  }.
kpi-lead-plain = { $month }: { $value }, over { $n ->
    [one] { $n } case
   *[other] { $n } cases
  }.
kpi-rest-running = The month still runs; the figure moves with every case.
kpi-rest-contested = { $name } contests it; the answer is yours.
kpi-rest-none = No case of this month passes the filter.
kpi-rest-too-few = { $n ->
    [one] One case is too few for a verdict; the figure is shown all the same.
   *[other] { $n } cases are too few for a verdict; the figure is shown all the same.
  }
kpi-rest-agreed = { $name } has agreed with it.
kpi-rest-missed = Go through it with { $name } before they find it.
kpi-rest-open = { $name } has not answered yet.
kpi-fig-month = Our clock, { $month }
kpi-fig-year = Last { $count } months
kpi-fig-months-met = months met
kpi-fig-months-measured = months measured
kpi-fig-room = Room left in the month
kpi-fig-distance = Distance from target
kpi-fig-credit = Service credit, { $month }
kpi-room-note = Misses allowed { $allowed }, used { $used }
kpi-room-over = Misses allowed { $allowed }, used { $used }: { $over } too many
kpi-credit-no-rule = No rule gives credits on it
kpi-credit-not-computed = Not computed yet
kpi-part-of = { $part } of { $n } in time
kpi-n-cases = { $n ->
    [one] { $n } case
   *[other] { $n } cases
  }
kpi-of-n = of { $n }
kpi-cases = cases
kpi-month = Month
kpi-interval = 80% interval
kpi-our-clock = Our clock
kpi-source-differs = Source, where it differs
kpi-chart-question = Is the target met, month by month?
kpi-chart-caption = n is cases with a result. Bar: 80% interval, wide where n is small.
kpi-chart-end = { $value } our clock
kpi-chart-range = { $low } to { $high }
kpi-chart-target = target { $value }
kpi-definition-changed = New definition
kpi-source-question = Do the source and our clock agree?
kpi-source-caption = { $month }. The source’s own flag beside our clock; neither is computed from the other.
kpi-reported = Reported by the source
kpi-differ = Cases that differ
kpi-differ-note = Each case shows both reasons
kpi-missed-question = Which cases were missed?
kpi-missed-caption = { $month }, { $count } on our clock, the longest past its target first.
kpi-missed-none = None in { $month }.
kpi-case = Case
kpi-priority = Priority
kpi-met = met
kpi-missed = missed
kpi-running = running
kpi-not-stated = not stated
kpi-excluded = { $time } excluded
kpi-without-question = What do the agreed exclusions change?
kpi-without-caption = The same cases with the excluded time counted.
kpi-with-exclusions = With exclusions
kpi-without-exclusions = Without them
kpi-without-verdict = Without the exclusions the verdict would be: { $word }.
kpi-why-question = Why does it matter to { $name }?
kpi-why-unknown = Nobody has asked { $name } yet. Ask, and write down their words.
kpi-why-add = Record their words
kpi-why-change = Change
kpi-why-text = In their words
kpi-why-help = What goes wrong on their side when this is missed, as they say it.
kpi-why-who = Who said it
kpi-why-when = On which day
kpi-why-save = Record
kpi-reason-saved = Recorded why it matters.
kpi-how-question = How is it computed?
kpi-definition-since = Definition { $number }, in force since { $month }
kpi-walked-question = Who was taken through it?
kpi-walked-add = Record who was taken through it
kpi-walked-who = Who of the client
kpi-walked-when = On which day
kpi-walked-note = What came of it
kpi-walked-save = Record
kpi-walkthrough-saved = Recorded who was taken through it.
kpi-never = Never
kpi-no-client-people = No people of { $name } are known yet. Add them on the account.
kpi-said-question = What does { $name } say?
kpi-review-open = Record the client’s answer
kpi-review-title = What does the client say of { $month }?
kpi-review-verdict = The result is
kpi-review-agreed = Agreed
kpi-review-contested = Contested
kpi-review-who = Who of { $name } said it
kpi-review-case = About
kpi-review-whole = The whole result
kpi-review-note = In their words
kpi-review-save = Record the answer
kpi-review-saved = Recorded the client’s answer.
kpi-on-behalf = You record it on their behalf; your name is kept beside theirs.
kpi-choose = Choose
kpi-not-saved = This was not saved

kpi-definitions-title = Definitions of measures
kpi-definitions-caption = Measures by name
kpi-definitions-lead = What is computed, for whom, and since when.
kpi-definitions-rest = A new definition begins with a month; results that were shown stay as they were.
kpi-define-title = Define a measure
kpi-define-lead = Say what is computed, try it on real cases, then keep it.
kpi-define-rest = Nothing is kept until you press the first button.
kpi-define-card = The definition
kpi-for-account = For the account
kpi-for-account-help = The preview uses this account’s cases.
kpi-for-everyone = For every account
kpi-for-everyone-help = Computed for each account over its own cases.
kpi-try-on = Try it on
kpi-clock = Clock
kpi-numbers = Numbers that belong to it
kpi-within = Within
kpi-within-unit = Unit of that time
kpi-percent = Percentile, 1 to 99
kpi-weights = Weights by priority
kpi-weights-help = Such as 1=4, 2=2, 3=1. Priorities left out weigh nothing.
kpi-of = Count of
kpi-over = Per count of
kpi-scale = Per how many
kpi-units = Units there are
kpi-target-help = Percent for a share; leave it empty to watch without a target.
kpi-target-unit = Unit, for a time
kpi-direction = Direction
kpi-priorities = Only priorities
kpi-priorities-help = Such as 1, 2. Empty: all.
kpi-only-group = Only groups, one a line
kpi-only-category = Only categories, one a line
kpi-only-kind = Only kinds, one a line
kpi-only-help = For example { $list }
kpi-valid-from-help = The first month it holds for, such as 2026-10. Empty: the first month with a case, or as it stands.
kpi-define-button = Keep this measure
kpi-revise-button = Keep this definition
kpi-preview = Preview on real cases
kpi-preview-question = What would it give?
kpi-preview-caption = The last 12 months of the account chosen. Nothing is kept.
kpi-preview-hint = Press “Preview on real cases” to see value, number of cases and three examples.
kpi-preview-empty = No case of the last 12 months passes this filter. Loosen it, or choose another account.
kpi-preview-examples = Three of its cases
kpi-history = Definitions so far
kpi-history-caption = Each month keeps the one that held then.
kpi-trash = Put this measure away
kpi-defined = Defined “{ $name }”.
kpi-revised = Changed “{ $name }”.
kpi-trashed = Put away “{ $name }”.
kpi-restored = Brought back “{ $name }”.

result-error-not-over = { $month } is not over yet. Record the answer once it is.
result-error-none = There is no result for { $month }.
result-error-no-reason = Say what is contested.

exclusion-title = Exclusions
exclusion-lead = { $waiting ->
    [0] { $agreed } agreed, none waiting.
    [one] One exclusion waits for an answer; { $agreed } agreed.
   *[other] { $waiting } exclusions wait for an answer; { $agreed } agreed.
  }
exclusion-rest = Time that both sides agree not to count. Every figure is shown with and without it.
exclusion-counts-for = Counts for
exclusion-every-case = Every case of the account
exclusion-asked = Asked by
recorded-by-demo = the demo book
recorded-by-operator = the command line
recorded-by-system = Mandate
exclusion-recorded-by = recorded by { $name }
exclusion-answer-client = Record the client’s answer
exclusion-answer-us = Answer for us
exclusion-answer-note = In which words
exclusion-agree = Agreed
exclusion-refuse = Refused
exclusion-withdraw = Withdraw the proposal
exclusion-open = See exclusions
exclusion-empty = No exclusion yet
exclusion-empty-text = When the client caused a delay, or work was planned, one side proposes to leave that time out and the other answers.
exclusion-empty-example = Power test in the client’s server room, 11:20 to 11:50
exclusion-propose = Propose an exclusion
exclusion-propose-caption = It changes no figure until the other side agrees.
exclusion-propose-button = Propose it
exclusion-side = Who asks for it
exclusion-side-provider = We do
exclusion-side-client = { $name } does
exclusion-client-person = Client person who asks
exclusion-case = Only for the case
exclusion-case-help = The case’s id, source and number joined by a colon. Empty: every case of the account.
exclusion-from = From
exclusion-until = Until
exclusion-zone = Time of { $zone }
exclusion-ground = Ground
exclusion-note = What happened
exclusion-ground-client-caused = The client caused it
exclusion-ground-force-majeure = Force majeure
exclusion-ground-planned-work = Planned work
exclusion-state-proposed = Proposed
exclusion-state-agreed = Agreed
exclusion-state-refused = Refused
exclusion-state-withdrawn = Withdrawn
exclusion-proposed = Proposed the exclusion; it waits for the other side.
exclusion-toast-proposed = The exclusion waits for an answer.
exclusion-toast-agreed = The exclusion is agreed and the figures follow it.
exclusion-toast-refused = Recorded the refusal.
exclusion-toast-withdrawn = Withdrew the proposal.
exclusion-error-own = The side that proposed an exclusion cannot answer it. The other side does.
exclusion-error-not-own = Only the side that proposed an exclusion can withdraw it.
exclusion-error-settled = This exclusion is { $state } already. Load the page again.
exclusion-error-no-reason = A refusal needs a reason.
exclusion-error-backwards = The end must be later than the beginning.
exclusion-error-too-long = One exclusion leaves out at most 366 days. Propose several.
exclusion-error-case = This account has no such case.

credit-title = Service credits
credit-lead = { $count ->
    [one] One credit of { $amount } waits for the client’s word.
   *[other] { $count } credits of { $amount } in all wait for the client’s word.
  }
credit-lead-none = No credit waits for the client’s word.
credit-rest = A computed credit follows the facts; a proposed one keeps its amount.
credit-compute = Compute { $month }
credit-computed = { $count ->
    [one] One credit computed
   *[other] { $count } credits computed
  } for { $month }.
credit-moved = The credit for { $month } is now: { $state }.
credit-state-computed = Computed
credit-state-proposed = Proposed
credit-state-agreed = Agreed
credit-state-waived = Waived
credit-state-noted = On a credit note
credit-move-propose = Propose it to the client
credit-move-withdraw = Withdraw the proposal
credit-move-agree = The client agrees
credit-move-waive = The client waives it
credit-move-note = Put on a credit note
credit-moves = What happens next
credit-reason = Reason, or their words
credit-note-label = Number of the credit note
credit-note-number = credit note { $number }
credit-derivation = How the credit came about
credit-difference = The facts give { $amount } now, a difference of { $difference }. The proposed amount stands until you withdraw it.
credit-line-attainment = { $amount } of { $base } within target: { $share }
credit-line-tier = Below { $below }: { $credit } of the monthly fee
credit-line-no-tier = No tier holds
credit-line-case-over = { $case }: { $over } past target, { $periods } begun periods
credit-line-no-case-over = No case is past its target
credit-line-fee = Monthly fee
credit-line-cap = Limited from { $from } to the amount at risk
credit-line-total = Credit
credit-line-nothing-measured = Nothing was measured
credit-rules = Rules
credit-rule-tier = below { $below }: { $credit } of the fee
credit-rule-periods = { $each } for each begun { $period } past target
credit-rule-terms = at most { $cap } a month · fee { $fee } · from { $since }
credit-rule-earn-back = earned back by { $count ->
    [one] one month without a credit
   *[other] { $count } months in a row without a credit
  }
credit-earn-back = Months that earn it back
credit-earn-back-help = Left empty, a credit stands. Otherwise it is lifted when so many months directly after it give no credit.
credit-earn-back-open = Can still be earned back: { $count ->
    [one] one month is to come.
   *[other] { $count } months are to come.
  }
credit-earn-back-earned = Earned back: the months after it gave no credit, so { $amount } is not owed any more.
credit-earn-back-lost = Not earned back: a month after it gave a credit, or nothing was measured in it.
credit-error-earned-back = The credit of { $month } was earned back by the months after it. Nothing is owed.
credit-rule-new = Add a rule
credit-rule-new-caption = As the contract has it.
credit-rule-button = Keep this rule
credit-rule-saved = Kept the rule.
credit-method = By
credit-method-attainment = Attainment, in tiers
credit-method-periods = Begun periods past the target
credit-tiers = Tiers
credit-tiers-help = From the mildest to the worst, such as: below 95% gives 5% of the monthly fee, below 90% gives 10%. Rows may stay empty.
credit-tier-below = Tier { $n }: attainment below
credit-tier-gives = Tier { $n }: share of the fee
credit-periods = Begun periods
credit-periods-help = Such as: each begun 30 minutes past the target of a case give 1600. Whole minutes.
credit-period = Each begun
credit-each = Gives, per case
credit-cap = At risk a month, { $currency }
credit-fee = Monthly fee, { $currency }
credit-empty = No credit yet
credit-empty-text = Add the contract’s rule, then compute a finished month. Each credit shows how it came about, line by line.
credit-empty-example = €1,600 for each begun half hour past the target, at most €9,600 a month
credit-error-state = A credit that is { $state } cannot be moved so. Load the page again.
credit-error-no-reason = Say why the credit is waived.
credit-error-no-number = Give the number of the credit note.
credit-error-nothing = There is no credit to propose for { $month }.
credit-error-tiers = These are no tiers. Write attainment:credit in hundredths of a percent, falling and rising, such as 9500:500,9000:1000.
credit-error-tier-rows = Attainment has to fall from row to row and the credit to rise, all above 0% and up to 100%, in at most two decimals.
credit-error-period = This is no period. Write seconds:amount, such as 1800:160000.
credit-error-period-fields = Give the minutes of a period and the amount for each, both more than zero.
credit-error-amounts = The amount at risk must be more than zero, and the fee at least zero.
credit-error-earn-back = A credit is earned back within 0 to 24 months.

scorecards-lead = { $count ->
    [0] Nobody leads a team yet.
    [one] One person leads teams that deliver.
   *[other] { $count } people lead teams that deliver.
  }
scorecards-rest = What clients got from their teams stands beside how the teams worked.
scorecards-question = Who answers for what clients get?
scorecards-empty = No delivery lead yet
scorecards-empty-text = Name a lead for a team, or a head for a line of business, and their scorecard appears here.
scorecard-person = Delivery lead
scorecard-teams = Teams
scorecard-team = Team
scorecard-lead = { $share } within target on our clock; { $missed } of { $n } missed.
scorecard-lead-none = No case came to rest with these teams yet.
scorecard-period = { $first } to { $last }.
scorecard-customer = What did clients get?
scorecard-customer-caption = Cases that came to rest with these teams, all accounts.
scorecard-technical = How did the teams work?
scorecard-technical-caption = The same cases, seen from inside.
scorecard-within = Within target
scorecard-reported = Reported by the source
scorecard-p90 = 90th percentile to solve
scorecard-p90-note = counted time
scorecard-part-of = { $part } of { $n ->
    [one] { $n } case
   *[other] { $n } cases
  }
scorecard-credits = Service credits
scorecard-credits-note = { $count ->
    [0] none where cases were missed
    [one] 1 credit, whole, where cases were missed
   *[other] { $count } credits, whole, where cases were missed
  }
scorecard-contested = Contested cases
scorecard-contested-note = by client people
scorecard-cases = Cases
scorecard-cases-note = came to rest here
scorecard-reopened = Reopened
scorecard-handovers = Hand-overs
scorecard-handovers-note = per 100 cases
scorecard-backlog = Running
scorecard-backlog-note = not solved yet
scorecard-by-team = Team by team
scorecard-by-month = Month by month

report-pdf = Report, PDF
report-xlsx = Report, Excel
report-title = Service-level report
report-state = { $month }: { $count ->
    [one] { $met ->
        [0] the one target was not met.
       *[other] the one target was met.
    }
   *[other] { $met } of { $count } targets were met.
  }
report-state-running = { $month } still runs: these figures are not final.
report-us = Us
report-foot = { $provider } for { $client }, { $month }; drawn up { $when }
report-measures-note = On our clock, with the 80% interval and the number of cases it rests on.
report-without = without exclusions { $value }
report-exclusions = What both sides agreed to leave out
report-time = Time
report-agreed-by = Answered by
report-amount = Amount
report-counted = Counted time
report-past = Past target
report-cases-note = { $shown } of { $count }, the longest past its target first. Each opens step by step in Mandate.
report-error-not-built = This program was built without PDF. Take the Excel workbook, or ask the operator for a build with the feature “pdf”.

kpi-exclusions-count = { $agreed } agreed, { $proposed } proposed
