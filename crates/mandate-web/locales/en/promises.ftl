# Promises: expected, promised, perceived and actual side by side, and the handover from sales to delivery.

account-tab-promises = Promises
field-expectation-id = Expectation’s id
field-expected-by = Expected by
field-expectation-state = Expectation’s state
field-promised-for = Promised for
field-promise-state = Promise’s state
field-n-gaps = Gaps
field-not-promised = Expected and not promised
field-no-clause = In no contract clause
field-no-owner = No delivery owner
field-overdue = Overdue
field-perceived-worse = Perceived worse than it is
promises-caption = Expected, promised, perceived, actual
promises-head-expected = Expected
promises-head-gaps = What is missing?
promises-by-day = by { $day }
promises-seen-by = seen by: { $measure }
promises-delivers = { $name } delivers
promises-acknowledged-both = acknowledged by both
promises-acknowledged-us = acknowledged by us only
promises-acknowledged-client = acknowledged by the client only
promises-acknowledged-nobody = acknowledged by nobody
promises-not-expected = Nobody said that it is expected
promises-volume = Volume in { $month }: { $volume } ({ $unit })
promises-no-gap = No gap
promises-settled = Settled
promises-yes = Yes
promises-view-gaps = With a gap
promises-view-not-promised = Expected and not promised
promises-view-falls-short = Falls short for the client
promises-lead-none = Nothing is expected or promised on record.
promises-lead = { $count ->
    [one] { $gaps ->
        [0] The one matter has no gap.
       *[other] The one matter has a gap.
      }
   *[other] { $gaps ->
        [0] None of { $count } matters has a gap.
        [one] One of { $count } matters has a gap.
       *[other] { $gaps } of { $count } matters have a gap.
      }
  }
promises-empty = Nothing expected, nothing promised
promises-empty-text = Write down what the client expects in its own words, and what was promised in the sale. Where the two part is where complaints begin.
promise-handover-title = Handover to delivery
promise-handover-lead = { $count ->
    [0] No promise is open.
    [one] { $gaps ->
        [0] The one open promise lacks nothing.
       *[other] The one open promise lacks something.
      }
   *[other] { $gaps ->
        [0] None of { $count } open promises lacks anything.
        [one] One of { $count } open promises lacks something.
       *[other] { $gaps } of { $count } open promises lack something.
      }
  }
promise-handover-rest = { $count ->
    [0] Delivery accepted all of them.
    [one] One is not accepted by delivery.
   *[other] { $count } are not accepted by delivery.
  }
promise-handover-mine = Mine to deliver
promise-handover-unanswered = Not answered
promise-handover-view-unanswered = Not answered
promise-handover-view-declined = Declined
promise-handover-view-overdue = Overdue
promise-handover-empty = No promise is open
promise-handover-empty-text = What sales promised stands here until it is kept, broken or released, with what it lacks before delivery can keep it.
promise-handover-promise = The promise
promise-handover-answer = Does delivery take it on?
promise-handover-answer-caption = Whoever made the promise is told.
promise-handover-words-help = Needed to decline: what is in the way, and what would do instead.
promise-handover-accept = Accept for delivery
promise-handover-decline = Decline
promise-handover-withdraw = Take the answer back
promise-handover-settled = This promise is settled; there is nothing to answer.
promise-handover-unanswered-lead = Delivery has not answered this promise.
promise-handover-accepted-lead = Delivery accepted this promise.
promise-handover-declined-lead = Delivery declined this promise.
promise-handover-toast-accepted = { $name }: accepted for delivery
promise-handover-toast-declined = { $name }: declined
promise-handover-toast-withdrawn = { $name }: waits for an answer again
choice-handover-accepted = Accepted by delivery
choice-handover-declined = Declined by delivery
field-handover = Handover
field-handover-by = Answered by
field-handover-by-id = Answered by, id
field-handover-on = Answered on
field-handover-words = In which words
field-not-accepted = Not accepted by delivery
field-no-day = No day
field-no-cost-line = No cost line
book-promise-help-handover = What delivery says of it; empty while it has not answered.
book-promise-help-handover-words = Needed where delivery declines.
expectation-box = Who sees it, who acknowledged it?
expectation-not-shared = Only our people see this expectation.
expectation-shared = The client’s people see this expectation in the portal.
expectation-of-client = The client wrote this expectation in the portal; its people see it.
expectation-share = Show it to the client
expectation-unshare = Stop showing it
expectation-acknowledge = We understood it
expectation-toast-shared = The client’s people see it now
expectation-toast-unshared = The client’s people do not see it any more
expectation-toast-acknowledged = Acknowledged by us
expectation-toast-not-acknowledged = Not acknowledged by us any more
promises-shown-to-client = seen by the client
field-shown-to-client = Seen by the client
conversation-title = Candid conversation
conversation-caption = What each side says of what was expected, what both agree, and when they look again.
conversation-begin = Have the conversation
conversation-none = No such conversation is on record.
conversation-next = Both look again on { $day }.
conversation-lead = With { $account }: listen first, then say how it is, then agree on what changes.
conversation-about = Which expectations is it about?
conversation-they = What do they say?
conversation-they-help = In their words: what they expected, and how they see what they got.
conversation-we = What do we say?
conversation-we-help = How it is, with the facts: what was promised, what was kept, what was not.
conversation-agreed = What did both agree?
conversation-agreed-help = What changes, who does it, and what nobody can expect any more.
conversation-next-on = When do both look again?
conversation-save = Keep the conversation
conversation-saved = The conversation is kept and stands in the timeline
promises-talked = talked about on { $day }
field-talked-on = Talked about on
field-expectations = Expectations
field-n-expectations = Expectations dealt with
field-said-by-client = What they said
field-said-by-us = What we said
field-agreed = Agreed
book-communication-help-expectations = The expectations it dealt with.
book-communication-help-next-on = When both look at it again.
