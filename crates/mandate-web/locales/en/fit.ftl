# Fit of managers and accounts.
nav-fit = Fit
account-tab-fit = Fit
fit-account-lead = { $count ->
    [one] One manager beside what this account wants ({ $wanted ->
        [one] 1 topic
       *[other] { $wanted } topics
    }).
   *[other] { $count } managers beside what this account wants ({ $wanted ->
        [one] 1 topic
       *[other] { $wanted } topics
    }).
 }
fit-rest = { REACH() ->
    [all] Factor by factor, each with the rows behind it; weighing them is yours.
   *[some] Factor by factor, each with the rows behind it; weighing them is yours. Of the accounts you see.
  }
fit-manages-now = Manages this account now
fit-try = Try it out
fit-factor-expertise = Expertise
fit-factor-load = Load
fit-factor-expected-here = Expectations here
fit-factor-expected = Expectations everywhere
fit-factor-said = As the client says
fit-nothing-wanted = No industry and no expertise of the client’s people is on record.
fit-all-of-them = All they know
fit-nothing-said = Nobody of the client has said anything.
fit-level = level { $level } of 4
fit-not-known = not known
fit-load = { $accounts ->
    [one] 1 account
   *[other] { $accounts } accounts
 }, { $open ->
    [one] 1 open matter
   *[other] { $open } open matters
 }, { $value } a year{ $unstated ->
    [0] { "" }
   *[other] { " " }({ $unstated } not stated)
 }
fit-others = The middle of the others: { $accounts ->
    [one] 1 account
   *[other] { $accounts } accounts
 }, { $open ->
    [one] 1 open matter
   *[other] { $open } open matters
 }.
fit-topics = { $wanted ->
    [0] Their accounts want nothing in particular
    [one] Knows { $had } of the 1 topic their accounts want
   *[other] Knows { $had } of the { $wanted } topics their accounts want
 }
fit-expected-none = None on record
fit-expected = { $met } of { $settled } settled were met, { $open } open; { $short } fall short as the client sees it
fit-said = { $name }: { $value } of 5, { $day }
fit-said-sum = Badly { $badly } · so-so { $soso } · well { $well }
fit-no-managers = No account managers
fit-no-managers-text = Give our people the role of an account manager, or an account.
fit-lead = { $managers ->
    [one] One manager
   *[other] { $managers } managers
  }, { $accounts ->
    [one] one account.
   *[other] { $accounts } accounts.
  }
fit-overview-rest = { REACH() ->
    [all] What each carries and knows; choose moves to see what would change.
   *[some] What each carries and knows, of the accounts you see; choose moves to see what would change.
  }
fit-managers = Who carries what
fit-managers-caption = Each figure opens to its rows. There is no score.
fit-after = After:
fit-accounts = Try moves out
fit-accounts-caption = Nothing is changed until a handover is planned.
fit-moves-to = { $name } goes to
fit-goes-to = Would go to
fit-stays = Stays
fit-try-moves = Show what would change
fit-more = The first { $shown } of { $count } accounts by name; the API takes any.
fit-moves = What would change
fit-moves-caption = How well the one and the other know what the account wants, and what its people say of the other.
fit-move = { $account }: { $from } → { $to }
fit-coverage = Who knows whom
fit-clear = Clear
fit-plan = { $count ->
    [one] Plan the handover by { $name }: 1 account
   *[other] Plan the handover by { $name }: { $count } accounts
 }
fit-head-accounts = Accounts
fit-head-open = Open matters
fit-head-value = Annual value ({ $currency })
fit-head-unstated = Accounts without an annual value
fit-head-wanted = Topics wanted
fit-head-had = Topics known
fit-head-expected-open = open
fit-head-expected-met = met
fit-head-expected-missed = not met
fit-head-expected-short = fall short
fit-head-badly = badly
fit-head-soso = so-so
fit-head-well = well
