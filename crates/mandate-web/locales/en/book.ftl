# The book: accounts, people, contracts, products, lines of business, teams, the trash, imports.

field-n-lines = Lines
field-n-people = People
field-n-products = Products
field-n-teams = Teams
field-notice-deadline = Notice by
field-parent = Part of
field-year-value = Value a year

choice-kind-master = Master agreement
choice-kind-statement-of-work = Statement of work
choice-role-account-manager = Account manager
choice-role-delivery-lead = Delivery lead
choice-role-governance-lead = Governance lead
choice-role-negotiator = Negotiator
choice-role-other = Other
choice-role-process-owner = Process owner
choice-role-procurement = Procurement
choice-role-product-manager = Product manager
choice-role-sponsor = Sponsor
choice-role-team-member = Team member
choice-role-user = User
choice-side-client = Client
choice-side-provider = Ours
choice-tier-key = Key account
choice-tier-standard = Standard account

book-more = More
book-import-file = Import a file
book-save = Save changes
book-edit = Edit { $name }
book-edit-this = Edit
book-edit-line = Edit the line
book-to-trash = Move to the trash
book-actions = Actions
book-actions-of = Actions of { $name }
book-added = { $name } was added.
book-saved = { $name } was saved.
book-trashed = { $name } is in the trash.
book-restored = { $name } is back.
book-in-trash = { $name } (in the trash)
book-stale-by = { $who } saved this record while you had it open, last on { $when }. What you typed is kept here. Under each field that they changed stands what it is now; what you had not touched has theirs. Save again to put this over theirs.
book-theirs-differs = It is now “{ $value }”: { $who } changed it on { $when }. Save to put yours in its place, or write theirs here.
book-theirs-taken = { $who } changed this on { $when }. You had not touched it, so theirs stands here.
book-stale = Someone changed this record while you had it open. What you typed is kept here. Save again to put it over theirs, or cancel to see what they changed.
book-date-passed = Passed
book-per-unit = Sold per { $unit }
book-unit-a-year = { $unit }
book-price-per-one = per { $unit }
book-price-per-many = for { $count } units ({ $unit })
book-price-from-list = from the price list, since { $day }
book-related-prices = What is its list price?
book-related-prices-all = { $count ->
    [one] The list price
   *[other] All { $count } list prices
  }
book-related-managed = Which accounts are managed?
book-related-negotiated = Which accounts are negotiated for?
book-related-sold = Where is it sold?
book-related-teams = Which teams belong to it?
book-related-products = Which products does it deliver?
book-related-people = Who works in it?
book-related-more = { $shown } of { $count } shown; filter the list for the rest.

book-view-everyone = Everyone
book-view-clients = Clients
book-view-ours = Ours
book-view-all-contracts = All contracts
book-view-masters = Master agreements
book-view-work = Statements of work

book-account-one = Account
book-account-many = Accounts
book-account-add = Add account
book-account-edit = Edit account
book-account-form-lead = An account is a client you answer for: its people, contracts and results.
book-account-help-external-id = As your other systems know it, for instance the location in the service desk. Imports find the account by it.
book-account-help-time-zone = A region and city, such as Europe/Vienna. Decides which day it is for this account.
book-account-help-currency = Three letters, such as EUR.
book-account-help-annual-value = What it pays in a year, as your firm counts it. Sums over accounts use this value, and say how many state none.
book-account-help-parent = The account it is a part of, where it is served and judged on its own.
book-account-help-account-manager = Who answers for the whole relationship.
book-account-help-negotiator = Who negotiates its renewals.

book-person-one = Person
book-person-many = People
book-person-add = Add person
book-person-details = Who is this?
book-person-form-lead = People of both sides: who they are in the relationship, and how they are reached.
book-person-help-side = A client’s person belongs to an account; one of ours may belong to a team.
book-person-help-account = For a client’s person only.
book-person-help-team = For one of ours only.
book-person-help-external-id = As your directory or other systems know them.
book-person-count = { $count ->
    [0] Nobody here yet.
    [one] One person.
   *[other] { $count } people.
  }
