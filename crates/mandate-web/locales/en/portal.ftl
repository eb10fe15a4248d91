# The portal of a client's people, the mail they get, and our side of it. German stands in locales/de/portal.ftl, message by message.
portal-title = Your measures
portal-nav = Portal
portal-nav-measures = Measures
portal-nav-exclusions = Exclusions
portal-nav-credits = Credits
portal-nav-colleagues = People
portal-for = for { $name }
portal-preview = You see the portal as the people of { $account } see it. Nothing can be said in their name here.
portal-preview-language = Auf Deutsch
portal-preview-leave = Back to the account
portal-preview-no-answer = Their people can agree or contest here. In this preview nobody can.
portal-lead-waiting = { $count ->
    [one] One thing waits for your word.
   *[other] { $count } things wait for your word.
  }
portal-lead-none = Nothing waits for you.
portal-manager = Your account manager is { $name }.
portal-waits-results = { $count ->
    [one] One result to agree or contest
   *[other] { $count } results to agree or contest
  }
portal-waits-exclusions = { $count ->
    [one] One exclusion to answer
   *[other] { $count } exclusions to answer
  }
portal-waits-credits = { $count ->
    [one] One credit to answer
   *[other] { $count } credits to answer
  }
portal-cases = { $count ->
    [one] from one case
   *[other] from { $count } cases
  }
portal-target = Target: { $target }
portal-open = Results
portal-no-month = No month is over yet.
portal-no-reason = Nobody has written down yet why this matters to you.
portal-empty = No measures yet
portal-empty-text = Your account manager shows measures here, each with its target, its results and why it matters to you.
portal-why = Why it matters to you
portal-walked = { $name } was taken through it on { $day }.
portal-months = How it went
portal-months-caption = Finished months, the newest first. The interval holds 80 % of what the cases would allow.
portal-month = Month
portal-result = Result
portal-reported = As reported
portal-state = Against the target
portal-your-word = Your word
portal-say = Do you agree?
portal-say-caption = Your word is on record with your name; the newest one counts.
portal-note = In your words
portal-note-help = Needed to contest: what is wrong, or what you would count instead.
portal-exclusion-note-help = Needed to refuse: why this time should count.
portal-agree = Agree
portal-contest = Contest
portal-refuse = Refuse
portal-said = What was said
portal-said-agreed = Agreed
portal-said-contested = Contested
portal-somebody = Someone of yours
portal-us = We
portal-exclusions-title = Exclusions
portal-exclusions-lead = { $count ->
    [0] Nothing waits for your answer.
    [one] One exclusion waits for your answer.
   *[other] { $count } exclusions wait for your answer.
  }
portal-exclusions-rest = An exclusion is time both sides agree not to count. Times are those of { $zone }.
portal-exclusions-empty = No exclusions
portal-exclusions-empty-text = Time that should not count, such as planned work, is proposed here by one side and answered by the other.
portal-counts-for = For
portal-every-case = every case
portal-clause = Clause
portal-proposed-by = Proposed by: { $side }
portal-credits-title = Service credits
portal-credits-lead = { $count ->
    [0] No credit waits for your answer.
    [one] One credit waits for your answer.
   *[other] { $count } credits wait for your answer.
  }
portal-credits-rest = Each says how it came about under your contract.
portal-credits-empty = No credits
portal-credits-empty-text = When a month misses what was agreed, the credit your contract gives stands here.
portal-credit-proposed = Proposed
portal-credit-agreed = Agreed
portal-credit-waived = Waived
portal-credit-noted = On a credit note
portal-on-behalf = { $name } for { $absent }
portal-decided-by = Decided by { $who }
portal-credit-note = Credit note { $number }
portal-colleagues-title = People with access
portal-colleagues-lead = { $count ->
    [one] One person of yours has, or had, access.
   *[other] { $count } people of yours have, or had, access.
  }
portal-colleagues-rest = What each of them says stays on record, also when their access ends.
portal-who = Who has access
portal-you = you
portal-role-administrator = keeps who has access
portal-role-member = reads and answers
portal-no-access = No access
portal-remove = End access
portal-remove-title = End the access of { $name }?
portal-remove-body = They are signed out with their next click. You can invite them again.
portal-invite = Invite a colleague
portal-invite-caption = They get a link that signs them in, and need no password.
portal-invite-button = Invite
portal-name = Name
portal-email = E-mail address
portal-language = Language
portal-make-administrator = May invite and remove colleagues
portal-make-administrator-help = One person at least should.
portal-link-title = Sign-in link
portal-link-caption = No mail goes out from here. Hand this link to { $name } yourself: it works once, for seven days, and is shown only now.
portal-link-kept = No mail goes out from here. { $name } gets the sign-in link from us: ask your account manager.
portal-toast-agreed = Your agreement is on record
portal-toast-contested = Your objection is on record
portal-toast-invited = { $name } was invited
portal-toast-removed = Their access has ended
portal-error-denied = You cannot do this here. In a preview nobody can answer for the client; in the portal, ask a colleague who keeps who has access.
portal-error-not-proposed = This credit does not wait for an answer any more.
portal-error-no-reason = Say what is wrong, so that it can be mended.

