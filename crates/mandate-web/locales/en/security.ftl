# Second factors, confirming who one is, the sign-on provider, leavers.
settings-tab-security = Second factor
error-title-too-many = Too often
error-unverified = Confirm who you are first. Give your password, or the code of your second factor, and try again; a token cannot.
export-error-too-often = You have taken out as many files as the firm allows in an hour. Try again in { $seconds ->
    [one] one second
   *[other] { $seconds } seconds
  }, or ask an administrator to allow more.

sign-in-or = or
sign-in-provider = Sign in with { $name }
provider-error-refused = The sign-on provider knows you, but there is no account for you here, or it may not be used. Ask an administrator.
provider-error-unreachable = The sign-on provider does not answer. Try again in a moment; if it goes on, tell an administrator.
provider-error-denied = The sign-on provider did not sign you in. Start again, and ask your own administrator if it goes on.
provider-error-not-begun = This sign-in was not begun in this browser, or took too long. Go back to the start and sign in again.
provider-error-unproven = What the sign-on provider sent does not hold. Start again; if it goes on, tell an administrator.
provider-error-settings = The sign-on provider is not set up well. Tell whoever operates this machine.

second-step-title = One more step
second-step-lead = Your password is right. Open the program that makes codes for { $email } and type the present one.
second-step-enrol-lead = Your firm asks for a second factor. Set it up for { $email } now: it takes a minute, and a program for codes on your phone or computer.
second-step-button = Sign in
second-step-lost = Lost your phone? Type one of your recovery codes instead. Without one, an administrator can reset your second factor.
second-step-start = Start again

factor-title = Second factor
factor-lead-off = You sign in with a password alone.
factor-lead-on = You sign in with a password and a code.
factor-required = Your firm asks for one.
factor-set-up = Set up a second factor
factor-set-up-caption = Somebody who learns your password can then still not sign in.
factor-what = You need a program that makes codes, on your phone or computer. Any that knows “TOTP” will do.
factor-begin = Set up
factor-scan = Read this with your program
factor-scan-caption = It then shows a code of six digits that changes every half minute.
factor-qr-label = QR code with the secret of your second factor
factor-secret = Or type this secret
factor-open = Open in a program on this device
factor-code = Code
factor-code-help = Six digits.
factor-code-or-recovery = Code, or a recovery code
factor-confirm = Switch on
factor-since = On since { $since }
factor-codes = Recovery codes
factor-codes-caption = For the day you have no phone. Each works once.
factor-codes-left = { $count ->
    [one] One code is left.
   *[other] { $count } codes are left.
  }
factor-codes-renew = Make ten new ones
factor-codes-renew-help = Those you have hold no more.
factor-recovery = Your recovery codes
factor-recovery-caption = Keep them where your phone is not: they are not shown again. Each signs you in once.
factor-recovery-go-on = I have kept them: go on
factor-remove = Remove the second factor
factor-remove-caption = You then sign in with your password alone.
factor-remove-button = Remove
factor-removed = Second factor removed
passkeys-title = Passkeys
passkeys-lead = A passkey signs you in with your finger, your face or the PIN of your device: no password, no code.
passkeys-caption = Sign in without password and code.
passkeys-count = { $count ->
    [0] You have none.
    [one] You have one.
   *[other] You have { $count }.
}
passkeys-manage = See your passkeys
passkeys-yours = Your passkeys
passkey-add = Add a passkey
passkey-add-caption = On this device, a phone near it, or a security key that checks a PIN or finger.
passkey-begin = Add a passkey
passkey-new = Name it, then make it
passkey-new-caption = Your browser then asks where to keep it. This page waits for five minutes.
passkey-name = Name
passkey-name-help = What you will know the device by, such as “Phone”.
passkey-create = Make the passkey
passkey-needs-script = Browsers make passkeys only where scripts may run.
passkey-told-none = No passkey was made: your browser was told not to, or the device has one of yours already. Try again.
passkey-added = Passkey “{ $name }” added
passkey-rename = Name it otherwise
passkey-rename-button = Save the name
passkey-renamed = Passkey named
passkey-remove = Remove
passkey-removed = Passkey removed
passkey-line = Added { $since }, not used yet
passkey-line-used = Added { $since }, last used { $used }
passkey-copied = Refused
passkey-copied-line = On { $at } it answered as if a copy of it had been used since. Remove it, and tell an administrator.
passkey-error-not-built = Passkeys are not available here.
passkey-error-lapsed = This took too long or was answered already. Try again.
passkey-error-refused = This passkey was not accepted. Sign in another way, or try again.
passkey-error-copied = This passkey was refused because a copy of it may exist. Sign in another way, remove it under Settings, and tell an administrator.
passkey-error-too-many = One person may have { $count } passkeys. Remove one first.
passkey-error-name = A name has at most 60 characters.
sign-in-passkey = Sign in with a passkey
sign-in-passkey-none = No passkey was given. Try again, or sign in with your password.
factor-error-wrong-code = This code is not right, or was used already. Type the one that is shown now; check the clock of your device if it goes on.
factor-error-code-needed = You have a second factor: give a code of it.
factor-error-lapsed = This sign-in took too long. Start again.
factor-error-no-session = Only a person who signed in can do this, not a token.
factor-error-already-on = You have a second factor. Remove it before you set up another.
factor-error-not-on = There is no second factor.
factor-error-required = Your firm asks for a second factor, so it cannot be removed. If it is lost, an administrator can reset it.
factor-error-own = You cannot reset your own second factor: ask another administrator, or use the command line.
factor-error-key = Codes cannot be checked: the key file of this machine is missing or another one. Use a recovery code, and tell whoever operates this machine to run `mandate doctor`.

