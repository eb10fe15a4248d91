# Prices, promises, who knows whom, what was said, growth, figures: words of the kinds of record beside accounts and contracts.

choice-subject-term = Term, renewal, notice
choice-subject-price = Price
choice-subject-volume = Volume
choice-subject-scope = Scope
choice-subject-service-level = Service level
choice-subject-other = Other
choice-basis-decision = Decides
choice-basis-budget = Pays
choice-basis-use = Uses
choice-area-process = Process
choice-area-industry = Industry
choice-area-technology = Technology
choice-state-open = Open
choice-state-met = Met
choice-state-not-met = Not met
choice-state-withdrawn = Withdrawn
choice-state-kept = Kept
choice-state-broken = Broken
choice-state-released = Released by the client
choice-perceived-falls-short = Falls short
choice-perceived-as-expected = As expected
choice-perceived-exceeds = More than expected
choice-occasion-sale = In the sale
choice-occasion-renewal = Renewal talks
choice-occasion-delivery = While delivering
choice-occasion-review = In a review
choice-occasion-other = Other
choice-channel-meeting = Meeting
choice-channel-call = Call
choice-channel-video = Video call
choice-channel-email = Email
choice-channel-message = Message
choice-channel-site-visit = Site visit
choice-channel-event = Event
choice-channel-letter = Letter
choice-direction-ours = We to them
choice-direction-theirs = They to us
choice-direction-both = Both
choice-topic-delivery = Delivery
choice-topic-price = Prices
choice-topic-scope = Scope
choice-topic-relationship = Relationship
choice-topic-contract = Contract
choice-topic-expectations = Expectations of the account manager
choice-topic-other = Other
choice-level-operational = Operational
choice-level-service = Service
choice-level-executive = Executive
choice-kind-expansion = Expansion
choice-kind-cross-sell = Cross-sell
choice-kind-new-service = New service
choice-kind-renewal = Renewal
choice-stage-idea = Idea
choice-stage-discussed = Discussed
choice-stage-proposed = Proposed
choice-stage-won = Won
choice-stage-lost = Lost
choice-renewal-automatic = Renews unless notice is given
choice-renewal-by-agreement = Renews when both agree
choice-renewal-ends = Ends

list-list-prices = List prices
book-list-price-one = List price
book-list-price-many = List prices
book-list-price-add = Add a list price
book-list-price-details = What is stated?
book-list-price-form-lead = What a product costs before any discount, from a day on until its next price.
book-list-price-help-external-id = Your own id of this price. A file without one takes product, currency and day.
book-list-price-help-price-per = A price of a tenth of a cent a call is 10 cents for 100 calls.
book-list-price-help-valid-from = It holds until the next price of this product and currency.
book-list-price-help-note = Where it was decided or published.
book-list-price-count = { $count ->
    [0] None yet.
    [one] One list price.
   *[other] { $count } list prices.
  }
book-list-price-rest = { $count ->
    [0] None takes effect later.
    [one] One takes effect later.
   *[other] { $count } take effect later.
  }
book-list-price-empty = No list prices yet
book-list-price-empty-text = List prices say what a product costs before any discount, and since when. Offers and discounts are measured against them.
book-list-price-empty-example = service desk ticket, EUR 4.20, from 1 January 2027.

list-exchange-rates = Exchange rates
book-exchange-rate-one = Exchange rate
book-exchange-rate-many = Exchange rates
book-exchange-rate-add = Add an exchange rate
book-exchange-rate-details = What is stated?
book-exchange-rate-form-lead = What one unit of a currency was worth in another on a day, and who published it.
book-exchange-rate-help-external-id = Your own id of this rate. A file without one takes both currencies and the day.
book-exchange-rate-help-rate = Units of the second currency for one unit of the first, such as 0.9231.
book-exchange-rate-help-rate-on = It holds until the next rate of this pair.
book-exchange-rate-help-source = Who published it, such as the European Central Bank.
book-exchange-rate-count = { $count ->
    [0] None yet.
    [one] One exchange rate.
   *[other] { $count } exchange rates.
  }
book-exchange-rate-rest = { $count ->
    [0] None is of the last 31 days.
    [one] One is of the last 31 days.
   *[other] { $count } are of the last 31 days.
  }