book-person-rest = { $count ->
    [0] None of them at a client.
    [one] One of them at a client.
   *[other] { $count } of them at clients.
  }
book-person-lead-ours = { $managed ->
    [0] { $negotiated ->
        [0] Manages and negotiates for no account.
        [one] Negotiates for one account.
       *[other] Negotiates for { $negotiated } accounts.
      }
    [one] Manages one account{ $negotiated ->
        [0] .
       *[other] {" "}and negotiates for { $negotiated }.
      }
   *[other] Manages { $managed } accounts{ $negotiated ->
        [0] .
       *[other] {" "}and negotiates for { $negotiated }.
      }
  }
book-person-empty = No people yet
book-person-empty-text = The people on both sides who make the relationship: account managers, governance leads, sponsors, users.
book-person-empty-example = Hana Brandt · Head of Vendor Management · governance lead at Brackwell Insurance
book-person-empty-example-at = Hana Brandt · Head of Vendor Management · governance lead at { $account }

book-contract-one = Contract
book-contract-many = Contracts
book-contract-add = Add contract
book-contract-details = What does it say?
book-contract-form-lead = Dates are civil dates in the contract’s own zone.
book-contract-help-external-id = As your contract system knows it.
book-contract-help-parent = The master agreement of a statement of work; of the same account.
book-contract-help-ends-on = Leave it empty when it runs until notice is given.
book-contract-help-renews-on = The day on which a new term begins, or would.
book-contract-help-notice-days = 1 to 730 days before the last day of the term, where the clause counts in days.
book-contract-help-notice-months = 1 to 60 months before the last day of the term, where the clause counts in months. State days or months, not both.
book-contract-help-time-zone = A region and city, such as Europe/Vienna. Dates end with the day there.
book-contract-help-currency = Three letters, such as EUR. All its prices are in it.
book-contract-help-price-change-on = Talks start at least six months before.
book-contract-help-price-change-clause = In the contract’s words.
book-contract-count = { $count ->
    [0] No contracts here yet.
    [one] One contract.
   *[other] { $count } contracts.
  }
book-contract-rest = { $count ->
    [0] None renews within 180 days.
    [one] One renews within 180 days.
   *[other] { $count } renew within 180 days.
  }
book-contract-ending = { $count ->
    [one] One ends without renewal in that time.
   *[other] { $count } end without renewal in that time.
  }
book-contract-empty = No contracts yet
book-contract-empty-text = Master agreements and statements of work, with term, renewal, notice and what is sold at which price.
book-contract-empty-example = Service desk 2024 · renews 30 Jun 2027 · notice 90 days
book-contract-renews = Renews on { $day }.
book-contract-passed = Its renewal day passed on { $day }: state the next one.
book-contract-ends = Ends on { $day }.
book-contract-ends-unstated = Ends with its term, whose last day is not stated: fill in “Ends on”.
book-contract-agreed-unstated = Goes on only if both sides agree, and the last day of its term is not stated: fill in “Ends on”.
book-contract-open = Runs until notice is given.
book-notice-days = { $count ->
    [one] 1 day
   *[other] { $count } days
  }
book-notice-months = { $count ->
    [one] 1 month
   *[other] { $count } months
  }
book-contract-notice-in-days = { $count ->
    [one] One day’s notice.
   *[other] { $count } days’ notice.
  }
book-contract-notice-in-months = { $count ->
    [one] One month’s notice.
   *[other] { $count } months’ notice.
  }
book-contract-notice = Notice counts until { $day }.
book-contract-notice-passed = Notice was due by { $day }.
book-contract-notice-missed = Notice was due by { $day }: it renews.
book-contract-lines = What is sold, at which price?
book-contract-lines-caption = Value a year: units times price, computed exactly and rounded once to the cent.
book-contract-total = Value a year, all lines
book-contract-no-volume = { $count ->
    [one] One line without a volume: the value is counted without it.
   *[other] { $count } lines without a volume: the value is counted without them.
  }
book-contract-no-lines = No lines yet.
book-contract-open-page = Open the contract

