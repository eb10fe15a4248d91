# What figures rest on: sources of events, imports of logs, calendars, service levels.
define-assumed = Assumed
define-assumed-rest = { $count ->
    [0] All of them were stated by somebody.
    [one] One was proposed by an import and stated by nobody yet.
   *[other] { $count } were proposed by imports and stated by nobody yet.
  }
define-name = Name
define-valid-from = Valid from
define-save = Save
define-preview = Preview
define-preview-caption = As typed; nothing is saved yet.
define-preview-none = Correct the fields marked, then look at the week here.
define-confirm = State as agreed
define-confirmed = { $name } is stated as agreed.
define-correct = Correct
define-remove = Remove
define-from = From { $day }
define-current = In force
define-future = To come
define-history = What was agreed when?
define-error-fields = { $count ->
    [one] One field needs a change; nothing was saved.
   *[other] { $count } fields need a change; nothing was saved.
  }
define-problem-name = Give a name of 1 to { $limit } characters.
define-problem-date = Give the day as year-month-day, such as 2026-01-31.
define-problem-day = This day is out of reach. Choose one from { $earliest } to { $latest }.
define-problem-same-day = Another version starts on { $day }. Correct that one, or choose another day.

weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
unit-hours = h
unit-minutes = min
business-seconds = { $seconds } s
business-minutes = { $minutes } min
business-hours = { $hours } h
business-hours-minutes = { $hours } h { $minutes } min

calendars-title = Calendars
calendars-lead = { $count ->
    [0] No calendars yet.
    [one] One calendar says when clocks run.
   *[other] { $count } calendars say when clocks run.
  }
calendars-empty = No calendars yet
calendars-empty-text = A calendar says in which hours service is given. Clocks stand still outside them.
calendars-empty-example = Vienna office · Mon–Fri 08:00–18:00 · closed on 13 holidays
calendar-calendar = Calendar
calendar-week = Week
calendar-since = since { $day }
calendar-next = Next day of its own
calendar-versions = Versions
calendar-no-days = None ahead
calendar-new = Add a calendar
calendar-change = New hours of { $name }
calendar-correct = Correct { $name }
calendar-created = { $name } was added.
calendar-saved = { $count ->
    [0] { $name } was saved. No figure depends on what changed.
    [one] { $name } was saved; the figures of one account were computed anew.
   *[other] { $name } was saved; the figures of { $count } accounts were computed anew.
  }
calendar-lead = { $week } ({ $zone }).
calendar-state-new = State new hours
calendar-assumed-lead = Nobody has stated these hours.
calendar-assumed-text = An import proposed them, so that clocks could run at all. Correct them, or state that they are as agreed.
calendar-week-of = When is it open?
calendar-week-caption = An ordinary week under the version from { $day }.
calendar-week-total = { $time } a week
calendar-day = Day
calendar-open = Open
calendar-strip = From 00:00 to 24:00
calendar-time = Time
calendar-closed = closed
calendar-days = Days with hours of their own
calendar-days-caption = Holidays, half days, extra days. Nothing is fetched from outside.
calendar-days-none = None from today on. Clocks run on every holiday.
calendar-days-past = { $count ->
    [one] One more lies in the past, or further ahead.
   *[other] { $count } more lie in the past, or further ahead.
  }
calendar-day-no-name = Not named
calendar-history = Which hours held when?
calendar-history-caption = A case is measured by the hours in force at each moment. A new version never restates the past.
calendar-n-days = { $count ->
    [0] no days of their own
    [one] 1 day of its own
   *[other] { $count } days of their own
  }
calendar-remove-title = Remove the version from { $day }?
calendar-remove-body = The version before it holds on, and every case that depends on it is computed anew.
calendar-used = Which service levels use it?
calendar-unused = None yet. Choose it in a service level.
calendar-form-lead = Hours hold from a day on. Cases before it keep the hours they were measured by.
calendar-form-correct = This replaces what the version says, also for the past: for what was wrong from the start.
calendar-name-help = Such as “Vienna office” or “Round the clock”.
calendar-valid-from-help = The first day, in the calendar’s zone.
calendar-zone = Time zone
calendar-zone-help = Such as Europe/Vienna. Summer time is followed.
calendar-hours = Hours of a week
calendar-hours-help = From and to, several a day with commas: 08:00-12:00, 13:00-18:00. The whole day is 00:00-24:00. An empty field is closed.
calendar-exceptions-help = A line a day: the day, its hours or “closed”, its name. Such as 2026-12-24 08:00-12:00 Christmas Eve, or 2026-12-25 closed Christmas Day.
calendar-problem-no-open-hours = This calendar has no open hours, so no clock would ever run. Give at least one day its hours.
calendar-problem-no-version = A calendar needs at least one version with hours.
calendar-problem-window = “{ $text }” is not a span of hours. Write it as 08:00-18:00.
calendar-problem-backwards = On { $weekday ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
  }, { $opens } to { $closes } has no length. End after the start, at 24:00 at the latest; continue past midnight on the next day.