book-exchange-rate-empty = No exchange rates yet
book-exchange-rate-empty-text = Amounts in several currencies are never added silently: a sum in the reporting currency uses these rates and says which.
book-exchange-rate-empty-example = 1 USD was 0.9231 EUR on 30 October 2026, European Central Bank.

list-amendments = Amendments
book-amendment-one = Amendment
book-amendment-many = Amendments
book-amendment-add = Add an amendment
book-amendment-details = What is stated?
book-amendment-form-lead = What both sides agreed to change in a contract, from a day on. New dates go into the contract on that day.
book-amendment-help-external-id = Your own id of this amendment.
book-amendment-help-effective-until = Only of one that holds for a time. The term of a contract changes for good.
book-amendment-help-ends-on = Only where this amendment changes it. So for the next three.
book-amendment-help-number = As it stands on the paper.
book-amendment-field-title = What it says
book-amendment-count = { $count ->
    [0] None yet.
    [one] One amendment.
   *[other] { $count } amendments.
  }
book-amendment-rest = { $count ->
    [0] None is not in force yet.
    [one] One is not in force yet.
   *[other] { $count } are not in force yet.
  }
book-amendment-empty = No amendments yet
book-amendment-empty-text = An amendment says what changes in a contract and since when. The contract always states the terms in force.
book-amendment-empty-example = amendment 2, term extended to 31 March 2029, from 1 January 2027.

list-stakes = Stakes
book-stake-one = Stake
book-stake-many = Stakes
book-stake-add = Add a stake
book-stake-details = What is stated?
book-stake-form-lead = How much a client’s person has at stake, as a weight from 1 to 100 with its reason and date. A loud voice is not a large one.
book-stake-help-external-id = Your own id of this stake.
book-stake-help-weight = 1 to 100. Shares are computed from all weights of the account that are in force.
book-stake-help-basis = What makes this voice count.
book-stake-help-reason = What one could tell the person.
book-stake-count = { $count ->
    [0] None yet.
    [one] One stake.
   *[other] { $count } stakes.
  }
book-stake-rest = { $count ->
    [0] None is in force without an end.
    [one] One is in force without an end.
   *[other] { $count } are in force without an end.
  }
book-stake-empty = No stakes yet
book-stake-empty-text = Without stakes every voice counts alike. A weight says why somebody counts more: they decide, they pay, or they live with what is delivered.
book-stake-empty-example = Hana Brandt, decides, 60, signs every renewal above EUR 1 million.

list-expertise = Expertise
book-expertise-one = Expertise
book-expertise-many = Expertise
book-expertise-add = Add expertise
book-expertise-details = What is stated?
book-expertise-form-lead = What a person knows well: a process, an industry or a technology.
book-expertise-help-external-id = Your own id of this entry.
book-expertise-help-level = 1 knows of it, 2 has worked with it, 3 works with it on their own, 4 is asked by others.
book-expertise-help-topic = As short as a tag, such as claims handling.
book-expertise-field-level = How well
book-expertise-count = { $count ->
    [0] None yet.
    [one] One entry.
   *[other] { $count } entries.
  }
book-expertise-rest = { $count ->
    [0] None is of our people.
    [one] One is of our people.
   *[other] { $count } are of our people.
  }
book-expertise-empty = Nobody’s expertise is stated yet
book-expertise-empty-text = Expertise says who can help with what, and how well an account manager fits an account.
book-expertise-empty-example = Jonas Feld, industry, insurance, works with it on his own since 2017.

list-career-steps = Careers
book-career-step-one = Position
book-career-step-many = Careers
book-career-step-add = Add a position
book-career-step-details = What is stated?
book-career-step-form-lead = A position a person has or had: where somebody comes from says whom they know and what they know.
book-career-step-help-external-id = Your own id of this position.
book-career-step-help-ended-on = Empty while they hold it.
book-career-step-count = { $count ->
    [0] None yet.
    [one] One position.
   *[other] { $count } positions.
  }
book-career-step-rest = { $count ->
    [0] None is held today.
    [one] One is held today.
   *[other] { $count } are held today.
  }
book-career-step-empty = No positions yet
book-career-step-empty-text = Careers of both sides say where people come from.
book-career-step-empty-example = Hana Brandt, head of claims, Norvale Insurance, since March 2021.

