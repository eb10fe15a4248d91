# Mail: where it stands, for administrators, and the test mail. What goes to a client's people: portal.ftl.
settings-tab-mail = Mail
mail-title = Mail
mail-lead-on = { $waiting ->
    [0] Mail goes out by { $host }; none waits.
    [one] Mail goes out by { $host }; one waits.
   *[other] Mail goes out by { $host }; { $waiting } wait.
  }
mail-lead-off = No mail goes out: no server is set up.
mail-rest-off = Links to sign in are shown to whoever makes them, to be handed over by hand.
mail-rest-problem = The last one that did not go out: { $problem }
mail-server = By which server?
mail-server-caption = Set up by whoever operates this machine, in the table [mail] of the settings file.
mail-server-host = Server
mail-server-protection = Protection
mail-server-user = Signed in as
mail-server-nobody = Nobody
mail-server-from = Sender
mail-server-reply-to = Answers go to
mail-server-nowhere = The sender
mail-protection-starttls = STARTTLS
mail-protection-tls = TLS
mail-protection-none = None, to this machine only
mail-test-button = Send me a test mail
mail-test-asked = A test mail to { $email } is on its way
mail-recent = What went out and what waits?
mail-recent-caption = The newest 50 of the last 30 days. Texts are not kept once a mail went out.
mail-what = About
mail-to = To
mail-queued = Queued
mail-state = State
mail-none = No mail yet
mail-kind-invitation = Invitation
mail-kind-sign-in-link = Sign-in link
mail-kind-many-reads = Many records read
mail-kind-test = Test
mail-state-waiting = Waits
mail-state-sent = Sent
mail-state-given-up = Given up
mail-tries = { $count ->
    [0] not tried yet
    [one] tried once
   *[other] tried { $count } times
  }
mail-error-no-server = No mail server is set up. Whoever operates this machine names one in the table [mail] of the settings file.
mail-error-no-user = A test mail goes to whoever asks for it: sign in as a person.
user-sign-in-link = Sign-in link
user-sign-in-link-caption = Signs them in without a password; works once, for seven days. Earlier links are void. Hand it over on a safe way.
mail-test-subject = Test from { $firm }
mail-test-body =
    Hello { $name },

    this message shows that mail goes out from here.

    { $firm }
mail-many-reads-subject = { $reader } read { $count } records within an hour
mail-many-reads-body =
    Hello { $name },

    { $reader } read { $count } records within an hour. { $firm } wants to be told of more than { $most }.

    That can be a day of hard work or a programme that fetches its data. If you do not know why, ask { $reader }, see what they read, and end their sessions if you must:

    { $link }

    { $firm }