calendar-problem-overlap = On { $weekday ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
  }, two spans overlap. Join them, or let one start where the other ends.
calendar-problem-no-weekday = { $weekday } is no weekday. Monday is 1, Sunday 7.
calendar-problem-exception = The hours of { $day } contradict each other. Give the day once as closed, or with hours that do not overlap.
calendar-problem-line = Line { $line }, “{ $text }”, cannot be read. Write the day, its hours or “closed”, and its name: 2026-12-25 closed Christmas Day.
calendar-problem-unusable = No clock can run by this calendar: { $what }.

levels-title = Service levels
levels-lead = { $count ->
    [0] No service levels yet.
    [one] One service level says what our clock measures against.
   *[other] { $count } service levels say what our clock measures against.
  }
levels-empty = No service levels yet
levels-empty-text = A service level says how long a case may take in business time, by priority, and which share of cases is to be met.
levels-empty-example = Resolution · P1 4 h · P2 8 h · 95% of cases · Vienna office
level-level = Service level
level-of = For
level-whole-source = The whole source
level-measures = What is measured?
level-targets = Targets
level-target = Target
level-target-short = P{ $priority } { $time }
level-goal = Goal
level-goal-of = goal { $goal }
level-calendar = Calendar
level-hours = Hours
level-reopening = When reopened
level-start = Starts
level-clause = Clause
level-account = Account
level-new = State a service level
level-change = New terms of { $name }
level-correct = Correct { $name }
level-created = { $count ->
    [0] { $name } was stated. No case falls under it yet.
    [one] { $name } was stated; the figures of one account were computed anew.
   *[other] { $name } was stated; the figures of { $count } accounts were computed anew.
  }
level-saved = { $count ->
    [0] { $name } was saved. No figure depends on what changed.
    [one] { $name } was saved; the figures of one account were computed anew.
   *[other] { $name } was saved; the figures of { $count } accounts were computed anew.
  }