book-contract-line-one = Contract line
book-contract-line-many = Contract lines
book-contract-line-add = Add line
book-contract-line-form-lead = So many units of a product a year, at a price for so many units.
book-contract-line-help-contract = Prices are in its currency.
book-contract-line-help-price-per = 1 as a rule; 100 where a price is for 100 calls.
book-contract-line-help-list-price = Before any discount, for the same number of units.
book-contract-line-help-unit-cost = What it costs us, for the same number of units.
book-contract-line-help-external-id = As your billing system knows it.
book-contract-line-empty = No lines yet
book-contract-line-empty-text = A line says how many units of a product are sold a year, and at which price.
book-contract-line-empty-example = Service desk tickets · 120,000 a year · €3.12 per ticket

book-product-one = Product
book-product-many = Products
book-product-add = Add product
book-product-details = What is it?
book-product-form-lead = What is sold by the unit, and who owns its profit and loss.
book-product-help-external-id = As your price list knows it.
book-product-help-unit = What is counted, in the singular: ticket, call, seat.
book-product-help-product-manager = Who owns its profit and loss.
book-product-count = { $count ->
    [0] No products here yet.
    [one] One product.
   *[other] { $count } products.
  }
book-product-rest = { $count ->
    [0] Each has a product manager.
    [one] One has no product manager.
   *[other] { $count } have no product manager.
  }
book-product-lead = { $count ->
    [0] Sold on no contract yet.
    [one] Sold on one contract line.
   *[other] Sold on { $count } contract lines.
  }
book-product-empty = No products yet
book-product-empty-text = What is sold by the unit: tickets, calls, seats. Each has a manager who owns its profit and loss.
book-product-empty-example = Service desk tickets · sold per ticket · Mara Okonjo

book-line-of-business-one = Line of business
book-line-of-business-many = Lines of business
book-line-of-business-add = Add line of business
book-line-of-business-details = Who answers for it?
book-line-of-business-form-lead = A part of delivery with a head who answers for it.
book-line-of-business-help-external-id = As your other systems know it.
book-line-of-business-count = { $count ->
    [0] No lines of business here yet.
    [one] One line of business.
   *[other] { $count } lines of business.
  }
book-line-of-business-rest = { $count ->
    [0] Each has a head.
    [one] One has no head.
   *[other] { $count } have no head.
  }
book-line-of-business-lead = { $teams ->
    [0] No team
    [one] One team
   *[other] { $teams } teams
  } and { $products ->
    [0] no product.
    [one] one product.
   *[other] { $products } products.
  }
book-line-of-business-empty = No lines of business yet
book-line-of-business-empty-text = The parts of delivery: service desk, claims, finance. Each has a head, teams and products.
book-line-of-business-empty-example = Service desk · Lukas Kern · 4 teams

book-team-one = Team
book-team-many = Teams
book-team-add = Add team
book-team-details = Where does it belong?
book-team-form-lead = A team works on cases; the service desk knows it as an assignment group.
book-team-help-external-id = The name of the assignment group in the service desk: cases are counted to the team by it.
book-team-count = { $count ->
    [0] No teams here yet.
    [one] One team.
   *[other] { $count } teams.
  }
book-team-rest = { $count ->
    [0] Each has a lead.
    [one] One has no lead.
   *[other] { $count } have no lead.
  }
book-team-lead = { $count ->
    [0] Nobody works in it yet.
    [one] One person works in it.
   *[other] { $count } people work in it.
  }
book-team-empty = No teams yet
book-team-empty-text = The teams that work on cases, with their leads.
book-team-empty-example = Desk North · Service desk · Group 70

account-tab-results = Results
account-people-add-client = Add client’s person
account-people-empty = Nobody yet
account-people-empty-text = Who governs, sponsors and uses what we deliver.
account-people-ours = Who of ours works on it?
account-people-ours-caption = Beside account manager and negotiator. Who works on an account sees it.
account-people-ours-empty = Nobody beside account manager and negotiator.
account-people-who = Who
account-people-assign = Assign
account-people-added = The account is theirs to see now.
account-people-not-ours = { $name } cannot be assigned. Choose one of our own people who does not lie in the trash.
account-people-removed = They do not work on it any more.
account-people-remove = Remove
account-contracts-lead = { $count ->
    [0] No contract yet.
    [one] One contract.
   *[other] { $count } contracts.
  }
