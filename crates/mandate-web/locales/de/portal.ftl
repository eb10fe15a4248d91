# Das Portal der Leute des Kunden und die Post, die sie bekommen. Jede Meldung steht auch in locales/en/portal.ftl.
portal-title = Ihre Messgrößen
portal-nav = Portal
portal-nav-measures = Messgrößen
portal-nav-exclusions = Ausnahmen
portal-nav-credits = Gutschriften
portal-nav-colleagues = Personen
portal-for = für { $name }
portal-preview = Sie sehen das Portal so, wie die Leute von { $account } es sehen. In ihrem Namen kann hier nichts gesagt werden.
portal-preview-language = In English
portal-preview-leave = Zurück zum Kunden
portal-preview-no-answer = Die Leute des Kunden können hier zustimmen oder widersprechen. In dieser Vorschau kann es niemand.
portal-lead-waiting = { $count ->
    [one] Eines wartet auf Ihr Wort.
   *[other] { $count } Dinge warten auf Ihr Wort.
  }
portal-lead-none = Nichts wartet auf Sie.
portal-manager = Ihr Ansprechpartner ist { $name }.
portal-waits-results = { $count ->
    [one] Ein Ergebnis zum Zustimmen oder Widersprechen
   *[other] { $count } Ergebnisse zum Zustimmen oder Widersprechen
  }
portal-waits-exclusions = { $count ->
    [one] Eine Ausnahme zu beantworten
   *[other] { $count } Ausnahmen zu beantworten
  }
portal-waits-credits = { $count ->
    [one] Eine Gutschrift zu beantworten
   *[other] { $count } Gutschriften zu beantworten
  }
portal-cases = { $count ->
    [one] aus einem Vorgang
   *[other] aus { $count } Vorgängen
  }
portal-target = Ziel: { $target }
portal-open = Ergebnisse
portal-no-month = Noch ist kein Monat abgeschlossen.
portal-no-reason = Warum das für Sie wichtig ist, hat noch niemand aufgeschrieben.
portal-empty = Noch keine Messgrößen
portal-empty-text = Ihr Ansprechpartner zeigt Ihnen hier Messgrößen, jede mit ihrem Ziel, ihren Ergebnissen und warum sie für Sie wichtig ist.
portal-why = Warum es für Sie wichtig ist
portal-walked = { $name } wurde am { $day } hindurchgeführt.
portal-months = Wie es lief
portal-months-caption = Abgeschlossene Monate, der neueste zuerst. Das Intervall umfasst 80 % dessen, was die Vorgänge zulassen.
portal-month = Monat
portal-result = Ergebnis
portal-reported = Wie gemeldet
portal-state = Gegen das Ziel
portal-your-word = Ihr Wort
portal-say = Stimmen Sie zu?
portal-say-caption = Ihr Wort wird mit Ihrem Namen festgehalten; das neueste zählt.
portal-note = In Ihren Worten
portal-note-help = Nötig, um zu widersprechen: was nicht stimmt, oder was Sie stattdessen zählen würden.
portal-exclusion-note-help = Nötig, um abzulehnen: warum diese Zeit zählen soll.
portal-agree = Zustimmen
portal-contest = Widersprechen
portal-refuse = Ablehnen
portal-said = Was gesagt wurde
portal-said-agreed = Zugestimmt
portal-said-contested = Widersprochen
portal-somebody = Jemand von Ihnen
portal-us = Wir
portal-exclusions-title = Ausnahmen
portal-exclusions-lead = { $count ->
    [0] Nichts wartet auf Ihre Antwort.
    [one] Eine Ausnahme wartet auf Ihre Antwort.
   *[other] { $count } Ausnahmen warten auf Ihre Antwort.
  }
portal-exclusions-rest = Eine Ausnahme ist Zeit, die nach dem Willen beider Seiten nicht zählt. Die Uhrzeiten sind die von { $zone }.
portal-exclusions-empty = Keine Ausnahmen
portal-exclusions-empty-text = Zeit, die nicht zählen soll, etwa geplante Arbeiten, schlägt hier die eine Seite vor, und die andere antwortet.
portal-counts-for = Gilt für
portal-every-case = jeden Vorgang
portal-clause = Klausel
portal-proposed-by = Vorgeschlagen von: { $side }
portal-credits-title = Gutschriften
portal-credits-lead = { $count ->
    [0] Keine Gutschrift wartet auf Ihre Antwort.
    [one] Eine Gutschrift wartet auf Ihre Antwort.
   *[other] { $count } Gutschriften warten auf Ihre Antwort.
  }
portal-credits-rest = Jede sagt, wie sie nach Ihrem Vertrag zustande kam.
portal-credits-empty = Keine Gutschriften
portal-credits-empty-text = Wenn ein Monat verfehlt, was vereinbart war, steht hier die Gutschrift, die Ihr Vertrag vorsieht.
portal-credit-proposed = Vorgeschlagen
portal-credit-agreed = Vereinbart
portal-credit-waived = Erlassen
portal-credit-noted = Gutgeschrieben
portal-on-behalf = { $name } für { $absent }
portal-decided-by = Entschieden von { $who }
portal-credit-note = Gutschriftsbeleg { $number }
portal-colleagues-title = Personen mit Zugang
portal-colleagues-lead = { $count ->
    [one] Eine Person von Ihnen hat oder hatte Zugang.
   *[other] { $count } Personen von Ihnen haben oder hatten Zugang.
  }
