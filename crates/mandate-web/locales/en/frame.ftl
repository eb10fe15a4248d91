# The frame: navigation, errors, tables, roles. Rooms have files of their own.
nav-my-day = My day
nav-portfolio = Portfolio
nav-facts = Facts
nav-contracts = Contracts
nav-people = People
nav-scorecards = Scorecards
nav-products = Products
nav-lines-of-business = Lines of business
nav-teams = Teams
nav-import = Import
nav-audit = Audit
nav-settings = Settings
nav-group-relationship = Relationship
nav-group-organisation = Organisation
nav-group-system = System
page-generated = As of { $at } ({ $zone })

role-account-manager = Account manager
role-negotiator = Negotiator
role-product-manager = Product manager
role-delivery-lead = Delivery lead
role-sponsor = Sponsor
role-compensation-administrator = Compensation administrator
role-administrator = Administrator
role-client-administrator = Client administrator
role-client-member = Client member

error-title-not-found = There is no such page
error-title-forbidden = You may not do this
error-title-conflict = Someone else was faster
error-title-not-undone = Nothing was undone
error-title-invalid = This did not work
error-title-unavailable = Mandate is busy
error-title-internal = Something failed
error-not-found = There is nothing at this address, or you may not see it. Check the link, or search for the name.
error-forbidden = This needs the right “{ $action }”. These roles have it: { $roles }. Ask an administrator for it, or one of them to do it.
error-signed-out = You are signed out. Sign in and try again.
error-stale = Someone changed this record while you had it open. Nothing was saved. Load it again and repeat your change.
error-duplicate = Another record already has this { $field }. Choose another one, or change that record.
error-unavailable = The database did not answer in time. Nothing was changed. Try again in a few seconds.
error-internal = Nothing was changed. Try again; if it fails again, give the operator the reference.
error-method = This address does not take requests of this kind.
error-too-large = This is larger than the server accepts. Send a smaller file, or split it.
error-timeout = The request took too long to arrive. Check the connection and try again.
error-too-slow = This took longer than a request may, and was stopped. Ask for less: a narrower filter, a shorter time.
error-bad-request = The request could not be read. Go back and try again.
error-bad-form = The form could not be read. Go back, check what you typed and send it again.
error-other-site = This request came from another site and was not carried out. Open Mandate itself and try again.
error-query = The address cannot be read: { $what }.
error-list = { $what }. Remove the filter or the sort order from the address.
error-back = Back to my day

table-range = { $count ->
    [0] Nothing
   *[other] { $from } to { $to } of { $count }
  }
table-order = By “{ $field }”
table-order-falling = By “{ $field }”, falling
table-me = me
table-no-match = { $count ->
    [0] Nothing here yet
    [one] Nothing matches this filter
   *[other] Nothing matches these { $count } filters
  }
table-gone-filter = The filter “{ $filter }” is left out: this list has no field { $field } any more.
table-gone-sort = The order is the list’s own: this list has no field { $field } any more.
table-gone-column = The column { $field } is left out: this list has no such field any more.
table-operator-is = is
table-operator-not = is not
table-operator-has = contains
table-operator-min = is at least
table-operator-max = is at most
table-operator-empty = is not stated
table-operator-any = is stated
nav-more = More
form-more-fields = { $count ->
    [one] { $count } more field
   *[other] { $count } more fields
 }
account-more-tabs = More of this account
