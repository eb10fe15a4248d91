# Candid notes and walls between roles.
account-tab-notes = Candid notes
notes-title = Candid notes
notes-lead = { $count ->
    [0] No candid notes on this account.
    [one] One candid note on this account and its people.
   *[other] { $count } candid notes on this account and its people.
  }
notes-rest = Account managers, negotiators and sponsors read them; product managers and the client never do. That you opened them is on record.
notes-empty = No candid notes
notes-empty-text = What has to be said in confidence about the client or a person of theirs, so that whoever comes next knows it.
notes-write = Write a note
notes-write-caption = It cannot be changed, only withdrawn.
notes-about = About
notes-about-account = { $name } itself
notes-text = What it says
notes-button = Keep the note
notes-written = The note is kept
notes-withdraw = Withdraw
notes-withdraw-title = Withdraw this note?
notes-withdraw-body = Nobody reads it any more. That there was one stays in the audit record.
notes-withdrawn = The note is withdrawn

walls-tab = Walls
walls-title = Walls between roles
walls-lead = { $count ->
    [0] No wall stands.
    [one] One wall stands.
   *[other] { $count } walls stand.
  }
walls-rest = Whoever has read what is sealed of a client gains nothing as a product manager until two other people have signed.
walls-off = The walls are declared off: one person may hold several roles here.
walls-standing = Whose role waits?
walls-line = Read sealed data of { $accounts ->
    [one] one account
   *[other] { $accounts } accounts
  }, last on { $when }. { $signed } of { $needed } have signed.
walls-none = Nobody’s role waits.
walls-reason = Why it may be lifted
walls-sign = Sign
walls-signed = Your signature is on record
walls-declare = Walls in this firm
walls-declare-caption = In a small firm one person has several hats. Declared off, a product manager may read candid notes, and no role waits for signatures. It is on record who declared it, when and why.
walls-declare-reason = Why
walls-declare-off = Declare the walls off
walls-declare-on = Put the walls up again
walls-declared = It is declared
