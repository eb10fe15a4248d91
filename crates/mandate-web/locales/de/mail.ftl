# Post an uns selbst: die Probe. Jede Meldung steht auch in locales/en/mail.ftl.
mail-test-subject = Probe von { $firm }
mail-test-body =
    Guten Tag { $name },

    diese Nachricht zeigt, dass von hier Post abgeht. Umlaute zur Probe: ä ö ü ß.

    { $firm }
