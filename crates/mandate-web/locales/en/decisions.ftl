# Decision rights, substitutes, policies, and what an account's manager may decide.
settings-tab-rights = Decision rights
settings-tab-delegations = Substitutes
settings-tab-policies = Policies
account-tab-decisions = Decisions

decision-kind-credit = Service credits
decision-kind-price = Prices
decision-kind-exclusion = Exclusions
decision-for = { $name } for { $absent }
decision-decided-by = decided by { $who }
decision-refused = { $most ->
    [none] { $kind ->
        [credit] You decide no credits here; this is { $amount }. { $who } may decide it.
        [price] You decide no prices here; this one moves by { $amount }. { $who } may decide it.
       *[exclusion] You decide no exclusions here; this is { $amount }. { $who } may decide it.
      }
   *[other] You may decide up to { $most } here; this is { $amount }. { $who } may decide it.
  }
decision-refused-nobody = { $most ->
    [none] Nobody may decide this yet: { $kind ->
        [credit] a credit of { $amount }
        [price] a price moved by { $amount }
       *[exclusion] an exclusion of { $amount }
      }. { $administrators } can grant a right to it.
   *[other] You may decide up to { $most } here; this is { $amount }, which nobody may decide yet. { $administrators } can grant a right to it.
  }
decision-refused-any-price = Another product, another contract or a price that jumps takes the right to decide any price here. { $whose ->
    [nobody] Nobody has it yet; { $administrators } can grant it.
   *[somebody] { $who } may decide it.
  }
decision-refused-alone = { $most ->
    [none] Nobody may decide this yet
   *[other] You may decide up to { $most } here, and nobody may decide more yet
  }: { $kind ->
    [credit] a credit of { $amount }. A sponsor decides any: give yourself that role under Settings, Users
    [price] a price moved by { $amount }. Its product’s manager decides: name one in the book, or yourself
   *[exclusion] an exclusion of { $amount }. Agree it in parts, or make somebody else an administrator, who can grant you a right
  }. You are the only administrator, and nobody grants a right to themselves.
decision-extent-nothing = nothing
decision-extent-up-to = up to { $amount }
decision-extent-any = any
decision-price-of = { $direction ->
    [lower] Lower the price of { $product }
   *[raise] Raise the price of { $product }
  }
decision-beyond-nobody = nobody yet; { $administrators } can grant a right
decision-left = { $amount } left this month
decision-until = until { $day }
decision-on-behalf = for { $name }
decision-mine = What may I decide here
decision-mine-caption = At once and now, as a decision would be answered
decision-rest = The rest:

gap-lead = { $count ->
    [one] { $manager } answers for one thing here and may decide { $may } of it.
   *[other] { $manager } answers for { $count } things here and may decide { $may } of them.
  }
gap-lead-nobody = Nobody manages this account, so nobody answers for it.
gap-rest = What somebody answers for and may not decide is decided elsewhere, later.
gap-title = Answers for, and may decide
gap-caption = What the account's manager answers for against what they may decide themselves
gap-period = Measures as of { $month }, the newest month that is over; credits since { $since }; exclusions and prices as of { $day }.
gap-answers-for = Answers for
gap-may = May decide
gap-who = Who decides the rest
gap-measure = { $name } below its goal
gap-measure-note = { $month }; delivery decides what is done about it
gap-credit = Credit of { $amount }
gap-exclusion = Exclusion of { $amount }
gap-price = Price of { $product }
gap-price-note = { $count ->
    [one] one line
   *[other] { $count } lines
  }
gap-may-decide = May decide
gap-may-not = Decides nothing
gap-only = { $who }
gap-nobody = Nobody yet
gap-none = Nothing to answer for yet
gap-none-text = Measures below their goal, open credits and exclusions, and prices of the account's lines stand here.
gap-none-example = price of Claims intake, up to 3 % down; Ines Varga decides the rest.
gap-no-sign-in = { $name } has no sign-in, so may decide nothing here.

right-title = Decision rights
right-lead = { $count ->
    [0] No rights granted; the policies alone decide.
    [one] One right granted.
   *[other] { $count } rights granted.
  }
right-rest = A right ends, is reviewed before that, and shows what was used of it.
right-caption = Decision rights, those that end first on top
right-grant = Grant a right
right-grant-title = Grant a decision right
right-edit = Change the right
right-edit-title = Change a decision right
right-form-lead = A right holds for at most two years, and lapses thirty days after a review nobody answered.
right-granted = Granted.
right-changed = Changed.
right-confirmed = Confirmed.
right-revoked = Revoked.
right-of = { $holder }: { $kind }
right-holder-user = One person
right-holder-account-manager = Every account manager
right-holder-negotiator = Every negotiator
right-direction-either = Either way
right-direction-lower = Down only
right-direction-raise = Up only
right-accounts-own = Their own accounts
right-accounts-every = Every account
right-accounts-these = These accounts
right-accounts-named = { $count ->
    [one] One named account
   *[other] { $count } named accounts
  }
right-products-all = All products
right-standing-in-force = In force
right-standing-review-due = Review due
right-standing-not-yet = Not yet
right-standing-lapsed = Lapsed
right-standing-expired = Expired
right-standing-revoked = Revoked
right-view-in-force = In force
right-view-review = Review due
right-view-lapsed = Lapsed
right-view-all = All
right-a-month = { $amount } a month
right-used = Used this month
right-uses = { $count ->
    [one] one use ever
   *[other] { $count } uses ever
  }
