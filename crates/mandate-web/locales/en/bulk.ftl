# Many records at once: the bar over a list, what would happen, what came of it.
bulk-title = Change many records
bulk-do-fields = Change fields
bulk-do-tags = Tags
bulk-do-trash = Move to the trash
bulk-do-restore = Bring back
bulk-lead-form = { $count ->
    [one] One record is chosen.
   *[other] { $count } records are chosen.
  }
bulk-rest-form = Next you see what would happen to each; nothing is changed before you say so.
bulk-fields-help = Tick what is to change. A ticked field that is left empty is emptied on every record.
bulk-tick = Change: { $field }
bulk-tags-add = Add these tags
bulk-tags-remove = Take these off
bulk-check = See what would happen
bulk-would = { $changed } would change, { $unchanged } stay as they are, { $refused } would be refused.
bulk-did = { $changed } changed, { $unchanged } stayed as they were, { $refused } were refused.
bulk-undone = { $changed } were undone, { $refused } were left as they are.
bulk-commit = { $count ->
    [one] Change one record
   *[other] Change { $count } records
  }
bulk-go-on = Go on
bulk-undo = Undo all of it
bulk-edit = Change something else
bulk-to-list = To the list
bulk-refused-file = Refused as CSV
bulk-stopped = The work stands still half-way. What was done stays done; nothing is done twice.
bulk-progress = { $count ->
    [one] One record
   *[other] { $count } records
  }
bulk-records = Records
bulk-what = What changes, or why it is refused
bulk-state = Outcome
bulk-state-change = Would change
bulk-state-changed = Changed
bulk-state-undone = Undone
bulk-state-refuse = Would be refused
bulk-state-refused = Refused
bulk-state-kept = Left as it is
bulk-state-same = As it was
bulk-state-chosen = Chosen
bulk-move = { $field }: { $from } → { $to }
bulk-empty = (empty)
bulk-no-name = A record you do not see
bulk-range = { $from } to { $to } of { $count }
bulk-id = Id
bulk-why = Why
bulk-error-nothing = Choose at least one record first.
bulk-error-too-many = { $count } records match; at most { $most } are changed at once. Narrow the filter and do it in parts.
bulk-error-other-step = This is at another step by now. Open it again to see where it stands.
bulk-error-not-here = This cannot be done to these records. Records of the trash are brought back; all others are changed or put away.
bulk-error-no-work = Say what is to be done: tick a field, or name a tag.
bulk-error-no-field = The field { $field } is not changed of many records at once. Open each record.
bulk-error-no-kind = There is no such kind of record. Name one such as account, or trash.
bulk-error-ids-or-filter = Give either ids or a filter.
audit-kind-bulk-edit = Many records
