# Growth: retained and expanded revenue, opportunities, revenue at risk, who has which product; and the settings they take.

account-tab-growth = Growth
cross-sell-empty = No account stands beside a product
cross-sell-empty-example = Northmoor Insurance has claims handling and never had fraud checks.
cross-sell-empty-text = Add accounts and products, then what each account has stands here.
cross-sell-had = Had it
cross-sell-has = Has it
cross-sell-lead = Every account beside every product.
cross-sell-never = Never had it
cross-sell-open = Open opportunity
cross-sell-rest = An account has a product with revenue within twelve months or a line of a contract that runs.
cross-sell-title = Cross-sell
firm-fiscal-year-starts = The fiscal year starts with
firm-reporting-currency = Sums over several currencies are shown in
firm-reporting-currency-help = Three letters, such as EUR. Amounts are converted with your exchange rates; each sum names the rates.
growth-account-chart = Revenue by month, in { $currency }
growth-account-lead = { $word } over the last twelve months, NRR { $nrr }. { $missing ->
    [0] Every month counts.
    [one] One month is left out.
   *[other] { $missing } months are left out.
  }
growth-account-lead-no-rate = Revenue cannot be added up: there is no exchange rate between { $pairs }.
growth-account-lead-none = No revenue is stated for this account yet.
growth-account-months = Revenue and volume by month and product
growth-account-months-empty = Nothing is stated yet. Import revenue by month to see it.
growth-account-products = How each product moved in twelve months
growth-account-products-no-rate = Revenue is stated and cannot be converted: there is no exchange rate between { $pairs } for these months.
growth-account-products-not-stated = No month has revenue in both years, so nothing can be said to have moved.
growth-account-risk = { $contract } comes up on { $day }. { $why }
growth-accounts = Account by account
growth-accounts-caption = The largest loss first. A month without figures is not stated, never zero.
growth-accounts-empty = No account has figures in these months.
growth-average-price = Average price
growth-bridge = What lies between opening and closing revenue?
growth-churned = Lost
growth-closing = Closing
growth-closing-note = of it { $new } from new accounts
growth-contraction = Contraction
growth-coverage = { $counted ->
    [one] One month of an account is counted.
   *[other] { $counted } months of accounts are counted.
  } { $missing ->
    [one] One is left out
   *[other] { $missing } are left out
  } because one of the two years has no figures, { $rateless } for want of an exchange rate.
growth-all-rows = Show all { $count } rows
growth-cut = The first { $most } of { $count }. The files and the API have all.
growth-discount = Discount
growth-empty = No revenue is stated yet
growth-empty-example = Northmoor Insurance, claims handling, 2026-10, EUR 12,400.00.
growth-empty-text = Import what was invoiced by account, product and month; NRR and GRR follow from it.
growth-expansion = Expansion
growth-grr = GRR
growth-grr-note = kept, without what clients added
growth-has = What it has
growth-has-both = Under contract, with revenue
growth-has-by = By what
growth-has-caption = Products with revenue in twelve months, or with a line of a running contract.
growth-has-contract = Under contract, no revenue yet
growth-has-empty = It has no product: no revenue in twelve months, and no line of a running contract.
growth-has-revenue = Revenue in twelve months
growth-introduced = New services introduced
growth-introduced-caption = Products whose first month with an account lies in these months.
growth-introduced-empty = No account began with a product in these months.
growth-lead = Clients of a year ago pay { $nrr } of what they paid then, { $grr } without what they added.
growth-lead-none = No revenue is stated yet, so nothing is retained or lost.
growth-left-out = { $amounts } cannot be converted and stays out of every sum: between { $pairs } no rate of that time or before it is on record.
growth-left-out-lead = No exchange rate.
growth-list-price = List price
growth-list-price-per = Listed for units
growth-list-since = Listed since
growth-managers = By account manager
growth-margin = Margin
growth-months-counted = Months counted
growth-months-missing = Months not stated
growth-n-accounts = Accounts
growth-n-opportunities = Opportunities
growth-never-had = What it does not have
growth-never-had-caption = Products without revenue and without a line of a running contract. A row opens a new opportunity.
growth-never-had-empty = It had every product.
growth-new = New accounts
growth-nrr = NRR
growth-nrr-note = kept, with what clients added
growth-opening = Opening
growth-period = Months
growth-period-fiscal-year = This fiscal year
growth-period-last-12 = Last 12 months
growth-period-quarter = This quarter
growth-period-year-before = Fiscal year before
growth-pipeline = Opportunities by stage
growth-pipeline-empty = No opportunity is open.
growth-pipeline-sum = Together { $value } a year, weighted { $weighted }, at the rates of { $day }.
growth-price = Price
growth-price-per = For units
growth-prices = Prices in contracts against the list
growth-prices-empty = No running contract has a line of it.
growth-product-accounts = Accounts that paid for it in twelve months
growth-product-lead = { $count ->
    [0] No account paid for it in the last twelve months.
    [one] One account paid for it in the last twelve months.
   *[other] { $count } accounts paid for it in the last twelve months.
  }
