# Notes on records of the book, in the open. Candid notes: identity.ftl and others, by the ids that begin with notes-.
note-title = Notes
note-caption = Whoever may see this record reads them.
note-lead = { $count ->
    [0] Nobody has written about { $name } yet.
    [one] One note about { $name }.
   *[other] { $count } notes about { $name }.
  }
note-list = What was written?
note-write = Add a note
note-all = All { $count }
note-none = No notes yet
note-none-text = What somebody who takes over from you should know: what was said, what was agreed on the phone, what to mind.
note-text = Your note
note-text-help = @ and a colleague's whole name tells them.
note-tell = Tell these colleagues
note-tell-help = Whole names, with commas between them.
note-button = Keep this note
note-written = The note is kept
note-changed = changed { $when }
note-told = Told: { $names }
note-edit = Change
note-edit-lead = Your note about { $name }. What it said before stays in the audit record.
note-save = Save
note-saved = The note is saved
note-withdraw = Withdraw
note-withdraw-title = Withdraw this note?
note-withdraw-body = Nobody will see it any more. That it was there stays in the audit record.
note-withdrawn = The note is withdrawn
note-error-not-own = A note is changed and withdrawn by who wrote it. Write one of your own beside it.
note-error-nobody = Nobody here is called { $name }. Write the whole name as it stands in their profile.
note-error-may-not-see = { $name } may not see this record, so they cannot be told of it. Ask whoever keeps the account to let them in first.
note-error-namesakes = Several colleagues are called { $name }. Choose the one you mean under "Tell these colleagues", by the id of their user.
note-error-too-many = A note tells at most { $most } colleagues.
note-error-kind = This is no kind of record that has notes.
audit-kind-note = Note
