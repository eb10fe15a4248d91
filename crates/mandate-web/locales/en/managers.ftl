# The decision about an account's manager.
account-tab-manager = Manager
field-measures-taken = What is done
field-until-on = Until
field-seen-by = How it will be seen
choice-manager-outcome-improvement = Improvement: the manager stays
choice-manager-outcome-replacement = Replacement: another takes the account
choice-manager-decision-state-open = Open
choice-manager-decision-state-late = Past its day
choice-manager-decision-state-reached = Reached
choice-manager-decision-state-missed = Missed
choice-manager-decision-state-withdrawn = Withdrawn
timeline-manager-decided = Decision about the manager
timeline-manager-decision-ended = Decision about the manager ended
manager-lead = { $name }: { $short ->
    [0] no expectation falls short as the client sees it
    [one] one expectation falls short as the client sees it
   *[other] { $short } expectations fall short as the client sees it
 } (of { $said } it spoke of), { $late ->
    [0] no promise is late.
    [one] one promise is late.
   *[other] { $late } promises are late.
 }
manager-lead-nobody = Nobody manages this account.
manager-rest = What is expected, what is seen, and what was decided.
manager-figures = The account’s manager in figures
manager-expectations-met = Expectations met
manager-promises-kept = Promises kept
manager-open-late = of those settled · { $open } open, { $late } late
manager-knows = Knows of the client
manager-knows-note = of the client’s people
manager-talks = Talks
manager-talks-note = since { $day } · last { $last }
manager-expected = What is expected of them
manager-expected-caption = Expected, perceived by the client, and actual; what names nobody is of whoever manages the account.
manager-expected-none = Nothing is on record
manager-expected-none-text = Ask the client what it expects, and write it down in its words.
manager-promised = What they promised or deliver
manager-promised-caption = Newest first.
manager-promised-none = No promises
manager-promised-none-text = Promises they made here or deliver would stand here.
manager-decisions = Decisions
manager-decisions-caption = Read by those who may decide, and by the manager concerned.
manager-decisions-none = Nothing was decided
manager-decisions-none-text = An improvement with its measures, or a replacement, would stand here with its reason.
manager-decided-improvement = { $name } improves until { $until }
manager-decided-replacement = { $name } hands over from { $until }
manager-decided-by = { $by }, { $day }
manager-handover = The handover
manager-end = Say what came of it
manager-end-state = It is
manager-end-text = What came of it
manager-end-button = End the decision
manager-ended = Ended, with what came of it.
manager-decide = Decide
manager-decide-caption = About { $name }, who reads it.
manager-measures-help = An improvement needs it.
manager-seen-help = What will be different, and where one sees it. An improvement needs it.
manager-until-help = Until when it is to be there; of a replacement, from when another has the account.
manager-successor = Takes the account
manager-successor-help = A replacement needs it: the handover is planned for that day.
manager-decide-button = Decide
manager-done-improvement = Decided. The manager reads it here.
manager-done-replacement = Decided, and the handover is planned.
manager-error-nobody = Nobody manages this account, so there is nothing to decide about. Name a manager first.
manager-error-oneself = Nobody decides about themselves. Somebody else who may decide has to.
manager-error-ended = This decision ended before. Make a new one.
manager-error-end = Choose whether it was reached, missed or withdrawn.