level-trashed = { $name } was removed; its cases were computed anew.
level-restored = { $name } is back.
level-lead-source = Measures the cases of { $source }, wherever an account has no service level of its own.
level-lead-account = Measures the cases of { $account } from { $source }, in place of the source’s default.
level-state-new = State new terms
level-correct-this = Correct
level-assumed-lead = Nobody has stated these terms.
level-assumed-text = The import proposed calendar and targets, so that there is something to compare. Correct them to what the contract says, or state that they are as agreed; the figures lose their mark then.
level-targets-of = How long may a case take?
level-targets-caption = Business time under the terms from { $day }. A priority without a target is not measured.
level-history-caption = A case keeps the terms that were in force when it opened.
level-terms = Under which terms?
level-applies = To whom does it apply?
level-applies-source = To every account in { $source } that has no service level of its own.
level-applies-account = To one account:
level-own = State one for an account
level-trash-title = Remove { $name }?
level-trash-source = Cases of the source without a service level of their own are measured no more.
level-trash-account = The account’s cases go by the source’s default again.
level-form-lead = What the contract says, in business time. Terms hold for cases opened from a day on.
level-form-correct = This replaces what the version says, also for past cases: for what was wrong from the start.
level-needs-calendar = Add a calendar first.
level-needs-calendar-text = Targets count business time, and a calendar says when that runs. Add one under Facts, Calendars.
level-needs-source = Import a log first.
level-needs-source-text = A service level measures the cases of a source, and there is none yet.
level-name-help = Such as “Resolution” or “First response, Brackwell”.
level-account-help = Name or own id. Leave empty for every account of the source.
level-fixed = { $kind }, for { $of }. For another clock or account, state another service level.
level-targets-help = Business time a case may take. Leave both empty where a priority has no target.
level-and-minutes = { $priority }, and minutes
level-calendar-help = Only its open hours count.
level-goal-help = The share of cases to be met.
level-valid-from-help = The first day on which a case opens under these terms.
level-start-opening = From the opening of the case
level-start-event = From the first event
level-start-help = Also when the first event was recorded later. Unticked, the clock starts with the first event.
level-clause-help = Where it stands in the contract, such as “Annex 2, 4.1”.
level-problem-no-target = State a target for at least one priority.
level-problem-zero = A target of zero would be missed by every case. Give at least a minute, or leave priority { $priority } empty.
level-problem-too-long = The target of priority { $priority } is more than ten years. Check the hours.
level-problem-twice = Priority { $priority } has two targets. Keep one.
level-problem-goal = The goal is a share above 0 and up to 100%, such as 95 or 97.5.
level-problem-number = Give a whole number of at most nine digits, or leave it empty.
level-problem-no-calendar = Choose a calendar.
level-problem-response-goes-on = A response is given once, so its clock cannot go on after a reopening: the wait for the solution would count as a late response. Choose “The first solution counts”; in the API and in files, `first`.
level-problem-reopening = Give `total`, the clock goes on, or `first`, the first solution counts.
level-problem-clock-kind = Give `resolution`, `response` or `update`.
level-problem-no-version = A service level needs at least one version with targets.
level-problem-clause = A clause has at most { $limit } characters on one line.
level-problem-no-account = { REACH() ->
    [all] There is no account “{ $account }”. Check the name or the own id, or add the account first.
   *[some] There is no account “{ $account }” that you may see. Check the name or the own id, or add the account first.
  }
level-problem-several-accounts = Several accounts are called “{ $account }”. Give the own id of the one you mean.
level-problem-taken = There is a service level of this kind here already. Change that one.
clock-kind-resolution = Resolution
clock-kind-resolution-help = Until the case is solved.
clock-kind-response = Response
clock-kind-response-help = Until somebody first takes it up.
clock-kind-update = Update
clock-kind-update-help = The longest wait for news.
reopening-total = The clock goes on
reopening-total-help = The time to the lasting solution counts.
reopening-first = The first solution counts
reopening-first-help = What happens after it is not measured.

sources-title = Sources
sources-lead = { $count ->
    [0] No sources yet.
    [one] Facts come from one source.
   *[other] Facts come from { $count } sources.
  }
sources-rest = Events stay raw; cases and clocks are computed from them.
sources-empty = No sources yet
sources-empty-text = A source is the log of one service desk. Import a file, and it appears here with its states and files.
sources-empty-example = ServiceNow · 24,918 cases · 141,712 events · data to 19 Feb 2017
source-source = Source
source-short-name = Short name
source-profile = How is it read?
source-profile-servicenow = ServiceNow incident log
source-profile-servicenow-help = One row an update of an incident; Parquet or CSV.
source-profile-events = Mandate events
source-profile-events-help = One JSON object a line, as the API takes them.
source-zone = Time zone
source-zone-assumed = { $zone }, assumed
source-zone-is-assumed = Zone assumed
source-zone-help = For times that state none, in files still to come. Undo and repeat earlier imports if they were read in the wrong zone.
source-cases = Cases
source-events = Events
source-until = Data to
source-files = Files
source-size = Size
source-note = Note for readers
source-lead = { $cases ->
    [0] No cases.
    [one] One case from { $events ->
        [one] one event.
       *[other] { $events } events.
    }
   *[other] { $cases } cases from { $events } events.
  }
source-states = What do its states mean?
source-states-caption = Clocks run, pause and stop by these meanings. A change computes every case of the source anew.
source-states-assumed = { $count ->
    [one] 1 assumed
   *[other] { $count } assumed
  }
