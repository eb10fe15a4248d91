# Coverage: who is known by whom of ours, the page of a person, the short log.

nav-coverage = Coverage
coverage-warmth-warm = Warm
coverage-warmth-cooling = Cooling
coverage-warmth-cold = Cold
coverage-thread-strength = { $warmth }, { $strength } of 5
coverage-thread-met = { $warmth }, met
coverage-never = Never
coverage-not-once = never
coverage-no-talk = No talk on record
coverage-contact = We { $ours } · they { $theirs }
coverage-contact-both = Both { $day }
coverage-cover-covered = Covered
coverage-cover-single = Single thread
coverage-cover-fading = Fading
coverage-cover-unknown = Unknown
coverage-lead-nobody = Nobody is known at the client yet.
coverage-lead-no-manager = { $people ->
    [one] Nobody answers for this account; one person is there to be known.
   *[other] Nobody answers for this account; { $people } people are there to be known.
  }
coverage-lead-no-stake = { $people ->
    [one] { $name } { $known ->
        [0] does not know
       *[other] knows
    } the one person there; what they have at stake is not stated.
   *[other] { $name } knows { $known } of { $people } people; what they have at stake is not stated.
  }
coverage-lead = { $people ->
    [one] { $name } { $known ->
        [0] does not know
       *[other] knows
    } the one person there: { $share } of the stake.
   *[other] { $name } knows { $known } of { $people } people, { $share } of the stake.
  }
coverage-rest = { $single ->
    [0] No single threads
    [one] One single thread
   *[other] { $single } single threads
  }; { $unknown ->
    [0] everybody is known by somebody.
    [one] one person is known by nobody of ours.
   *[other] { $unknown } people are known by nobody of ours.
  }
coverage-last-contact = Last contact { $day }.
coverage-no-contact = No contact on record.
coverage-matrix = Who knows whom?
coverage-fades = A thread is as warm as it is strong and fresh: without a talk, half is left after { $days } days.
coverage-share = Share
coverage-cover = Cover
coverage-no-stake = Not stated
coverage-no-thread = No thread
coverage-log-talk = Log a talk
coverage-add-acquaintance = State who knows them
coverage-state-stake = State a stake
coverage-gaps = What is missing?
coverage-gaps-caption = The heaviest stake first.
coverage-gap-unknown = Nobody of ours knows { $name }.
coverage-gap-single = { $name } hangs on { $only } alone.
coverage-gap-manager = { $manager } does not know { $name }.
coverage-gap-fading = No thread to { $name } is warm any more.
coverage-gap-no-stake = Nobody said what { $name } has at stake.
coverage-gap-voice = { $count ->
    [one] { $name } took part in a talk in the last year, and nobody said what they have at stake.
   *[other] { $name } took part in { $count } talks in the last year, and nobody said what they have at stake.
  }
coverage-leavers = Who left, and who took over?
coverage-left = left on { $day }.
coverage-followed-by = After them came
coverage-no-successor = Nobody came after them.
coverage-name-successor = Name a successor
coverage-lost-thread = Nobody took over the thread to
coverage-visits = When were we at their site?
coverage-no-visits = No site visit in the last twelve months.
coverage-known-of = { $known } of { $people }
coverage-not-counted = Not counted yet
coverage-days-ago = { $count ->
    [0] today
    [one] yesterday
   *[other] { $count } days ago
  }
coverage-view-single = Single threads
coverage-view-unknown = Unknown people
coverage-view-key = Key accounts
coverage-list-lead = { $count ->
    [0] No account hangs on a single thread.
    [one] One account hangs on a single thread.
   *[other] { $count } accounts hang on single threads.
  }
coverage-list-rest = { $count ->
    [0] With every account, somebody talked in the last { $days } days.
    [one] With one, nobody talked for { $days } days or more.
   *[other] With { $count }, nobody talked for { $days } days or more.
  }{ $never ->
    [0] {""}
    [one] {" "}With one of them no talk is on record.
   *[other] {" "}With { $never } of them no talk is on record.
  }
coverage-empty = No accounts
coverage-empty-text = Each account shows how much of it its manager knows, and where it hangs on one person.
coverage-empty-example = Brackwell Insurance · 50% of the stake · one single thread · 12 days ago
field-stake-covered = Stake known
field-people-covered = People known
field-n-known-people = Known people
field-n-client-people = Client’s people
field-n-single-threads = Single threads
field-n-unknown = Unknown people
field-n-without-stake = Without stake
field-n-lost-threads = Lost threads
field-computed-on = Counted on

talk-title = Log a talk
talk-lead = With { $account }. Tick who was there, and save; the line is optional.
talk-who = Who took part?
talk-line = In a line
talk-save = Save
talk-saved = The talk is on record.
talk-full = Write more: place, contract, what was said

brief-lead = { $role } at { $account }.
brief-lead-share = { $role } at { $account }, { $share } of the stake.
brief-left = They left on { $day }.
brief-cover-covered = Several of ours have a warm thread.
brief-cover-single = One of ours alone has a warm thread.
brief-cover-fading = Threads hold, none of them is warm.
brief-cover-unknown = Nobody of ours knows them.
brief-who = At a glance
brief-knows-ours = Whom of ours do they know?
brief-knows-theirs = Whom do they know at clients?
brief-knows-nobody = Nobody, as far as is on record.
brief-gone = Not with us any more
brief-compatibility = They get on { $level } of 5
brief-promises = What did we promise them?
brief-promises-ours = Which promises do they owe?
brief-expectations = What do they expect?
brief-expectations-ours = What is expected of them?
brief-due = Due { $day }
brief-no-due = No date
brief-works-on = Which accounts do they work on?
brief-talks = What was last talked about?
brief-reviews = What was said in reviews?
brief-stakes = What have they at stake?
brief-no-stakes = Not stated.
brief-over = over
brief-stake = { $basis }, weight { $weight }
brief-from-until = { $from } to { $until }
brief-since = Since { $day }
brief-expertise-title = What do they know well?
brief-no-expertise = Not stated.
brief-expertise = { $area }, { $level } of 5
brief-career = Where were they before?
brief-no-career = Not stated.
brief-add = Write down