portal-error-not-invited = This address cannot be invited here. Ask your account manager.
sign-in-link-title = Sign in by e-mail
sign-in-link-lead = We send you a link that signs you in. It works once, for a quarter of an hour.
sign-in-link-button = Send me a link
sign-in-link-asked = If this address has access, a link is on its way. Look into your mailbox, also among unwanted mail.
sign-in-link-no-mail = No mail goes out from here. Ask your account manager for a sign-in link.
sign-in-link-back = Sign in with a password
sign-in-link-lapsed = This link does not hold any more
sign-in-link-lapsed-lead = It was used already, or its time has passed. Ask for a new one here.
sign-in-link-welcome = Welcome
sign-in-link-as = You sign in as { $name }, { $email }.

mail-link-subject = Your sign-in link for { $firm }
mail-link-body =
    Hello { $name },

    open this link to sign in. It works once, for a quarter of an hour:

    { $link }

    If you did not ask for it, you need do nothing.

    { $firm }
mail-invitation-subject = { $firm } invites you to the portal of { $account }
mail-invitation-body =
    Hello { $name },

    { $firm } shows you here what was delivered for { $account }, why it was agreed to matter to you, and asks for your word on it.
    Open this link to sign in. It works once, within seven days; later you can ask for a new one on the sign-in page:

    { $link }

    { $firm }

account-tab-portal = Client access
client-access-title = Client access
client-access-lead = { $people ->
    [0] Nobody of the client has access yet.
    [one] One of the client’s people has access.
   *[other] { $people } of the client’s people have access.
  } { $measures ->
    [0] No measure is shown.
    [one] One measure is shown.
   *[other] { $measures } measures are shown.
  }
client-access-rest = They see finished months of these measures, exclusions, and credits that were put to them. Nothing else.
client-access-preview = See it as they do
client-access-measures = Which measures do they see?
client-access-measures-caption = Each with its target, its finished months and why it matters to them.
client-access-no-reason = Why it matters to the client is not written down yet.
client-access-shown = Shown
client-access-hidden = Not shown
client-access-show = Show
client-access-hide = Hide
client-access-no-measures = No measures yet
client-access-no-measures-text = Measures of this account appear here once something was delivered.
client-access-people = Who has access?
client-access-people-caption = Their own administrator can invite and remove colleagues.
client-access-nobody = Nobody yet
client-access-nobody-text = Invite the person who will keep access on the client’s side.
client-access-invite = Invite one of the client’s people
client-access-invite-caption = They get a link by mail that signs them in.
client-access-invite-caption-link = No mail server is set up, so you get a link to hand over.
client-access-invite-caption-kept = No mail server is set up: an administrator copies the link under Settings, Users, and hands it over.
client-access-link-kept = No mail goes out from here. An administrator copies the sign-in link for { $name } under Settings, Users, and hands it over.
portal-toast-shown = The client’s people see this measure now
portal-toast-hidden = The client’s people do not see this measure any more
portal-nav-expectations = Expectations
portal-expectations-title = Your expectations
portal-expectations-lead = { $count ->
    [0] Nothing waits for your word.
    [one] One waits for your word.
   *[other] { $count } wait for your word.
  }
portal-expectations-rest = What you expect of your account manager, in your words.
portal-expectations-empty = No expectations yet
portal-expectations-empty-text = Write down what you expect, by when, and how you will see it. Whoever looks after you reads it and acknowledges it.
portal-expectation-said = Said on { $day }: { $name }
portal-expectation-title = What you expect
portal-expectation-title-help = In your own words.
portal-expectation-due = By when
portal-expectation-measure = How you will see it
portal-expectation-measure-help = How both sides will see that it is met.
portal-expectation-theirs = Acknowledged by you
portal-expectation-ours = Acknowledged by us
portal-expectation-acknowledge = This is what I meant
portal-expectation-word = Say it another way
portal-expectation-save = This is how I mean it
portal-expectation-add = What else do you expect?
portal-expectation-add-caption = Whoever looks after you is told.
portal-expectation-add-button = Add an expectation
portal-expectation-open = Open
portal-expectation-met = Met
portal-expectation-not-met = Not met
portal-expectation-withdrawn = Withdrawn
portal-toast-expectation-added = Your expectation stands here now
portal-toast-expectation-worded = So it reads now
portal-toast-expectation-acknowledged = Acknowledged by you
portal-waits-expectations = { $count ->
    [one] One expectation to acknowledge
   *[other] { $count } expectations to acknowledge
  }
portal-error-day = Write a date like 2027-03-31.
portal-error-day-before = This day lies before the one on which it was said.
