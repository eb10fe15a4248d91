# Handovers: what one of our people answers for goes over to others on a day.
nav-handovers = Handovers
field-from-person = Hands over
field-from-person-id = Id of who hands over
field-to-person = Takes over
field-to-person-id = Id of who takes over
field-handover-kind = Why
field-handover-state = State
field-handover-id = Handover’s id
field-n-matters = Matters
field-n-open-matters = Not gone over
field-n-introductions = Introductions to make
field-n-moved = Went over
field-n-refused = Refused
choice-handover-kind-leaves = Leaves the firm
choice-handover-kind-moves = Takes on other work
choice-handover-kind-reorganisation = Accounts are shared out anew
choice-handover-kind-replacement = The account gets another manager
choice-handover-state-planned = Planned
choice-handover-state-done = Carried out
choice-handover-state-cancelled = Called off
choice-handover-state-undone = Taken back
choice-item-state-open = Goes over
choice-item-state-done = Went over
choice-item-state-refused = Refused
choice-item-state-stays = Stays
choice-item-state-back = Taken back
choice-matter-account-manager = Account manager
choice-matter-negotiator = Negotiator
choice-matter-works-on = Works on the account
choice-matter-promise = Promise to deliver
choice-matter-expectation = Expectation
choice-matter-opportunity = Opportunity
choice-matter-introduction = To be introduced
choice-matter-product = Product
choice-matter-line-of-business = Line of business
choice-matter-team = Team
choice-matter-measure = Measure
choice-matter-decision-right = Decision right
handover-day = From
handover-view-planned = Planned
handover-view-introductions = Introductions to make
handover-view-refused = Refused
handover-list-lead = { $count ->
    [0] No account is about to go over.
    [one] One account is about to go over.
   *[other] { $count } accounts are about to go over.
 }
handover-list-rest = { $count ->
    [0] Nobody waits for an introduction after a handover.
    [one] One that went over still has introductions to make.
   *[other] { $count } that went over still have introductions to make.
 }
handover-new = Plan a handover
handover-new-title = Plan a handover
handover-empty = No handovers
handover-empty-text = When somebody leaves, moves or accounts are shared out anew, what they answer for goes over here.
handover-empty-example = Anna leaves on 31 December: 12 accounts, 9 promises and 40 people who know her go to Ben and Carla.
handover-no-account = Without an account
handover-nobody = Nobody takes it yet
handover-choose-lead = Choose who hands over.
handover-choose-rest = { REACH() ->
    [all] The next page shows everything they answer for, and asks who takes it.
   *[some] The next page shows everything they answer for that you may see, and asks who takes it.
  }
handover-from-help = One of our people. Nothing is changed yet.
handover-look = See what they hold
handover-new-lead = { $name } holds { $count ->
    [0] nothing{ REACH() ->
        [all] .
       *[some] { " " }that you may see.
    }
    [one] one matter
   *[other] { $count } matters
 }{ $count ->
    [0] { "" }
   *[other] { " " }on { $accounts ->
        [one] one account.
       *[other] { $accounts } accounts.
    }
 }
handover-new-rest = Say who takes what and from which day. On that day it goes over by itself; each introduction is ticked off by hand.
handover-places = What goes over
handover-places-caption = A box that is not ticked stays out of this handover.
handover-takes = Takes { $name }
handover-as-all = As for all
handover-terms = The handover
handover-effective-help = It goes over when this day begins in { $zone }.
handover-successor = Takes all without a successor of its own
handover-successor-help = Nobody may be named later, until the day comes.
handover-nobody-yet = Nobody yet
handover-plan = Plan the handover
handover-planned = Planned: { $name } hands over on { $day }.
handover-nothing = Nothing to hand over
handover-nothing-text = { REACH() ->
    [all] This person answers for nothing.
   *[some] This person answers for nothing that you may see.
  }
handover-another = Choose somebody else
handover-matter-account-manager = account manager
handover-matter-negotiator = negotiator
handover-matter-works-on = works there
handover-matter-promise = { $count ->
    [one] 1 promise
   *[other] { $count } promises
 }
handover-matter-expectation = { $count ->
    [one] 1 expectation
   *[other] { $count } expectations
 }
handover-matter-opportunity = { $count ->
    [one] 1 opportunity
   *[other] { $count } opportunities
 }
handover-matter-introduction = { $count ->
    [one] 1 person to introduce
   *[other] { $count } people to introduce
 }
handover-matter-product = product
handover-matter-line-of-business = line of business
handover-matter-team = team
handover-matter-decision-right = decision right
handover-matter-measure = { $count ->
    [one] one measure
   *[other] { $count } measures
 }