source-states-note = A state that is not listed is refused when it comes in, never guessed.
source-states-button = Save the meanings
source-states-saved = The meanings of { $name } were saved; its cases follow them.
source-state = State
source-means = Means
source-meaning-of = Meaning of { $state }
source-another-state = Another state
source-problem-state = Give the state as the source writes it, in 1 to { $limit } characters.
source-problem-state-twice = The state “{ $state }” is listed twice. Give it one meaning.
source-problem-class = “{ $class }” is no meaning of a state. Give new, active, awaiting_client, awaiting_other, resolved, closed or cancelled.
source-problem-note = A note has at most { $limit } characters.
source-saved = { $name } was saved.
source-batches = Which imports brought its events?
source-batches-caption = The newest 50. An import is whole or not at all, and can be undone.
source-batches-none = None yet.
source-months = Which files hold its events?
source-months-caption = Parquet files in the data folder, by month (UTC). Any other tool can read them.
source-months-none = None yet.
source-about = What is this source?
source-change = Change the source
source-change-caption = Saving states its time zone.
source-import-more = Import a file
state-class-new = New: reported, the clock runs
state-class-active = In work: the clock runs
state-class-awaiting-client = Awaiting the client: the clock pauses
state-class-awaiting-other = Awaiting somebody else: the clock pauses
state-class-resolved = Resolved: the clock stops
state-class-closed = Closed for good
state-class-cancelled = Cancelled: not measured
file-state-active = Counts
file-state-withdrawn = Withdrawn
file-state-merged = Merged into another
batch-counts = { $rows ->
    [one] 1 row
   *[other] { $rows } rows
  }: { $new } new, { $changed } corrected, { $same } known
batch-undo = Undo this import
batch-undo-title = Undo the import of { $file }?
batch-undo-body = { $count ->
    [one] Its one event counts no more, and every case it touched is computed anew.
   *[other] Its { $count } events count no more, and every case they touched is computed anew.
  } Accounts and teams it made stay, and so do the files; importing the file again brings it back.
batch-undo-body-short = Its events count no more, and every case they touched is computed anew. Accounts and teams it made stay.
batch-undone = { $events ->
    [one] One event of { $name } counts no more.
   *[other] { $events } events of { $name } count no more.
  }
batch-is-undone = Undone
facts-undo-undone = This import was undone before.
facts-undo-merged = The events of this import were merged into one file with those of others. Send corrections instead.

import-a-file = Import a file of events
import-a-file-caption = Whole or not at all. Events that are known change nothing, so the same file may come twice.
import-source = Source
import-source-help = Short name in small letters. Left empty, the profile’s own.
import-zone = Time zone of its times
import-zone-help = Only where they state none, such as Europe/Lisbon.
event-import-file = File
event-import-file-help = Parquet, CSV or NDJSON of at most { $gigabytes } GB. Split larger ones by month.
import-button = Import
event-import-another = Import another file
import-events-title = Import of events
import-how-far = How far is it?
import-lead-running = { $file } is being read.
import-lead-done = { $file } is in.
import-lead-checked = { $file } is good. Nothing is imported yet.
event-import-now = Import it now
event-import-wish = What should happen?
event-import-wish-import = Import
event-import-wish-import-help = Whole, or not at all when a row is wrong.
event-import-wish-check = Check only
event-import-wish-check-help = Says what would come in and what is wrong. Nothing is written.
import-lead-failed = Nothing of { $file } was imported.
import-lead-cancelled = The import of { $file } was stopped. Nothing was imported.
import-waiting = Waiting for its turn
import-stopping = Stopping
event-import-rows = { $done ->
    [one] 1 row read
   *[other] { $done } rows read
  }
import-rows-of = { $done } of { $total } rows read
import-cancelled-text = Upload the file again to import it.
import-fig-new = New events
import-fig-new-note = not known before
import-fig-corrected = Corrected
import-fig-corrected-note = events that correct earlier ones
import-fig-same = Known
import-fig-same-note = changed nothing
import-fig-cases = Cases
import-fig-cases-note = computed anew
import-fig-accounts = Accounts made
import-fig-accounts-note = named by the log, not in the book before
import-unchanged-lead = Nothing new.
import-unchanged = Every event of this file was known already, so nothing changed.
import-proposed-lead = A service level was assumed.
import-proposed = Calendar and targets are a proposal, marked as assumed wherever they show, until somebody states them.
import-zone-lead = The time zone { $zone } was assumed.
import-zone-text = The file states none. If it is another one, undo this import and repeat it with the right zone.
import-states-lead = { $count ->
    [one] The meaning of one state was assumed.
   *[other] The meanings of { $count } states were assumed.
  }
