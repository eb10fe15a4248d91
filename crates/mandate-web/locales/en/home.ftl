# My day.
my-day-nothing = Nothing needs you today.
my-day-lead = { $count ->
    [one] One thing needs you.
   *[other] { $count } things need you.
  }
my-day-lead-late = { $count ->
    [one] One thing needs you, and it is late.
   *[other] { $count } things need you; { $late ->
        [one] one is late.
       *[other] { $late } are late.
      }
  }
my-day-what = What needs me today?
my-day-what-caption = By due time, then by value at stake.
my-day-empty = All clear
my-day-empty-text = Contested results, proposals to decide, notice dates and missed service levels appear here when they need you.
my-day-empty-example = Answer Otto Reiss about October · Brackwell Insurance · today
my-day-empty-do = Open the portfolio
my-day-first-add = Add the first account: what needs you then appears here.
my-day-first-ask = Ask an administrator to import the accounts: what needs you then appears here.
my-day-first-both = Import your accounts from a file, or add the first one: what needs you then appears here.
my-day-first-import = Import your accounts from a file: what needs you then appears here.
my-day-first-import-do = Import accounts
my-day-first-nobody = Your sign-in is nobody in the book yet. Ask an administrator to choose the person you are, under Settings, Users.
my-day-first-none-of-yours = Ask whoever looks after the book to name you on your accounts: what needs you then appears here.
my-day-first-title = There is no account yet
my-day-first-title-yours = No account is yours yet
my-day-dates = Which contract dates lie ahead?
my-day-dates-caption = The next twelve months; talks start six months before a price may change.
my-day-dates-all = All contracts
my-day-dates-none = No dates ahead
my-day-dates-none-text = Renewals, last days of notice and price changes of your accounts’ contracts appear here.
my-day-dates-none-example = Renewal, Claims and records · 30 Jun
my-day-date-notice = Last day of notice
my-day-date-talks = Start of price talks
my-day-date-price = Price may change
my-day-date-end = Ends
my-day-date-renewal = Renews
my-day-late-since = Late since { $day }
my-day-today = Today
my-day-by = By { $day }
my-day-a-year = { $value } a year
my-day-status-risk = Overdue
my-day-status-watch = Due today
my-day-status-later = To do
my-day-contested = Answer { $who } about { $month }
my-day-contested-why = { $who } contests the result of “{ $kpi }”.
my-day-contested-do = Open the result
my-day-exclusion = Decide an exclusion for { $account }
my-day-exclusion-why = Proposed by { $who }. Until it is agreed, the time counts.
my-day-exclusion-do = Open exclusions
my-day-credit = Decide a credit of { $amount } for { $account }
my-day-credit-why = Computed and proposed for { $month }.
my-day-credit-do = Open credits
my-day-notice = Decide on notice for “{ $title }”
my-day-notice-why = After this day the contract runs on past { $day }.
my-day-notice-why-ends = The contract ends on { $day } without a renewal; after this day notice cannot end it sooner.
my-day-end = Settle what follows “{ $title }” with { $account }
my-day-end-why = The contract ends on { $day } and does not renew.
my-day-talks = Start the price talks with { $account }
my-day-talks-why = “{ $title }”: the price may change on { $day }. Talks start six months before, after results were reviewed.
my-day-contract-do = Open the contract
my-day-promise = Keep “{ $title }” for { $account }
my-day-promise-why = { $who } delivers it.
my-day-promise-why-nobody = Nobody is named who delivers it.
my-day-promise-do = Open the promise
my-day-expectation = Answer “{ $title }” of { $account }
my-day-expectation-why = { $who } expects it, and nobody has promised it.
my-day-expectation-why-nobody = The client expects it, and nobody has promised it.
my-day-expectation-do = Open the expectation
my-day-missed = See why { $account } missed { $month }
my-day-missed-why = { $share } within target against { $goal }, { $count ->
    [one] { $count } case
   *[other] { $count } cases
  }.
my-day-missed-why-assumed = { $share } within target against { $goal }, { $count ->
    [one] { $count } case
   *[other] { $count } cases
  }; the service level is only assumed.
my-day-missed-do = Open the account
my-day-untold = { $count ->
    [one] Take { $account } through one measure
   *[other] Take { $account } through { $count } measures
  }
my-day-untold-why = Nobody at the client was ever taken through them.
my-day-untold-do = Open measures
my-day-assumed = State the service levels of { $source }
my-day-assumed-why = { $count ->
    [one] One was proposed by the import and is only assumed.
   *[other] { $count } were proposed by the import and are only assumed.
  }
my-day-assumed-do = Open service levels

# Search.
search-title = Search
search-lead = { REACH() ->
    [all] Find accounts, people, contracts, measures and cases.
   *[some] Find accounts, people, contracts, measures and cases you may see.
  }
search-found = { $count ->
    [0] Nothing found.
    [one] One result.
   *[other] { $count } results.
  }
search-field = Words, a name or a number
search-button = Search
search-group-account = Accounts
search-group-person = People
search-group-contract = Contracts
search-group-product = Products
search-group-line-of-business = Lines of business
search-group-team = Teams
search-group-measure = Measures
search-group-case = Cases
search-group-do = Do
search-do-add-account = Add account
search-do-add-person = Add person
search-do-add-contract = Add contract
search-do-import = Import a file
search-do-define-measure = Define a measure
search-do-token = Make an API token
search-do-users = Add or change users
search-do-audit = See who changed what
search-do-settings = Change my settings

# Help.
help-title = Help
help-lead = One page per task; everything works without a network.
help-guides = What do you want to do?
help-wide = Table or example; scrolls sideways
