# Rahmen, Rollen der Leute des Kunden und Fehler. Jede Meldung steht auch in locales/en/frame.ftl.
nav-settings = Einstellungen
page-generated = Stand { $at } ({ $zone })

role-client-administrator = Bestimmt den Zugang des Kunden
role-client-member = Person des Kunden

error-title-not-found = Diese Seite gibt es nicht
error-title-forbidden = Das dürfen Sie nicht
error-title-conflict = Jemand war schneller
error-title-not-undone = Nichts wurde rückgängig gemacht
error-title-invalid = Das hat nicht geklappt
error-title-unavailable = Mandate ist ausgelastet
error-title-internal = Etwas ist fehlgeschlagen
error-not-found = Unter dieser Adresse gibt es nichts, oder Sie dürfen es nicht sehen. Prüfen Sie den Link.
error-forbidden = Dafür braucht es das Recht „{ $action }“. Diese Rollen haben es: { $roles }. Wenden Sie sich an Ihren Ansprechpartner.
error-signed-out = Sie sind abgemeldet. Melden Sie sich an und versuchen Sie es noch einmal.
error-stale = Jemand hat das geändert, während Sie es offen hatten. Nichts wurde gespeichert. Laden Sie die Seite neu und wiederholen Sie Ihre Änderung.
error-duplicate = Ein anderer Eintrag hat dieses Feld ({ $field }) schon so. Wählen Sie etwas anderes oder ändern Sie jenen Eintrag.
error-unavailable = Die Datenbank hat nicht rechtzeitig geantwortet. Nichts wurde geändert. Versuchen Sie es in ein paar Sekunden noch einmal.
error-internal = Nichts wurde geändert. Versuchen Sie es noch einmal; wenn es wieder fehlschlägt, nennen Sie Ihrem Ansprechpartner das Kennzeichen.
error-method = Diese Adresse nimmt solche Anfragen nicht an.
error-too-large = Das ist größer, als der Server annimmt. Schicken Sie eine kleinere Datei oder teilen Sie sie.
error-timeout = Die Anfrage kam zu langsam an. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.
error-too-slow = Das dauerte länger, als eine Anfrage darf, und wurde beendet. Fragen Sie nach weniger: mit einem engeren Filter, für eine kürzere Zeit.
error-bad-request = Die Anfrage war nicht zu lesen. Gehen Sie zurück und versuchen Sie es noch einmal.
error-bad-form = Das Formular war nicht zu lesen. Gehen Sie zurück, prüfen Sie Ihre Eingaben und schicken Sie es noch einmal ab.
error-other-site = Diese Anfrage kam von einer anderen Seite und wurde nicht ausgeführt. Öffnen Sie Mandate selbst und versuchen Sie es noch einmal.
error-list = { $what }. Nehmen Sie den Filter oder die Sortierung aus der Adresse.
error-back = Zurück zur ersten Seite