right-never-used = Never used
right-never = never
right-review-on = Review on { $day }
right-lapses-on = Lapses unless confirmed by
right-used-of = { $used } of { $granted } used this month, { $count ->
    [one] one use
   *[other] { $count } uses
  }, last: { $last }.
right-used-without = { $used } used this month, { $count ->
    [one] one use
   *[other] { $count } uses
  }, last: { $last }.
right-unused = Not used for ninety days: is it needed?
right-terms = Terms
right-amount = Amount
right-uses-title = Uses
right-uses-caption = The newest fifty decisions made by this right
right-uses-none = Nothing was decided by it yet.
right-confirm = Confirm
right-confirm-caption = Still needed? Say until when.
right-next-review = Next review
right-revoke = Revoke
right-revoke-caption = Ends the right at once; what was decided stays.
right-empty = No decision rights yet
right-empty-text = Until rights are granted, the policies alone say who decides what.
right-empty-example = every account manager, credits up to 10,000 on their own accounts until 31 December.
right-user = Person
right-user-help = Only for a right of one person.
right-limit-help = Of one decision: money for credits, percent for prices, hours for exclusions.
right-month-help = Of a calendar month together; for prices, of one line.
right-currency-help = For credits only.
right-direction-help = For prices only.
right-account-names = Named accounts
right-names-help = One a line, by name or id; only where these accounts are chosen.
right-products-help = One a line; for prices only; empty for all.
right-until-help = At most two years on.
right-review-help = Within the right's days.

right-error-fields = { $count ->
    [one] One field cannot be used.
   *[other] { $count } fields cannot be used.
  }
right-error-own = Nobody grants, changes or confirms a right of their own; ask another administrator.
right-error-over = It does not stand any more.
right-problem-no-limit = Write an amount above 0.
right-problem-month = A month cannot be less than one decision.
right-problem-basis-points = No price moves so far.
right-problem-products = Only a right over prices can be limited to products.
right-problem-no-account = Name at least one account.
right-problem-too-many = Name at most 200.
right-problem-backwards = The last day must not come before the first.
right-problem-too-long = A right holds for at most two years; grant it again then.
right-problem-review = Choose a day that is still to come and within the right's days.
right-problem-number = “{ $text }” is not a number; write it like 2.5.
right-problem-user = Choose an active user.

delegation-title = Substitutes
delegation-lead = A substitute decides with the absent one's rights; both names stand on record.
delegation-rest = It hands on rights and no roles, and ends when either of the two is suspended.
delegation-list = Now and to come
delegation-now = Now
delegation-days = { $from } to { $until }
delegation-end = End it
delegation-ended = Ended.
delegation-made = Named.
delegation-none = Nobody stands in for anybody
delegation-none-text = Before you leave, name who decides for you meanwhile.
delegation-none-example = Ben Okafor for Ada Lovelace, 1 to 14 December.
delegation-new = Name a substitute
delegation-new-caption = For at most sixty days
delegation-absent = Who is away
delegation-oneself = Myself
delegation-substitute = Who decides meanwhile
delegation-from = First day
delegation-until = Last day
delegation-kinds = What they decide
delegation-kinds-help = None ticked: all of it.
delegation-button = Name
delegation-problem-oneself = Name somebody else.
delegation-problem-own-hand = You cannot name yourself the substitute of somebody else. They name you, or another administrator does.
delegation-problem-past = The last day has passed.
delegation-problem-too-long = A substitute is named for at most sixty days.
delegation-problem-no-kind = Choose what they decide.
delegation-problem-role = The roles of { $name } do not let them decide this at all: { $kind }.

policy-title = Policies
policy-lead-shipped = The policies that come with the program decide.
policy-lead-saved = Version { $version } decides, saved { $when }: { $reason }
policy-rest = A decision is allowed when a policy permits it and none forbids it.
policy-lines = What they say
policy-lines-caption = One line a policy
policy-permits = Permits
policy-forbids = Forbids
policy-text = Text of the policies
policy-text-caption = Cedar; a set that cannot be read, or fails the tests beside it, is refused and those in force stay
policy-tests = Tests
policy-tests-help = One a line: allow or refuse, what is decided, then who and how.
policy-save = Save a new version
policy-saved = Saved; it decides from now on.
policy-error-long = The text is too long: at most 40 policies and 100,000 characters.
policy-error-unreadable = It cannot be read: { $what }
policy-error-unnamed = Each policy needs a name of its own: write @id("a_name") above it. At fault: { $what }
policy-error-template = “{ $policy }” is a template; write whole policies.
policy-error-test-line = Line { $line } of the tests: “{ $word }” is not understood; { $expected }.
policy-error-no-tests = Write at least one test.
policy-error-tests-fail = { $count ->
    [one] One test fails, in line { $line }: { $text }
   *[other] { $count } tests fail, the first in line { $line }: { $text }
  }

field-holder = Whose
field-holder-name = Name of the person
field-holder-user-id = User
field-limit = Limit of one decision
field-month-limit = Limit of a month
field-accounts = Accounts
field-products = Products
field-n-accounts = Named accounts
field-standing = State
field-valid-until = Valid until
field-review-on = Review on
field-used-this-month = Used this month
field-n-uses = Uses
field-last-used-at = Last used
field-granted-by = Granted by
field-created-at = Made on
audit-kind-decision-right = Decision right
audit-kind-delegation = Substitute
audit-kind-decision-policy = Policies