account-contracts-rest = The next renewal comes first.

trash-title = Trash
trash-open = Open the trash
trash-lead = { $count ->
    [0] The trash is empty.
    [one] One record lies here.
   *[other] { $count } records lie here.
  }
trash-rest = What belongs to an account in the trash is hidden with it and comes back with it.
trash-kind = Kind
trash-since = Since
trash-restore = Restore
trash-empty = Nothing lies here
trash-empty-text = Records that were moved to the trash can be restored from here, with everything they had.

import-title = Import
import-lead = Nothing is written before you confirm it.
import-rest = Rows that are wrong are named, and can be left out or mended here; the rest waits for them.
import-step-file = File
import-step-check = Check
import-step-result = Result
import-what = Which file?
import-what-caption = CSV up to { $most } MB and 2,000,000 rows, or XLSX up to 50 MB and 200,000 rows. Which record a row is about is told by your own id of it, else by its email address or name.
import-kind = What does it hold?
import-columns = Needs { $columns }
import-file = File
import-file-help = CSV with comma, semicolon or tab, in UTF-8 or the encoding of Windows; or the first sheet of an XLSX workbook.
import-no-file = Choose a file first.
import-check-file = Check the file
import-templates = How should a file look?
import-templates-caption = The columns and one example row each. Import in this order.
import-template = Template
import-events = Do you have a log of the service desk?
import-events-caption = Tickets, calls and their events.
import-events-text = Events come in on a page of their own, as Parquet or CSV.
import-events-open = Import events
import-semicolon = semicolon
import-tab = tab
import-comma = comma
import-read-csv = Read as { $encoding } text, separated by { $delimiter }.
import-read-xlsx = { $more ->
    [0] Read from the sheet “{ $sheet }”.
    [one] Read from the first sheet, “{ $sheet }”; one more sheet was left out.
   *[other] Read from the first sheet, “{ $sheet }”; { $more } more sheets were left out.
  }
import-rows = Rows
import-rows-note = under the header
import-new = New
import-new-done = were added
import-new-note = are added
import-changed = Changed
import-changed-done = were changed
import-changed-note = differ from the book
import-same = Same
import-same-done = were left alone
import-same-note = are left alone
import-would = { $count ->
    [0] This file changes nothing.
    [one] This file changes one record.
   *[other] This file changes { $count } records.
  }
import-would-add = { $count ->
    [one] This file adds one record.
   *[other] This file adds { $count } records.
  }
import-would-both = { $count ->
    [one] This file adds one record and changes { $changed }.
   *[other] This file adds { $count } records and changes { $changed }.
  }
import-did = { $count ->
    [0] Nothing had to be changed.
    [one] Changed one record.
   *[other] Changed { $count } records.
  }
import-did-add = { $count ->
    [one] Added one record.
   *[other] Added { $count } records.
  }
import-did-both = { $count ->
    [one] Added one record and changed { $changed }.
   *[other] Added { $count } records and changed { $changed }.
  }
import-did-rest = The file, its counts and every change are on the audit record.
import-nothing = Nothing was imported.
import-again = Choose another file
import-another = Import another file
import-open-list = Open { $many }
import-confirm = Import { $name }?
import-confirm-caption = Whole or not at all.
import-do = Import this file
import-lead-checking = { $file } is being checked. Nothing is written.
import-lead-writing = { $file } is being imported.
import-reading = Reading the file
import-checking = { $rows ->
    [one] Checking 1 row
   *[other] Checking { $rows } rows
  }
import-writing = { $rows ->
    [one] Writing 1 row
   *[other] Writing { $rows } rows
  }
import-stopped = The import was stopped. Nothing was imported.
import-recent = Which files came in?
import-recent-caption = The newest 10. An import can be undone while nothing it wrote was changed since.
import-counts = { $new } new, { $changed } changed, { $same } the same
import-undo-body = What it made goes to the trash, and what it changed goes back to what it was. If anything was changed since, nothing is undone.
import-undone = Undone { $file }: { $trashed ->
    [one] 1 record
   *[other] { $trashed } records
  } went to the trash, { $restored ->
    [one] 1 record
   *[other] { $restored } records
  } went back to what they were.
