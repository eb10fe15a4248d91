# The demo book.
demo-title = Demo data
demo-lead-loaded = The demo book is loaded: { $accounts } accounts, { $cases } cases, { $events } events.
demo-lead-none = The demo book is not loaded.
demo-what = What is the demo book?
demo-text = One invented service provider with forty key accounts in three currencies, its people, products, contracts and two years of service events. It is marked as demo wherever it shows.
demo-text-facts = It holds raw facts only: every figure you see of it is computed as it would be from your own log.
demo-load = Load the demo book
demo-load-takes = This takes some seconds.
demo-loaded = Demo book loaded
demo-own = { $count ->
    [one] This database holds one account of your own; the demo will stand beside it.
   *[other] This database holds { $count } accounts of your own; the demo will stand beside them.
  }
demo-remove = Remove the demo book
demo-remove-ask = Remove the demo book?
demo-remove-body = Its accounts, people, contracts, cases and event files are deleted for good. Your own data stays.
demo-removed = Demo book removed
demo-error-loaded = The demo book is loaded already, with { $accounts ->
    [one] one account
   *[other] { $accounts } accounts
  }. Remove it first.
demo-error-not-loaded = There is no demo book to remove.
demo-error-own-accounts = This database holds { $accounts ->
    [one] one account
   *[other] { $accounts } accounts
  } of your own. Load the demo from Settings, Demo data, which puts it beside them.
demo-error-files = The database forgot the demo, but its event files could not be removed from the data folder. They do not count; delete them by hand.
