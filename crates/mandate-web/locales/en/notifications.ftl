# The notification centre, its settings and its mail. What a mail says stands in locales/de/notifications.ftl, too.
notify-title = Notifications
notify-bell = { $count ->
    [0] Notifications, none unread
    [one] Notifications, one unread
   *[other] Notifications, { $count } unread
  }
notify-lead = { $count ->
    [0] You have read everything.
    [one] One is unread.
   *[other] { $count } are unread.
  }
notify-unread = Unread
notify-all = All
notify-is-unread = unread
notify-topic = About
notify-topic-any = Everything
notify-filter = Show
notify-read = Mark as read
notify-read-all = Mark all as read
notify-all-read = { $count ->
    [0] None was unread
    [one] One is read now
   *[other] { $count } are read now
  }
notify-older = Older ones
notify-none = Nothing here
notify-none-text = When a colleague mentions you, something becomes yours, a decision waits for you or a date comes near, it stands here.
notify-settings = How you are told
notify-topic-mentioned = A colleague mentions me
notify-topic-assigned = Something is mine from now on
notify-topic-decision-asked = A decision waits
notify-topic-decision-answered = Something I put up was decided
notify-topic-contested = The client contests something
notify-topic-date-due = A date of a contract comes near
notify-topic-import-ended = An import of mine ended
notify-topic-job-failed = Work of mine failed
notify-way-app = In Mandate only
notify-way-mail = In Mandate, and by mail at once
notify-way-digest = In Mandate, and in the daily digest
notify-way-off = Not at all
settings-tab-notifications = Notifications
notify-settings-title = How you are told
notify-settings-lead = Choose for each matter whether mail goes out, too.
notify-no-mail = No mail goes out from here, so for now everything stands in Mandate only.
notify-settings-card = Of what, and how?
notify-settings-caption = You are never told of what you did yourself, nor of what you may not see.
notify-digest-hour = The daily digest goes from
notify-hours-help = Hours of your own zone, { $zone }.
notify-quiet = Keep quiet hours
notify-quiet-help = No mail goes in them; what waits goes when they end.
notify-quiet-from = Quiet from
notify-quiet-until = Quiet until
notify-settings-save = Save
notify-settings-saved = Saved
notify-error-word = { $word } is not known here. Choose one that the list names.
notify-error-digest-hour = The digest goes at a full hour, from 0 to 23.
notify-error-quiet-hours = Quiet hours begin and end at two different full hours, from 0 to 23. To have none, leave the box empty.
notify-withheld = Something you were told of is gone, or you may not see it any more.
notify-mentioned = { $by } mentioned you in a note on { $title }
notify-assigned = { $capacity ->
    [account_manager] { $title } is yours now: you are its account manager
   *[negotiator] { $title } is yours now: you negotiate for it
  }
notify-assigned-many = { $capacity ->
    [account_manager] You are the account manager of { $count ->
        [one] one more account
       *[other] { $count } more accounts
    } now
   *[negotiator] You negotiate for { $count ->
        [one] one more account
       *[other] { $count } more accounts
    } now
  }
notify-asked-exclusion = { $title }: an exclusion that the client proposed waits for our answer
notify-asked-credit = { $title }: the credit of { $month } waits for a decision
notify-asked-expectation = { $title }: the client says what it expects; acknowledge it
notify-answered-exclusion = { $state ->
    [agreed] { $title }: your exclusion was agreed
   *[refused] { $title }: your exclusion was refused
  }
notify-answered-credit = { $state ->
    [agreed] { $title }: the credit you proposed was agreed
   *[waived] { $title }: the credit you proposed was waived
  }
notify-answered-promise = { $state ->
    [accepted] { $title }: delivery accepted your promise
    [declined] { $title }: delivery declined your promise
   *[withdrawn] { $title }: delivery took back what it said of your promise
  }
notify-contested-exclusion = { $title }: the client refused an exclusion
notify-contested-credit = { $title }: the client contests the credit of { $month }
notify-contested-result = { $title }: the client contests a result of { $month }
notify-date = { $what ->
    [renewal] { $title } renews on { $day }
    [end] { $title } ends on { $day }
    [notice] { $title }: notice counts until { $day }
   *[price_change] { $title }: prices may change on { $day }
  }
notify-import = { $state ->
    [done] Your import is done
   *[failed] Your import failed; nothing was kept
  }
notify-import-of = { $state ->
    [done] Your import is done
   *[failed] Your import failed; nothing was kept
  }: { $what ->
    [lines_of_business] lines of business
    [teams] teams
    [products] products
    [accounts] accounts
    [people] people
    [contracts] contracts
    [contract_lines] contract lines
    [list_prices] list prices
    [exchange_rates] exchange rates
    [amendments] amendments
    [stakes] stakes
    [expertise_entries] expertise
    [career_steps] career steps
    [acquaintances] acquaintances
    [expectations] expectations
    [promises] promises
    [communications] communications
    [reviews] reviews
    [opportunities] opportunities
    [actuals] actual figures
    [events] a log
   *[other] records
  } from “{ $file }”
notify-source = { $state ->
    [done] A file from a source of yours was imported
    [owner] A file from a source was refused: whoever set the source up may not import any more
   *[refused] A file from a source of yours was refused; nothing of it was imported
  }
notify-job-failed = Work you asked for failed: { $job }
notify-source-paused = A source of yours is paused: its address has failed for five days
notify-webhook-paused = A webhook you set up sends nothing any more: { $why ->
    [failing] nothing arrived for five days
    [gone] the receiver said it is gone
   *[other] the person it reads for may not read any more
  }
notify-mail-subject = { $count ->
    [one] One thing for you
   *[other] { $count } things for you
  }
notify-mail-body =
    Hello { $name },

    { $lines }

    All of them: { $link }
    How you are told: { $settings }

    { $firm }
notify-digest-subject = { $count ->
    [one] Your day: one thing to know
   *[other] Your day: { $count } things to know
  }
notify-digest-body =
    Hello { $name },

    since your last digest:

    { $lines }

    All of them: { $link }
    How you are told: { $settings }

    { $firm }
mail-kind-notification = Notification
mail-kind-digest = Daily digest