import-undo-changed = { $count ->
    [one] One record was changed since this import
   *[other] { $count } records were changed since this import
  }{ $named ->
    [0] {""}
   *[other] : { $names }
  }{ $hidden ->
    [0] {""}
   *[other] {" "}({ $hidden } in the trash or out of your reach)
  }. Nothing was undone.
import-undo-in-force = { $count ->
    [one] One amendment of this import is in its contract already
   *[other] { $count } amendments of this import are in their contracts already
  }: { $names }. What { $count ->
    [one] it says
   *[other] they say
  } would stay, so nothing was undone. State the correction as a new amendment.
import-undo-still-sold = { $count ->
    [one] One product of this import stands in lines of contracts
   *[other] { $count } products of this import stand in lines of contracts
  }: { $names }. Move those lines to another product, or put them into the trash first. Nothing was undone.
import-undo-too-old = This import came in before imports could be undone. Change its records by hand, or import an older file over it.
import-api-kind = Name what the file holds in the field “kind”: { $known }.
import-previews = What changes?
import-previews-caption = The first 20 rows that are new or differ.
import-previews-done = What changed?
import-previews-caption-done = The first 20 rows that were new or differed.
import-outcome = What happens
import-outcome-done = What happened
import-outcome-new = New
import-outcome-changed = Changed
import-outcome-same = Same
import-errors = What is wrong in { $name }?
import-errors-download = Download the list
import-row = Row
import-column = Column
import-mend = What is wrong, and how to mend it
import-whole-row = The whole row
import-error-rows = { $errors ->
    [one] One cell of one row is wrong, of { $rows } in all. Correct it and upload the file again.
   *[other] { $errors } cells in { $wrong ->
        [one] one row
       *[other] { $wrong } rows
    } are wrong, of { $rows } in all. Correct them and upload the file again.
  }
import-error-gone = This upload is gone: it was imported, or is older than a day. Upload the file again.
import-problem-unknown-column = No field is called “{ $column }”. Remove the column, or give it one of these names: { $known }.
import-problem-twice = Two columns are called “{ $column }”. Remove one.
import-problem-no-id = No column is your own id (external_id). It says which record a row is about, so that the same file can come again: name such a column, or add one that numbers the rows.
import-problem-missing-column = The column “{ $column }” is missing. New records need it.
import-problem-cells = This row has { $cells ->
    [one] one cell
   *[other] { $cells } cells
  }, the header has { $wanted }. Is a delimiter missing, or one in a text not quoted?

table-error-empty = The file is empty. Choose one with a header and at least one row.
table-error-swelling = The workbook unpacks to more than { $most } MB. Split it, or save it as CSV.
table-error-too-large = The file has { $size } MB, at most { $most } MB are read. Split it.
table-error-too-many-rows = The table has more than { $most } rows. Split it.
table-error-too-many-columns = The table has { $columns } columns, at most { $most } are read. Is the delimiter right?
table-error-too-many-cells = The table has more than { $most } cells. Split it.
table-error-wrong-kind = This is { $what }, not a table. Save it as CSV UTF-8 or as XLSX.
table-error-not-utf8 = Row { $row } is not UTF-8 text (byte { $byte }). In the spreadsheet choose “CSV UTF-8”, save the file and upload it again.
table-error-not-utf16 = The file begins like UTF-16 text and is none. Save it as “CSV UTF-8” and upload it again.
table-error-open-quote = A quotation mark opened in row { $row } is never closed. Close it, or double it where it belongs to the text.
table-error-broken-spreadsheet = The spreadsheet cannot be opened: { $what }. Save it again as XLSX, or as CSV UTF-8.
table-error-empty-sheet = The first sheet, “{ $sheet }”, is empty. Move the table to the first sheet.
export-error-too-many-rows = { $rows } rows match, a file holds at most { $most }. Filter the list first.