list-acquaintances = Who knows whom
book-acquaintance-one = Acquaintance
book-acquaintance-many = Who knows whom
book-acquaintance-add = Add an acquaintance
book-acquaintance-details = What is stated?
book-acquaintance-form-lead = That one of ours knows a client’s person, how well, and how well the client says they get on.
book-acquaintance-help-external-id = Your own id of this entry.
book-acquaintance-help-strength = 1 has met once, 3 works together, 5 is called first.
book-acquaintance-help-compatibility = As the client says: 1 badly, 5 very well. Empty while nobody asked.
book-acquaintance-count = { $count ->
    [0] None yet.
    [one] One acquaintance.
   *[other] { $count } acquaintances.
  }
book-acquaintance-rest = { $count ->
    [0] None is close.
    [one] One is close.
   *[other] { $count } are close.
  }
book-acquaintance-empty = Nobody is known to know anybody yet
book-acquaintance-empty-text = Who knows whom shows single threads before somebody leaves.
book-acquaintance-empty-example = Hana Brandt and Jonas Feld, 4 of 5, get on very well as she says.

list-expectations = Expectations
book-expectation-one = Expectation
book-expectation-many = Expectations
book-expectation-add = Add an expectation
book-expectation-details = What is stated?
book-expectation-form-lead = What the client expects of its account manager, in the client’s words, by when, and how it will be seen.
book-expectation-help-external-id = Your own id of this expectation.
book-expectation-help-title = In the client’s own words.
book-expectation-help-manager = Empty: the account manager, whoever that is.
book-expectation-help-measure = How both sides will see that it is met.
book-expectation-help-acknowledged-by-us-on = The day on which we said that we understood.
book-expectation-help-acknowledged-by-client-on = The day on which the client said that this is what it meant.
book-expectation-help-perceived = How the client sees it, not how we do.
book-expectation-help-actual = What the facts say; name the measure where there is one.
book-expectation-help-settled-on = The day on which it was met, missed or withdrawn.
book-expectation-field-title = Expected, in the client’s words
book-expectation-count = { $count ->
    [0] None yet.
    [one] One expectation.
   *[other] { $count } expectations.
  }
book-expectation-rest = { $count ->
    [0] None is late.
    [one] One is late.
   *[other] { $count } are late.
  }
book-expectation-empty = No expectations yet
book-expectation-empty-text = Ask the client what it expects of its account manager, and write it down in its own words. Most accounts that fail were never asked.
book-expectation-empty-example = “Tell us of price changes before the budget round”, by 1 September, seen by the date of the first letter.

list-promises = Promises
book-promise-one = Promise
book-promise-many = Promises
book-promise-add = Add a promise
book-promise-details = What is stated?
book-promise-form-lead = What was said to a client, where it stands in the contract, who delivers it, and whether it was kept.
book-promise-help-external-id = Your own id of this promise.
book-promise-help-title = What was promised, as the client heard it.
book-promise-help-contract = Empty: it stands in no contract, which shows as a gap.
book-promise-help-clause = Where in the contract, such as section 4.2.
book-promise-help-delivery-owner = Who of ours makes it true.
book-promise-help-settled-on = The day on which it was kept, broken or released.
book-promise-field-title = What was promised
book-promise-count = { $count ->
    [0] None yet.
    [one] One promise.
   *[other] { $count } promises.
  }
book-promise-rest = { $count ->
    [0] None has a gap: no clause, no delivery owner or no date.
    [one] One has a gap: no clause, no delivery owner or no date.
   *[other] { $count } have a gap: no clause, no delivery owner or no date.
  }
book-promise-empty = No promises yet
book-promise-empty-text = What was promised in the sale and stands in no contract comes back as a complaint. Write it down while it is remembered.
book-promise-empty-example = “A named team of eight by June”, said in the sale, delivered by Ines Roth, in no contract yet.

list-communications = Communications
book-communication-one = Communication
book-communication-many = Communications
book-communication-add = Log a communication
book-communication-details = What is stated?
book-communication-form-lead = That both sides spoke or wrote to one another. Fifteen seconds are enough: with whom, how, about what.
book-communication-help-external-id = Your own id of this communication.
book-communication-help-people = Everybody who took part, of both sides. More by name, divided by semicolons.
book-communication-help-topic = Choose prices even when they only came up: the first mention counts.
book-communication-help-place = Of a visit: which site.
book-communication-field-title = About what
book-communication-count = { $count ->
    [0] None yet.
    [one] One communication.
   *[other] { $count } communications.
  }
