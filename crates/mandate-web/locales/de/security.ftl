# Zweiter Faktor und Bestätigen, soweit die Leute des Kunden es sehen. Jede Meldung steht auch in locales/en/security.ftl.
settings-tab-security = Zweiter Faktor
error-title-too-many = Zu oft
error-unverified = Bestätigen Sie zuerst, dass Sie es sind. Geben Sie Ihr Kennwort oder den Code Ihres zweiten Faktors ein und versuchen Sie es noch einmal; mit einem Schlüssel geht das nicht.
export-error-too-often = Sie haben so viele Dateien entnommen, wie in einer Stunde erlaubt sind. Versuchen Sie es in { $seconds } Sekunden noch einmal oder fragen Sie Ihren Ansprechpartner.

sign-in-or = oder
sign-in-provider = Mit { $name } anmelden

second-step-title = Noch ein Schritt
second-step-lead = Öffnen Sie das Programm, das Codes für { $email } macht, und tippen Sie den jetzigen ein.
second-step-enrol-lead = Hier wird ein zweiter Faktor verlangt. Richten Sie ihn jetzt für { $email } ein: Das dauert eine Minute und braucht ein Programm für Codes auf Ihrem Telefon oder Rechner.
second-step-button = Anmelden
second-step-lost = Telefon verloren? Tippen Sie stattdessen einen Ihrer Ersatzcodes ein. Ohne einen solchen kann Ihr Ansprechpartner Ihren zweiten Faktor zurücksetzen lassen.
second-step-start = Von vorn beginnen

factor-title = Zweiter Faktor
factor-lead-off = Sie melden sich ohne zweiten Faktor an.
factor-lead-on = Sie melden sich mit einem Code als zweitem Faktor an.
factor-required = Er wird hier verlangt.
factor-set-up = Zweiten Faktor einrichten
factor-set-up-caption = Wer Ihr Kennwort oder einen Link erfährt, kann sich dann trotzdem nicht anmelden.
factor-what = Sie brauchen ein Programm, das Codes macht, auf Ihrem Telefon oder Rechner. Jedes, das „TOTP“ kennt, ist recht.
factor-begin = Einrichten
factor-scan = Lesen Sie dies mit Ihrem Programm ein
factor-scan-caption = Es zeigt dann einen Code aus sechs Ziffern, der jede halbe Minute wechselt.
factor-qr-label = QR-Code mit dem Geheimnis Ihres zweiten Faktors
factor-secret = Oder tippen Sie dieses Geheimnis ein
factor-open = In einem Programm auf diesem Gerät öffnen
factor-code = Code
factor-code-help = Sechs Ziffern.
factor-code-or-recovery = Code oder Ersatzcode
factor-confirm = Einschalten
factor-since = Eingeschaltet seit { $since }
factor-codes = Ersatzcodes
factor-codes-caption = Für den Tag ohne Telefon. Jeder gilt einmal.
factor-codes-left = { $count ->
    [one] Ein Code ist übrig.
   *[other] { $count } Codes sind übrig.
  }