book-error-not-found = There is no such record, or you may not see it. Check the link, or search for the name.
book-error-fields = { $count ->
    [one] One field is wrong. Nothing was saved.
   *[other] { $count } fields are wrong. Nothing was saved.
  }
book-error-too-many = { $given } records were sent; at most { $most } fit one request.
book-error-nothing-written = { $count ->
    [one] One field is wrong, so nothing was written.
   *[other] { $count } fields are wrong, so nothing was written.
  }
book-json-unknown-field = There is no such field. See /api/docs for the fields.
book-json-minor-units = Write the amount as a whole number of minor units, such as 31250 for 312.50.
book-json-number = Write a whole number.
book-json-text = Write text.
book-problem-required = This may not be empty.
book-problem-too-long = This has { $length } characters; at most { $limit } fit.
book-problem-control-character = This holds a character that cannot be shown, at position { $position }. Remove it.
book-problem-choice = “{ $text }” is not among the choices: { $choices }.
book-problem-currency = “{ $text }” is not a currency that is in use. Write its three letters, such as EUR or USD.
book-problem-country = “{ $text }” is not a country. Write its name in English, or its code such as DE or USA.
book-problem-time-zone = “{ $text }” is not a time zone. Write a region and city such as Europe/Berlin.
book-problem-amount = “{ $text }” is not an amount. Write it like 1234.50, without thousands separators.
form-problem-amount = “{ $text }” is not an amount. Write it like { $example }.
book-problem-too-fine = { $digits ->
    [0] { $currency } has no decimals: write { $fitting } instead of “{ $text }”.
   *[other] { $currency } has { $digits } decimals: write { $fitting } instead of “{ $text }”.
  }
book-problem-decimal-sign = “{ $text }” is written { $fitting } in your number format. Write it so.
book-problem-two-readings = “{ $text }” can be read as { $fitting } or as { $whole }. Write one of these.
book-problem-too-large = This amount is too large.
book-problem-negative = “{ $text }” is below zero. Write an amount of zero or more.
book-problem-whole-number = “{ $text }” is not a whole number. Write digits only.
book-problem-bounds = “{ $text }” does not lie within { $least } to { $most }.
book-problem-date = “{ $text }” is not a date. Write it like 2027-03-31.
book-problem-before = { $date } lies before { $field } ({ $other }). Correct one of the two.
book-problem-email = “{ $text }” is not an e-mail address. Write it like name@firm.example.
book-problem-unknown = { REACH() ->
    [all] There is no { $kind } “{ $text }”. Write its id or its exact name, or add it first.
   *[some] There is no { $kind } “{ $text }” that you may see. Write its id or its exact name, or add it first.
  }
book-problem-did-you-mean = { REACH() ->
    [all] There is no { $kind } “{ $text }”. Did you mean “{ $close }”?
   *[some] There is no { $kind } “{ $text }” that you may see. Did you mean “{ $close }”?
  }
book-problem-ambiguous = Several { $kind } are called “{ $text }”. Use the id instead.
book-problem-own-parent = A record cannot be a part of itself. Choose another.
book-problem-must-be-empty = This stays empty when { $field } is { $value }.
book-problem-taken = “{ $text }” belongs to another record. Choose another id, or change that record.
book-problem-in-trash = The record with “{ $text }” lies in the trash. Restore it first.
book-problem-not-allowed = Setting this needs the right “{ $right }”. Leave it out.
book-problem-keeps-currency = This line is priced in { $currency }. Make a new line under a contract in another currency.
book-problem-has-lines = This contract has lines priced in { $currency }. Make a new contract for another currency.
book-problem-not-its-master = That contract is no master agreement of this account. Choose one of the same account.
book-problem-notice-twice = State notice in days or in months, not in both. Empty one of the two.
book-problem-repeated = “{ $text }” stands in row { $row } already. Keep one of the two rows.
book-problem-says-else = Row { $row } says “{ $text }” of the same record. Say one thing in both rows.
book-problem-decides-here = Whoever stands here decides. You cannot take it yourself or leave nobody in charge: hand it to a colleague, or ask an administrator to change it.
book-problem-not-own = You can only add accounts that you manage or negotiate. Leave account manager empty to manage it yourself.