book-communication-rest = { $count ->
    [0] None is of the last 31 days.
    [one] One is of the last 31 days.
   *[other] { $count } are of the last 31 days.
  }
book-communication-empty = No communications yet
book-communication-empty-text = A line after each talk shows who was never spoken to, and when price was first mentioned.
book-communication-empty-example = call with Hana Brandt today, about prices, “asked for the index clause”.

list-reviews = Reviews
book-review-one = Review
book-review-many = Reviews
book-review-add = Log a review
book-review-details = What is stated?
book-review-form-lead = A review held with the client: who attended, which measures were gone through, and what came of it.
book-review-help-external-id = Your own id of this review.
book-review-help-people = Everybody who attended, of both sides. More by name, divided by semicolons.
book-review-help-measures = Those that were really gone through.
book-review-field-title = What it was
book-review-count = { $count ->
    [0] None yet.
    [one] One review.
   *[other] { $count } reviews.
  }
book-review-rest = { $count ->
    [0] None names a next one that is still to come.
    [one] One names a next one that is still to come.
   *[other] { $count } name a next one that is still to come.
  }
book-review-empty = No reviews yet
book-review-empty-text = A measure counts once the client has been taken through it. Reviews say when that was.
book-review-empty-example = service review of October, held on 12 November, five measures gone through.

list-opportunities = Opportunities
book-opportunity-one = Opportunity
book-opportunity-many = Opportunities
book-opportunity-add = Add an opportunity
book-opportunity-details = What is stated?
book-opportunity-form-lead = More that a client may take from us, from trust that is there.
book-opportunity-help-external-id = Your own id of this opportunity.
book-opportunity-help-probability = In percent, as we think. It is used for nothing but the weighted sum.
book-opportunity-help-trusted-by = The client’s person whose trust it comes from.
book-opportunity-help-closed-on = The day on which it was won or lost.
book-opportunity-field-title = What it is
book-opportunity-count = { $count ->
    [0] None yet.
    [one] One opportunity.
   *[other] { $count } opportunities.
  }
book-opportunity-rest = { $count ->
    [0] None is open.
    [one] One is open.
   *[other] { $count } are open.
  }
book-opportunity-empty = No opportunities yet
book-opportunity-empty-text = Growth with a client that trusts us costs least. Say whose trust it comes from.
book-opportunity-empty-example = second site for the service desk, EUR 240,000 a year, trusted by Hana Brandt.

list-actuals = Revenue by month
book-actual-one = Month’s figures
book-actual-many = Revenue by month
book-actual-add = Add a month
book-actual-details = What is stated?
book-actual-form-lead = What an account really paid, took and cost of a product in a month. Retained and expanded revenue are computed from these.
book-actual-help-external-id = Your own id of this row. A file without one takes account, product, month and currency.
book-actual-help-revenue = As invoiced; below zero where more was credited.
book-actual-help-month = As 2026-10.
book-actual-help-cost = What it cost us. Only who may see costs sees it.
book-actual-count = { $count ->
    [0] None yet.
    [one] One row.
   *[other] { $count } rows.
  }
book-actual-rest = { $count ->
    [0] None states no revenue.
    [one] One states no revenue.
   *[other] { $count } state no revenue.
  }
book-actual-empty = No figures yet
book-actual-empty-text = Import invoiced revenue, volumes and costs by account, product and month: retained and expanded revenue, and what a product brings, follow from them.
book-actual-empty-example = account A-17, service desk, 2026-10, EUR 38,412.50, 9,146 tickets.