factor-codes-renew = Zehn neue machen
factor-codes-renew-help = Die bisherigen gelten dann nicht mehr.
factor-recovery = Ihre Ersatzcodes
factor-recovery-caption = Bewahren Sie sie dort auf, wo Ihr Telefon nicht ist: Sie werden nicht noch einmal gezeigt. Jeder meldet Sie einmal an.
factor-recovery-go-on = Ich habe sie aufbewahrt: weiter
factor-remove = Den zweiten Faktor entfernen
factor-remove-caption = Sie melden sich dann ohne ihn an.
factor-remove-button = Entfernen
factor-removed = Zweiter Faktor entfernt
passkeys-title = Passkeys
passkeys-lead = Mit einem Passkey melden Sie sich durch Finger, Gesicht oder die PIN Ihres Geräts an: ohne Passwort und Code.
passkeys-caption = Anmelden ohne Passwort und Code.
passkeys-count = { $count ->
    [0] Sie haben keinen.
    [one] Sie haben einen.
   *[other] Sie haben { $count }.
}
passkeys-manage = Ihre Passkeys ansehen
passkeys-yours = Ihre Passkeys
passkey-add = Passkey hinzufügen
passkey-add-caption = Auf diesem Gerät, einem Telefon in der Nähe oder einem Sicherheitsschlüssel mit PIN oder Fingerabdruck.
passkey-begin = Passkey hinzufügen
passkey-new = Benennen und anlegen
passkey-new-caption = Ihr Browser fragt dann, wo er ihn aufbewahren soll. Diese Seite wartet fünf Minuten.
passkey-name = Name
passkey-name-help = Woran Sie das Gerät erkennen, etwa „Telefon“.
passkey-create = Passkey anlegen
passkey-needs-script = Browser legen Passkeys nur an, wo Skripte laufen dürfen.
passkey-told-none = Es wurde kein Passkey angelegt: Ihr Browser hat abgebrochen, oder das Gerät hat schon einen von Ihnen. Versuchen Sie es noch einmal.
passkey-added = Passkey „{ $name }“ hinzugefügt
passkey-rename = Anders benennen
passkey-rename-button = Namen speichern
passkey-renamed = Passkey benannt
passkey-remove = Entfernen
passkey-removed = Passkey entfernt
passkey-line = Hinzugefügt { $since }, noch nicht verwendet
passkey-line-used = Hinzugefügt { $since }, zuletzt verwendet { $used }
passkey-copied = Abgelehnt
passkey-copied-line = { $at } hat er geantwortet, als wäre inzwischen eine Kopie verwendet worden. Entfernen Sie ihn und sagen Sie es der Administration.
passkey-error-not-built = Passkeys gibt es hier nicht.
passkey-error-lapsed = Das hat zu lange gedauert oder wurde schon beantwortet. Versuchen Sie es noch einmal.
passkey-error-refused = Dieser Passkey wurde nicht angenommen. Melden Sie sich anders an oder versuchen Sie es noch einmal.
passkey-error-copied = Dieser Passkey wurde abgelehnt, weil es eine Kopie geben könnte. Melden Sie sich anders an, entfernen Sie ihn in den Einstellungen und sagen Sie es der Administration.
passkey-error-too-many = Eine Person kann { $count } Passkeys haben. Entfernen Sie zuerst einen.
passkey-error-name = Ein Name hat höchstens 60 Zeichen.
sign-in-passkey = Mit einem Passkey anmelden
sign-in-passkey-none = Es wurde kein Passkey vorgelegt. Versuchen Sie es noch einmal oder melden Sie sich mit Ihrem Passwort an.
factor-error-wrong-code = Dieser Code stimmt nicht oder wurde schon benutzt. Tippen Sie den ein, der jetzt gezeigt wird; wenn es nicht hilft, prüfen Sie die Uhr Ihres Geräts.
factor-error-code-needed = Sie haben einen zweiten Faktor: Geben Sie einen Code davon ein.
factor-error-lapsed = Diese Anmeldung hat zu lange gedauert. Beginnen Sie von vorn.
factor-error-no-session = Das kann nur, wer sich angemeldet hat, nicht ein Schlüssel.
factor-error-already-on = Sie haben einen zweiten Faktor. Entfernen Sie ihn, bevor Sie einen anderen einrichten.
factor-error-not-on = Es gibt keinen zweiten Faktor.
factor-error-required = Hier wird ein zweiter Faktor verlangt, darum kann er nicht entfernt werden. Ist er verloren, kann Ihr Ansprechpartner ihn zurücksetzen lassen.
factor-error-own = Ihren eigenen zweiten Faktor können Sie nicht zurücksetzen: Bitten Sie jemand anderen darum.
factor-error-key = Codes können gerade nicht geprüft werden. Nehmen Sie einen Ersatzcode und sagen Sie es Ihrem Ansprechpartner.

confirm-title = Bestätigen Sie, dass Sie es sind
confirm-lead = Was jetzt kommt, braucht Gewissheit, wer Sie sind. Sie gilt zehn Minuten.
confirm-button = Bestätigen
confirm-cancel = Zurück
confirm-provider = Mit { $name } bestätigen
confirm-provider-only = Sie haben hier kein Kennwort: Bestätigen Sie mit { $name }.
confirm-by-link = Sie haben hier kein Kennwort: Melden Sie sich mit einem neuen Link noch einmal an.
tokens-confirm-first = Ein Schlüssel handelt in Ihrem Namen; wer einen macht, bestätigt darum zuerst, wer er ist.