handover-title = Handover by { $name }
handover-lead-planned = { $name } hands over on { $day }.
handover-lead-done = What { $name } had went over.
handover-lead-cancelled = This handover was called off; nothing went over.
handover-lead-undone = This handover was taken back.
handover-rest = { $open ->
    [0] Nothing waits to go over
    [one] One matter has not gone over
   *[other] { $open } matters have not gone over
 }, { $introductions ->
    [0] no introduction is open.
    [one] one introduction is open.
   *[other] { $introductions } introductions are open.
 }
handover-planned-by = Planned by
handover-done = Carried out
handover-dates = Its dates
handover-pick = Choose { $title }
handover-to = to { $name }
handover-tick = Introduced
handover-reopen = Not yet
handover-item-to-introduce = To introduce
handover-item-introduced = Introduced
handover-give = Give what is ticked to somebody
handover-give-caption = What went over already is not given again.
handover-give-to = Takes it
handover-give-button = Give it to them
handover-leave-button = Leave it where it is
handover-given = { $count ->
    [one] One matter has a successor.
   *[other] { $count } matters have a successor.
 }
handover-left = { $count ->
    [one] One matter stays where it is.
   *[other] { $count } matters stay where they are.
 }
handover-introduced = Ticked off. They know one another from now on.
handover-reopened = The introduction is open again.
handover-change = Change day or reason
handover-change-button = Save
handover-changed = Saved.
handover-carry-out = Carry it out now
handover-carry-out-again = Try the rest again
handover-carry-out-title = Carry it out now?
handover-carry-out-body = Everything with a successor goes over at once, and the new managers are told. You can take it back.
handover-carried-out = { $count ->
    [0] It went over.
    [one] It went over; one matter was refused and says why.
   *[other] It went over; { $count } matters were refused and say why.
 }
handover-cancel = Call it off
handover-cancelled = Called off. Nothing went over.
handover-undo = Take it back
handover-undo-title = Take the handover back?
handover-undo-body = Everything goes to whoever had it before. Introductions that were made stay made.
handover-undone = Taken back. All is with whoever had it before.
handover-refusal-no-successor = Nobody is named to take it, and nothing is left without anybody. Choose a successor and try again.
handover-refusal-held-by-other = Somebody else has it by now. Leave it where it is, or hand it over from them.
handover-refusal-gone = The record lies in the trash. Restore it and try again, or leave it.
handover-refusal-successor-gone = The successor lies in the trash or has left. Choose another and try again.
handover-refusal-settled = It was settled meanwhile, so it keeps the name of who did it. Leave it where it is.
handover-refusal-decides-here = Whoever planned this would decide by it themselves. An administrator has to hand it over.
handover-refusal-no-user = They do not sign in to Mandate, or not as whom this was planned for. Invite them, or choose somebody else, and try again.
handover-refusal-breaks-a-rule = The record breaks a rule of its own. Open it, save it to see which, and try again.
handover-error-not-found = { REACH() ->
    [all] There is no such handover.
   *[some] There is no such handover, or nothing of it that you may see.
  }
handover-error-not-theirs = Only { $name }, who planned it and still sees all of it, or somebody who sees every account may do this.
handover-error-nothing = { REACH() ->
    [all] There is nothing to hand over here. Choose somebody else, or other accounts.
   *[some] There is nothing to hand over here that you may see. Choose somebody else, or other accounts.
  }
handover-error-introduction = Only an introduction can be ticked off; the rest goes over by itself.
handover-error-successors = Some of it cannot go to whom it was given. Nothing was changed.
handover-error-same = This is who hands over. Choose somebody else.
handover-error-refused = { $why ->
    [successor_gone] { $title } cannot go to them: they lie in the trash or have left. Choose somebody else.
    [no_user] { $title } cannot go to them: they do not sign in to Mandate. Invite them, choose somebody else, or leave it out.
   *[other] You would decide on { $title } yourself by this, so an administrator has to hand it over. Choose somebody else.
 }
handover-error-none-chosen = Nothing is ticked. Tick what goes over.
handover-error-no-successor = Nobody is named to take it. Choose a successor first.
handover-error-not-planned = This handover is { $state ->
    [done] carried out
    [cancelled] called off
   *[undone] taken back
 }; only a planned one can be changed or called off.
handover-error-over = This handover is { $state ->
    [cancelled] called off
   *[undone] taken back
 }. Plan a new one.
handover-error-not-done = Only a handover that was carried out can be taken back.
handover-error-changed = Nothing was taken back, because this was changed since: { $what }. Change it back first, or hand it over anew.
