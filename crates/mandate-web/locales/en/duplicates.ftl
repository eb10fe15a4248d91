# Likely duplicates, merging, undoing a merge.
duplicates-title = Likely duplicates
duplicates-lead = { $count ->
    [0] No two records look alike.
    [one] One pair of records looks alike.
   *[other] { $count } pairs of records look alike.
 }
duplicates-rest = Look at both, then merge them or say that they are two. A merge can be undone.
duplicates-more = The { $shown } likeliest of { $count } are shown; the next take the place of those you settle.
duplicates-one = One record
duplicates-other = The other
duplicates-first = there first, since { $when }
duplicates-second = added later, on { $when }
duplicates-next = Next pair
duplicates-left = { $count ->
    [one] One more pair is left.
   *[other] { $count } more pairs are left.
 }
duplicates-why = They share
duplicates-same-name = The name
duplicates-same-email = The e-mail address
duplicates-same-phone = The telephone number
duplicates-same-domain = The domain of people's addresses
duplicates-look = Compare and merge
duplicates-apart = These are two
duplicates-told-apart = Remembered: these are two. They are not listed again.
duplicates-none = Nothing to merge
duplicates-none-text = Records with the same name, address or telephone number would be listed here.
duplicates-alike = { $count ->
    [one] There is already a record like this:
   *[other] There are already { $count } records like this:
 }
duplicates-alike-rest = If yours is another, add it all the same.
merges-title = Merged
merges-kept = Stands for both
merges-dropped = Was merged into it
merges-by = By
merges-when = When
merges-undo = Undo
merges-undone = Undone { $when }
merge-title = Merge two records
merge-lead = { $dropped } becomes part of { $kept }.
merge-rest = Choose what stays where they differ. Links and the firm's own ids of both lead to the record that is kept.
merge-swap = Keep the other one
merge-keeps = Kept:
merge-drops = Goes to the trash:
merge-empty = (empty)
merge-no-difference = Both say the same in every field.
merge-do = Merge
merge-moves = What goes over
merge-moves-nothing = Nothing refers to the record that goes to the trash.
merge-moves-subsidiaries = { $count ->
    [one] 1 subsidiary
   *[other] { $count } subsidiaries
 }
merge-moves-people = { $count ->
    [one] 1 person of the client
   *[other] { $count } people of the client
 }
merge-moves-contracts = { $count ->
    [one] 1 contract with its lines
   *[other] { $count } contracts with their lines
 }
merge-moves-working = { $count ->
    [one] 1 place where somebody works on an account
   *[other] { $count } places where somebody works on an account
 }
merge-moves-levels = { $count ->
    [one] 1 service level
   *[other] { $count } service levels
 }
merge-moves-measures = { $count ->
    [one] 1 measure
   *[other] { $count } measures
 }
merge-moves-shares = { $count ->
    [one] 1 measure shown to the client
   *[other] { $count } measures shown to the client
 }
merge-moves-walkthroughs = { $count ->
    [one] 1 walk-through
   *[other] { $count } walk-throughs
 }
merge-moves-answers = { $count ->
    [one] 1 answer of the client
   *[other] { $count } answers of the client
 }
merge-moves-exclusions = { $count ->
    [one] 1 exclusion
   *[other] { $count } exclusions
 }
merge-moves-credits = { $count ->
    [one] 1 service credit or rule for them
   *[other] { $count } service credits and rules for them
 }
merge-moves-users = { $count ->
    [one] 1 person's access
   *[other] the access of { $count } people
 }
merge-moves-rights = { $count ->
    [one] 1 decision right that names it
   *[other] { $count } decision rights that name it
 }
merge-moves-heads = { $count ->
    [one] 1 line of business headed
   *[other] { $count } lines of business headed
 }
merge-moves-leads = { $count ->
    [one] 1 team led
   *[other] { $count } teams led
 }
merge-moves-products = { $count ->
    [one] 1 product managed
   *[other] { $count } products managed
 }
merge-moves-managed = { $count ->
    [one] 1 account managed
   *[other] { $count } accounts managed
 }
merge-moves-negotiated = { $count ->
    [one] 1 account negotiated
   *[other] { $count } accounts negotiated
 }
merge-moves-reports = { $count ->
    [one] 1 person who reports to them
   *[other] { $count } people who report to them
 }
merge-moves-predecessors = { $count ->
    [one] 1 predecessor
   *[other] { $count } predecessors
 }
merge-moves-stakes = { $count ->
    [one] 1 stake
   *[other] { $count } stakes
 }
merge-moves-expertise = { $count ->
    [one] 1 entry of expertise
   *[other] { $count } entries of expertise
 }
merge-moves-careers = { $count ->
    [one] 1 career step
   *[other] { $count } career steps
 }
merge-moves-acquaintances = { $count ->
    [one] 1 acquaintance
   *[other] { $count } acquaintances
 }
merge-moves-expectations = { $count ->
    [one] 1 expectation
   *[other] { $count } expectations
 }
merge-moves-promises = { $count ->
    [one] 1 promise
   *[other] { $count } promises
 }
merge-moves-communications = { $count ->
    [one] 1 communication
   *[other] { $count } communications
 }
merge-moves-reviews = { $count ->
    [one] 1 review
   *[other] { $count } reviews
 }
merge-moves-attended = { $count ->
    [one] 1 conversation or review they took part in
   *[other] { $count } conversations and reviews they took part in
 }
merge-moves-opportunities = { $count ->
    [one] 1 opportunity
   *[other] { $count } opportunities
 }
merge-moves-actuals = { $count ->
    [one] 1 month of actual figures
   *[other] { $count } months of actual figures
 }
merge-moves-notes = { $count ->
    [one] 1 note
   *[other] { $count } notes
 }
merge-moves-files = { $count ->
    [one] 1 file
   *[other] { $count } files
 }
merge-done = { $dropped } is now part of { $kept }.
merge-undone = { $name } stands by itself again, with all it had.
merge-error-kind = Only accounts and people can be merged.
merge-error-same = A record cannot be merged with itself. Choose another.
merge-error-merged = Somebody merged { $name } already: this is the record that stands for it. Nothing more was changed.
merge-error-two-sides = One of them is ours and one is a client's person. They cannot be one.
merge-error-user-elsewhere = One of them signs in for another account. Move the record to that account, or end the access first, under Settings.
merge-error-two-users = Both people sign in here. End the access of one of them first, under Settings.
merge-error-actuals = Both accounts have actual figures of the same product and month, { $count } in all. Put them together in one account or take one of them into the trash, then merge: nothing was changed.
merge-error-demo = One of them belongs to the demo book, which is removed as a whole. They cannot be merged.
merge-error-decides = This would change who decides, so an administrator has to do it.
merge-error-undone = This merge was undone before.
merge-error-changed = Nothing was undone, because something changed since the merge: { $what }. Change it back first, or leave the merge as it is.
merge-error-restore = { $name } was merged into another record. Undo the merge to bring it back with all that went over.