confirm-title = Confirm it is you
confirm-lead = What comes next needs certainty about who you are. It holds for ten minutes.
confirm-button = Confirm
confirm-cancel = Back
confirm-provider = Confirm with { $name }
confirm-provider-only = You have no password here: confirm with { $name }.
confirm-by-link = You have no password here: sign in again by a new link.
tokens-confirm-first = A token acts as you, so making one asks to confirm who you are.

user-security = How do they sign in?
user-factor-since = Second factor since { $since }
user-factor-none = No second factor
user-factor-reset-button = Reset second factor
user-factor-reset-help = For somebody who lost it. Their passkeys go and their sessions end; their password stays.
user-factor-reset = { $name } has no second factor and no passkey any more
user-passkeys = { $count ->
    [one] One passkey
   *[other] { $count } passkeys
}
user-provider-linked = Known to the sign-on provider
user-provider-unlink = Forget the provider's name for them
user-unlinked = The provider's name is forgotten
user-sessions = Sessions
user-sessions-none = Not signed in anywhere
user-sessions-end = End all sessions
user-sessions-ended = { $count ->
    [one] One session ended
   *[other] { $count } sessions ended
  }

firm-second-factor = A second factor is asked of
firm-second-factor-help = Who has none sets it up at the next sign-in and can do nothing before.
firm-second-factor-nobody = Nobody: everyone decides for themselves
firm-second-factor-administrators = Administrators
firm-second-factor-client-users = Users of clients’ organisations
firm-second-factor-everybody = Everybody
firm-exports = Files one person may take out
firm-exports-unit = an hour
firm-reads = Administrators are told of somebody who reads more than
firm-reads-unit = records an hour
firm-reads-help = On record, in the log and by mail, once an hour. Nobody is stopped.
settings-error-reads = Between { $fewest } and { $most }.
settings-error-second-factor = Choose one of the list.
settings-error-own-factor = This would ask you for a second factor. Set up your own first, under Settings, Second factor.
settings-error-exports = Between 1 and { $most }.

leavers-title = Leavers
leavers-lead = Paste a list of the people who still work here. Whoever is not on it, or has left, can no longer sign in.
leavers-list = The list
leavers-list-help = A table with a head row, as a directory or the people system exports it: a column “email”, and if you like “state” (here or left) and “roles” (all that somebody may hold). Nobody is added, and nobody gains a right.
leavers-check = See what it would do
leavers-follow = Follow the list
leavers-force = Follow it though more than a third would be suspended
leavers-report-check = This is what it would do
leavers-report-done = Done
leavers-summary = { $count ->
    [0] Nobody of { $active } active users is suspended.
    [one] One of { $active } active users is suspended.
   *[other] { $count } of { $active } active users are suspended.
  }
leavers-needs-force = That is more than a third. A list that is cut short looks like this; look twice.
leavers-kept = { $name } stays: the last administrator. Make another one, then follow the list again.
leavers-loses = { $name } loses { $lost } and keeps { $kept }.
leavers-unknown = On the list but no users, and not added: { $emails }
leavers-answers = { $capacity } of { $name }
leavers-delegation = Delegation that ends: { $names }
leavers-right = Holds a right that decides nothing any more: { $kind }, up to { $limit }, until { $until }
leavers-as-account-manager = Account manager
leavers-as-negotiator = Negotiator
leavers-as-product-manager = Product manager
leavers-as-head = Head
leavers-as-team-lead = Team lead
leavers-why-not-listed = Not on the list
leavers-why-left = Has left
leavers-why-no-role-left = None of their roles is on the list
leavers-row = { $row }: { $what }
leavers-link = Leavers
leavers-error-email = “{ $email }” is not an e-mail address.
leavers-error-state = “{ $state }” says neither that somebody is here nor that they have left. Write here or left.
leavers-error-no-email = The list has no column “email”. Add one with the address people sign in with.
leavers-error-rows = { $count ->
    [one] One row cannot be used; nothing was changed.
   *[other] { $count } rows cannot be used; nothing was changed.
  }
leavers-error-empty = The list names nobody; nothing was changed.
leavers-error-twice = The list names { $email } twice. Take one of the rows out.
leavers-error-too-many = This would suspend { $removed } of { $active } users, more than a third. If that is meant, say so.