growth-product-link = Revenue and prices
growth-product-months = Month by month
growth-product-months-caption = Volume in units of { $unit }; the average price is revenue by volume.
growth-product-title = { $name }: revenue and prices
growth-products = Product by product
growth-rate-add = Add a rate between { $from } and { $to }
growth-rate-pair = { $from } and { $to }
growth-rate = 1 { $from } was { $rate } { $to } on { $day } ({ $source })
growth-rates = { $count ->
    [one] One exchange rate was used
   *[other] { $count } exchange rates were used
  }
growth-rest = { $months } against { $before }, in { $currency }. Both at the rates of the later month.
growth-revenue = Revenue
growth-revenue-12 = Revenue, 12 months
growth-risk = Revenue at risk
growth-risk-caption = Accounts whose contract renews, ends or may be given notice of within a year, and that show a warning.
growth-risk-what = What then
growth-risk-when = Renews or ends on
growth-risk-renews = Renews
growth-risk-ends = Ends
growth-risk-empty = No contract comes up within a year with a warning.
growth-risk-note = { $count ->
    [0] no account
    [one] one account with a warning
   *[other] { $count } accounts with a warning
  }
growth-roll-up = With the accounts below it
growth-roll-up-caption = { $count ->
    [one] One account below it
   *[other] { $count } accounts below it
  }{ REACH() ->
    [all] .
   *[some] { " " }that you may see.
  } Revenue is of the last twelve whole months.
growth-roll-up-own-revenue = Its own revenue
growth-roll-up-own-value = Its own annual value, stated or from contracts
growth-roll-up-revenue = Revenue with those below
growth-roll-up-value = Annual value with those below, stated or from contracts
growth-since = Since
growth-step = Step
growth-together = { $each } (together { $sum })
growth-warning-broken = { $count ->
    [one] A promise was broken within a year.
   *[other] { $count } promises were broken within a year.
  }
growth-warning-late-expectations = { $count ->
    [one] An expectation is past its day.
   *[other] { $count } expectations are past their day.
  }
growth-warning-late-promises = { $count ->
    [one] A promise is past its day.
   *[other] { $count } promises are past their day.
  }
growth-warning-missed = It missed its service level.
growth-warning-never-talked = No talk with it is on record.
growth-warning-quiet = No talk for { $count } days.
growth-warning-single-thread = One of ours alone knows anybody there.
growth-weighted = Weighted by probability
growth-what = What happened
growth-why = Why
growth-without-probability = Without a probability
growth-without-value = Without a value
growth-word-contracted = Pays less
growth-word-expanded = Pays more
growth-word-lost = Lost
growth-word-new = New
growth-word-no-rate = No exchange rate
growth-word-not-stated = Not stated
growth-word-unchanged = Unchanged
settings-error-fiscal-year-starts = Choose one of the list.
settings-error-reporting-currency = Write the three letters of a currency that is in use, such as EUR or USD.