book-problem-rate = “{ $text }” is not a rate. Write a number above zero with at most nine decimals, such as 1.0842.
book-problem-month = “{ $text }” is not a month. Write it like 2026-10.
book-problem-same-currency = Both currencies are the same. A rate is between two.
book-problem-unknown-measure = There is no measure “{ $text }”.
book-problem-too-many = { $given } are named here; at most { $most } fit.
book-problem-needed-for = State this too, since “{ $field }” is stated.
book-problem-term-for-good = An amendment that changes the term holds for good. Leave this empty.
book-problem-applied-already = This is in the contract already. State the correction as a new amendment.
book-problem-no-figure = State at least one of revenue, volume and cost.
book-problem-of-another-account = This belongs to another account.
book-problem-twice = There is a record of this already ({ $text }). Change that one.
book-problem-overlaps = { $until ->
    [none] Amendment “{ $title }” of the same subject holds from { $from } on and begins on the same day. Choose another day, or change that one.
   *[other] Amendment “{ $title }” of the same subject holds from { $from } to { $until }. Let one end before the other begins.
  }
book-json-list = This takes a list of texts.
book-form-others = Others, by name
book-form-others-help = Names or own ids, divided by semicolons.
book-contract-help-renewal = What happens when nobody does anything.
book-contract-help-renewal-months = Of a term that renews.
book-contract-help-renewal-clause = In the contract’s words.
book-contract-help-notice-clause = In the contract’s words.
book-person-help-authority = What they may decide, such as “signs up to EUR 50,000”.
book-person-help-reports-to = On their own side.
book-person-help-left-on = Their last day. What they knew and promised stays.
book-person-help-successor = Who came after them, on their own side.
book-late = Late
book-until-next = Until the next
book-amendment-not-yet = Not yet
book-promise-no-clause = In no contract clause
book-promise-no-owner = Nobody delivers it
book-view-all = All
book-view-open = Open
book-view-gaps = With gaps
book-view-late = Late
book-view-about-price = About prices
book-view-site-visits = Site visits
book-view-won = Won
nav-book = All records
nav-communications = Communications
nav-dates = Dates
nav-expectations = Expectations
nav-growth = Growth
nav-promises = Promises

book-all-lead = { REACH() ->
    [all] Every kind of record, and what it is for.
   *[some] Every kind of record you may see, and what it is for.
  }
book-all-kind = Kind
book-all-count = Records
book-all-what = What it is for
book-group-accounts = Accounts and what they buy
book-group-people = People and who knows whom
book-group-said = What was expected, promised and said
book-group-figures = Growth and figures
book-group-ours = How we are organised
dates-lead = { $count ->
    [0] Nothing is due within 180 days.
    [one] One day within 180 days.
   *[other] { $count } days within 180 days.
  }
dates-rest = What ends, renews or may be re-priced when, in each contract’s own time zone.
dates-in-days = { $count ->
    [one] in one day
   *[other] in { $count } days
  }
dates-never = Never talked about
dates-view-notice = Notice
dates-view-renewals = Renewals and ends
dates-view-prices = Prices
dates-empty = No days ahead
dates-empty-text = State when contracts end, renew, may be re-priced and until when notice counts: this page then says what comes next.
dates-empty-example = 31 December 2026, last day for notice, Service desk 2024.
choice-what-amendment = Amendment takes effect
choice-what-ends = Ends
choice-what-notice = Last day for notice
choice-what-price = Prices may change
choice-what-renews = Renews

account-tab-timeline = Timeline
timeline-title = What happened?
timeline-all = Whole timeline
timeline-lead = Last on { $day }.
timeline-lead-none = Nothing is written down yet.
timeline-amended = Amendment takes effect
timeline-contract-starts = Contract starts
timeline-empty = Nothing happened yet
timeline-empty-text = Talks, reviews, promises, expectations, contracts and people who leave stand here, the newest first.
timeline-empty-example = a call about prices yesterday, with what was said in a line.
timeline-expectation = Expectation
timeline-expected = Expectation stated
timeline-left = Left
timeline-opportunity = Opportunity
timeline-opportunity-opened = Opportunity opened
timeline-promise = Promise
timeline-promised = Promised
timeline-review = Review held
timeline-view-promises = Promises and expectations
timeline-view-talks = Talks and reviews
timeline-walked-through = Measure gone through
book-error-still-sold = { $count ->
    [one] This product stands in a line of a contract. Move that line to another product, or put it into the trash first.
   *[other] This product stands in { $count } lines of contracts. Move those to another product, or put them into the trash first.
  }
book-error-replaced-meanwhile = There is another record of the same by now. Change that one instead.
timeline-and-more = { $count ->
    [one] { $title } and one more
   *[other] { $title } and { $count } more
  }