portal-colleagues-rest = Was sie sagen, bleibt festgehalten, auch wenn ihr Zugang endet.
portal-who = Wer hat Zugang
portal-you = Sie
portal-role-administrator = bestimmt, wer Zugang hat
portal-role-member = liest und antwortet
portal-no-access = Kein Zugang
portal-remove = Zugang beenden
portal-remove-title = Den Zugang von { $name } beenden?
portal-remove-body = Die Person ist mit dem nächsten Klick abgemeldet. Sie können sie wieder einladen.
portal-invite = Jemanden einladen
portal-invite-caption = Die Person bekommt einen Link, der sie anmeldet, und braucht kein Kennwort.
portal-invite-button = Einladen
portal-name = Name
portal-email = E-Mail-Adresse
portal-language = Sprache
portal-make-administrator = Darf andere einladen und deren Zugang beenden
portal-make-administrator-help = Mindestens eine Person sollte das dürfen.
portal-link-title = Anmeldelink
portal-link-caption = Von hier geht keine Post ab. Geben Sie diesen Link { $name } selbst: Er gilt einmal, sieben Tage lang, und wird nur jetzt gezeigt.
portal-link-kept = Von hier geht keine Post ab. { $name } bekommt den Anmeldelink von uns: Fragen Sie Ihren Ansprechpartner.
portal-toast-agreed = Ihre Zustimmung ist festgehalten
portal-toast-contested = Ihr Widerspruch ist festgehalten
portal-toast-invited = { $name } ist eingeladen
portal-toast-removed = Der Zugang ist beendet
portal-error-denied = Das geht hier nicht. In einer Vorschau kann niemand für den Kunden antworten; im Portal fragen Sie jemanden, der bestimmt, wer Zugang hat.
portal-error-not-proposed = Diese Gutschrift wartet nicht mehr auf eine Antwort.
portal-error-no-reason = Sagen Sie, was nicht stimmt, damit es behoben werden kann.

portal-error-not-invited = Diese Adresse kann hier nicht eingeladen werden. Fragen Sie Ihren Ansprechpartner.
sign-in-link-title = Per E-Mail anmelden
sign-in-link-lead = Wir schicken Ihnen einen Link, der Sie anmeldet. Er gilt einmal, eine Viertelstunde lang.
sign-in-link-button = Link schicken
sign-in-link-asked = Wenn diese Adresse Zugang hat, ist ein Link unterwegs. Sehen Sie in Ihr Postfach, auch unter unerwünschter Post.
sign-in-link-no-mail = Von hier geht keine Post ab. Bitten Sie um einen Anmeldelink, wo man Sie eingeladen hat.
sign-in-link-back = Mit Kennwort anmelden
sign-in-link-lapsed = Dieser Link gilt nicht mehr
sign-in-link-lapsed-lead = Er wurde schon benutzt, oder seine Zeit ist um. Fordern Sie hier einen neuen an.
sign-in-link-welcome = Willkommen
sign-in-link-as = Sie melden sich an als { $name }, { $email }.

mail-link-subject = Ihr Anmeldelink für { $firm }
mail-link-body =
    Guten Tag { $name },

    öffnen Sie diesen Link, um sich anzumelden. Er gilt einmal, eine Viertelstunde lang:

    { $link }

    Wenn Sie ihn nicht angefordert haben, müssen Sie nichts tun.

    { $firm }
mail-invitation-subject = { $firm } lädt Sie in das Portal von { $account } ein
mail-invitation-body =
    Guten Tag { $name },

    { $firm } zeigt Ihnen hier, was für { $account } geleistet wurde und warum es für Sie wichtig ist, und bittet um Ihr Wort dazu.
    Öffnen Sie diesen Link, um sich anzumelden. Er gilt einmal, innerhalb von sieben Tagen; später können Sie auf der Anmeldeseite einen neuen anfordern:

    { $link }

    { $firm }
portal-nav-expectations = Erwartungen
portal-expectations-title = Ihre Erwartungen
portal-expectations-lead = { $count ->
    [0] Nichts wartet auf Ihr Wort.
    [one] Eine wartet auf Ihr Wort.
   *[other] { $count } warten auf Ihr Wort.
  }
portal-expectations-rest = Was Sie von Ihrem Ansprechpartner erwarten, in Ihren Worten.
portal-expectations-empty = Noch keine Erwartungen
portal-expectations-empty-text = Schreiben Sie auf, was Sie erwarten, bis wann, und woran Sie es erkennen werden. Wer sich um Sie kümmert, liest es und bestätigt es.
portal-expectation-said = Gesagt am { $day }: { $name }
portal-expectation-title = Was Sie erwarten
portal-expectation-title-help = In Ihren eigenen Worten.
portal-expectation-due = Bis wann
portal-expectation-measure = Woran Sie es erkennen
portal-expectation-measure-help = Woran beide Seiten sehen, dass es erfüllt ist.
portal-expectation-theirs = Von Ihnen bestätigt
portal-expectation-ours = Von uns bestätigt
portal-expectation-acknowledge = Das habe ich gemeint
portal-expectation-word = Anders sagen
portal-expectation-save = So meine ich es
portal-expectation-add = Was erwarten Sie noch?
portal-expectation-add-caption = Wer sich um Sie kümmert, erfährt davon.
portal-expectation-add-button = Erwartung hinzufügen
portal-expectation-open = Offen
portal-expectation-met = Erfüllt
portal-expectation-not-met = Nicht erfüllt
portal-expectation-withdrawn = Zurückgenommen
portal-toast-expectation-added = Ihre Erwartung steht jetzt hier
portal-toast-expectation-worded = So steht es jetzt hier
portal-toast-expectation-acknowledged = Von Ihnen bestätigt
portal-waits-expectations = { $count ->
    [one] Eine Erwartung zu bestätigen
   *[other] { $count } Erwartungen zu bestätigen
  }
portal-error-day = Schreiben Sie ein Datum wie 2027-03-31.
portal-error-day-before = Dieser Tag liegt vor dem, an dem es gesagt wurde.
