# Was Post über Benachrichtigungen sagt. Jede Meldung steht auch in locales/en/notifications.ftl.
notify-mentioned = { $by } hat Sie in einer Notiz zu { $title } erwähnt
notify-assigned = { $capacity ->
    [account_manager] { $title } gehört jetzt zu Ihnen: Sie betreuen den Kunden
   *[negotiator] { $title } gehört jetzt zu Ihnen: Sie verhandeln für den Kunden
  }
notify-assigned-many = { $capacity ->
    [account_manager] Sie betreuen jetzt { $count } weitere Kunden
   *[negotiator] Sie verhandeln jetzt für { $count } weitere Kunden
  }
notify-asked-exclusion = { $title }: Ein Ausschluss, den der Kunde vorschlägt, wartet auf unsere Antwort
notify-asked-credit = { $title }: Die Gutschrift für { $month } wartet auf eine Entscheidung
notify-asked-expectation = { $title }: Der Kunde sagt, was er erwartet; bestätigen Sie es
notify-answered-exclusion = { $state ->
    [agreed] { $title }: Ihr Ausschluss wurde vereinbart
   *[refused] { $title }: Ihr Ausschluss wurde abgelehnt
  }
notify-answered-credit = { $state ->
    [agreed] { $title }: Ihre vorgeschlagene Gutschrift wurde vereinbart
   *[waived] { $title }: Auf Ihre vorgeschlagene Gutschrift wurde verzichtet
  }
notify-answered-promise = { $state ->
    [accepted] { $title }: Die Lieferseite hat Ihre Zusage übernommen
    [declined] { $title }: Die Lieferseite hat Ihre Zusage abgelehnt
   *[withdrawn] { $title }: Die Lieferseite hat ihre Antwort auf Ihre Zusage zurückgenommen
  }
notify-contested-exclusion = { $title }: Der Kunde hat einen Ausschluss abgelehnt
notify-contested-credit = { $title }: Der Kunde bestreitet die Gutschrift für { $month }
notify-contested-result = { $title }: Der Kunde bestreitet ein Ergebnis für { $month }
notify-date = { $what ->
    [renewal] { $title } verlängert sich am { $day }
    [end] { $title } endet am { $day }
    [notice] { $title }: Kündigung ist bis { $day } möglich
   *[price_change] { $title }: Preise dürfen sich am { $day } ändern
  }
notify-import = { $state ->
    [done] Ihr Import ist fertig
   *[failed] Ihr Import ist gescheitert; nichts wurde behalten
  }
notify-import-of = { $state ->
    [done] Ihr Import ist fertig
   *[failed] Ihr Import ist gescheitert; nichts wurde behalten
  }: { $what ->
    [lines_of_business] Geschäftsbereiche
    [teams] Teams
    [products] Produkte
    [accounts] Kunden
    [people] Personen
    [contracts] Verträge
    [contract_lines] Vertragspositionen
    [list_prices] Listenpreise
    [exchange_rates] Wechselkurse
    [amendments] Vertragsänderungen
    [stakes] Interessen
    [expertise_entries] Fachkenntnisse
    [career_steps] Stationen
    [acquaintances] Bekanntschaften
    [expectations] Erwartungen
    [promises] Zusagen
    [communications] Gespräche
    [reviews] Reviews
    [opportunities] Chancen
    [actuals] Ist-Zahlen
    [events] ein Protokoll
   *[other] Datensätze
  } aus „{ $file }“
notify-source = { $state ->
    [done] Eine Datei aus einer Ihrer Quellen wurde importiert
    [owner] Eine Datei aus einer Quelle wurde abgelehnt: Wer die Quelle eingerichtet hat, darf nicht mehr importieren
   *[refused] Eine Datei aus einer Ihrer Quellen wurde abgelehnt; nichts davon wurde importiert
  }
notify-job-failed = Eine Arbeit, die Sie angestoßen haben, ist gescheitert: { $job }
notify-source-paused = Eine Ihrer Quellen ist angehalten: Ihre Adresse antwortet seit fünf Tagen nicht wie erwartet
notify-webhook-paused = Ein Webhook, den Sie eingerichtet haben, sendet nichts mehr: { $why ->
    [failing] seit fünf Tagen kam nichts an
    [gone] der Empfänger meldet, dass es ihn nicht mehr gibt
   *[other] die Person, für die er liest, darf nicht mehr lesen
  }
notify-mail-subject = { $count } Neuigkeiten für Sie
notify-mail-body =
    Guten Tag { $name },

    { $lines }

    Alle: { $link }
    Wie Sie erfahren, was geschieht: { $settings }

    { $firm }
notify-digest-subject = { $count ->
    [one] Ihr Tag: eine Neuigkeit
   *[other] Ihr Tag: { $count } Neuigkeiten
  }
notify-digest-body =
    Guten Tag { $name },

    seit der letzten Übersicht:

    { $lines }

    Alle: { $link }
    Wie Sie erfahren, was geschieht: { $settings }

    { $firm }
settings-tab-notifications = Benachrichtigungen