import-state-as = “{ $state }” as “{ $class }”.
import-source-page = Look at the source
import-before = { $count ->
    [one] One event was recorded before the stated opening of its case; it is taken to have happened at the opening.
   *[other] { $count } events were recorded before the stated opening of their cases; they are taken to have happened at the opening.
  }
import-see-portfolio = See the portfolio
import-see-source = See the source
event-import-nothing = Mend what is named and import the file again.
import-unmapped = What do these states mean?
import-unmapped-caption = { $count ->
    [one] Nobody has said what this state means. Choose, and the same file is read again.
   *[other] Nobody has said what these { $count } states mean. Choose, and the same file is read again.
  }
event-import-again = Import again with these meanings
event-import-errors = What is wrong?
import-errors-caption = { $count ->
    [one] One error.
   *[other] { $shown } of { $count } errors, by row.
  }
import-errors-csv = Errors as CSV
event-import-row = Row
event-import-column = Column
event-import-what = What is wrong, and the mend

facts-upload-too-large = The file is larger than { $gigabytes } GB. Split it by month and import the parts.
facts-upload-broken = The upload was cut short. Check the connection, and that what is sent is a form with a file, and try again.
facts-upload-no-file = Choose a file that is not empty.
facts-upload-no-profile = Choose how the file is read.
facts-upload-bad-source = “{ $source }” cannot name a source. Use 1 to 40 small letters, digits, - and _.
facts-events-not-ndjson = Send events as application/x-ndjson, one JSON object a line.
facts-import-not-multipart = Send the file as multipart/form-data with the fields file and profile.
facts-import-gone = The uploaded file is gone; it is kept for a day. Upload it again.
facts-import-missing-columns = The file lacks the columns { $columns }, which the profile { $profile } needs. Export them too, or choose another profile.
facts-import-rows = { $count ->
    [one] One row is wrong; nothing was imported.
   *[other] { $count } rows are wrong; nothing was imported.
  }
facts-import-no-rows = There is no event in it; nothing was imported.
facts-import-too-many = A request may hold { $limit } events, this one has more. Send the rest in another.
facts-import-other-profile = The source “{ $source }” is read with the profile { $profile }. Give another name for this one.
facts-import-other-zone = The source “{ $source }” has the time zone { $known }, not { $given }. Change it on the page of the source first, or leave the zone empty.
facts-import-busy = The source “{ $source }” is being changed by others. Try again in a minute.
facts-import-cancelled = The import was stopped; nothing was imported.
facts-import-open = The file cannot be opened. Check its name and its permissions.
facts-import-too-large = The file has { $bytes } bytes, at most { $limit } are read at once. Split it by month and import the parts.
facts-import-not-parquet = This is not a Parquet file. Export the log as Parquet or as CSV.
facts-import-damaged = The file is damaged and cannot be read to its end. Export or copy it again.
facts-import-long-row = Row { $row } has more than { $kilobytes } kB. Is a quote opened and never closed?
facts-import-ragged = Row { $row } has { $found ->
    [one] one field
   *[other] { $found } fields
  }, the head has { $expected }. Check its quotes and separators.
facts-import-encoding = Row { $row } is not UTF-8 text. Save the file with the encoding UTF-8.
facts-row-missing = is empty; every event needs one.
facts-row-unreadable = holds “{ $text }”, which cannot be read. Correct the value.
facts-row-unmapped-state = holds the state “{ $state }”, which nobody has mapped. Say what it means.
facts-row-before-opened = lies before case { $case } was opened. Correct the time, or the opening.
facts-row-no-zone = holds “{ $text }” without a time zone. Write an offset such as Z or +01:00, or state the source’s zone.
facts-row-contradicts = tells another story of case { $case } at the same time and sequence as an earlier event. Correct one of them.
facts-row-out-of-reach = speaks of case { $case }, which is out of your reach. Leave it to someone who sees all accounts.
facts-row-unknown-account = names the account “{ $account }”, which does not exist. Add it first, or correct the id.
facts-row-not-an-event = is not an event: { $what }. Send one JSON object a line.
facts-row-too-long = has { $length } characters, at most { $limit } fit. Shorten it.
facts-error-no-source = There is no source “{ $source }”. Import a file of it first, or correct the name.
facts-error-zone = There is no time zone “{ $zone }”. Use a name such as Europe/Berlin.
facts-error-files = The event files in the data folder could not be read or written. Try again; if it fails again, the operator should run mandate doctor.
