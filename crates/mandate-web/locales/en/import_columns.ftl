# The import of the book: which column is which field, and rows that look like a record.
import-alike = Rows that look like a record which is there already
import-alike-ask = Is it the same?
import-alike-ask-caption = { $count ->
    [one] One row has no known id and looks like a record.
   *[other] { $count } rows have no known id and look like a record; at most 100 are shown.
  } A record that has an id keeps it.
import-alike-create = Make a new record
import-alike-email = same address
import-alike-help = The same name in the same account, or the same email, without the row’s id. The check shows each.
import-alike-keep = Take these answers
import-alike-name = same name
import-alike-record = Record
import-alike-row = Row { $row }: { $name }
import-alike-skip = Leave the row out
import-alike-update = Change that record
import-api-mapping = The mapping cannot be read: { $what }.
import-change-columns = Change how it is read
import-columns-lead = { $file }: which column is which field?
import-columns-rest = Nothing is written yet; the next page shows what would happen.
import-dates = Dates
import-dates-day-first = Day first: 31.3.2027 or 31/03/2027
import-dates-month-first = Month first: 3/31/2027
import-dates-open = The dates of this file can be read in two orders. Choose the right one.
import-dates-year-first = Year first: 2027-03-31
import-empty-cells = Empty cells
import-empty-cells-keep = Leave what the book has
import-empty-cells-clear = Empty the field
import-decimal = Amounts and numbers
import-decimal-comma = 1.234,50
import-decimal-either = 1234.50 or 1234,50 alike
import-decimal-point = 1,234.50
import-encoding = Encoding of the text
import-encoding-found = As found
import-encoding-guessed = It was read as Windows-1252, as spreadsheets of western Europe write it. If names below look wrong, save it as “CSV UTF-8” instead.
import-encoding-guessed-lead = This file is not UTF-8.
import-first-name = First name
import-fixed = What does the file lack?
import-fixed-caption = A value here counts for every row that no column gives one.
import-fixed-more = More fields
import-fixed-none = Nothing
import-in-rows = Rows
import-given = What stood there
import-last-name = Last name
import-leave-out = Leave this column out
import-profile-fits = The columns are those of an export of { $profile }; the boxes are filled accordingly.
import-profile-untested = The columns are those of an export of { $profile }; the boxes are filled accordingly. This was not tested on a public example file: look at each box.
import-skipped = Left out
import-skipped-note = look like a record
import-fixed-by-country = For new records whose country does not say it.
import-fixed-of-new = Only of new records whose row says nothing.
import-problem-two-ways = “{ $column }” says which { $field } it is, and other columns say what it holds. Read it as own id or name of that record, or leave it out.
import-related = What else is in the rows?
import-related-caption = Records that rows name besides their own: found by your own id, else by their name, or made.
import-related-caption-done = Records that rows named besides their own: found by your own id, else by their name, or made.
import-related-kind = Kind
import-from = Where does the file come from?
import-from-help = A name of your own, such as “CRM export”. With one, all of this is remembered once the file is imported.
import-several = Several ids in one cell
import-several-as-they-stand = Together they are one id
import-several-first = The first one counts
import-several-help = The book keeps one. Where names stand beside the ids, the name goes with its id.
import-several-in = Several ids in one cell of “{ $column }”
import-several-read = { $count ->
    [one] One cell has several ids, and the first one counts:
   *[other] { $count } cells have several ids, and the first one of each counts:
  } “{ $given }” in row { $row }, { $column }, is read as { $taken }.
import-source-same = same columns
import-source-take = Read it so
import-sources = Read as before?
import-sources-caption = What was said for files from these places.
import-style = How are they written?
import-style-caption = As far as the file tells, it is filled in.
import-which-column = Which column is which field?
import-which-column-caption = Under each column stand its first values.
import-word = “{ $word }” in { $field }
import-word-open = Not said
import-words = What do its words mean?
import-words-caption = Words of the file that are none of the choices.
table-error-long-row = Row { $row } is longer than { $most } MB. Is this a table?
table-error-moved = The file was changed while it was read. Upload it again.
table-error-too-many-related = The rows name more than { $most } other records of one kind. Split the file.
table-error-unreadable = The file cannot be read: { $what }.
import-as-source = It is read as was said of files from “{ $source }”.
import-as-before = It is read as you said of your last file with these columns.
import-change = { $field }: { $from } becomes { $to }
import-change-done = { $field }: { $from } became { $to }
import-change-nothing = nothing
import-change-other = a new record of this file
import-change-unseen = a record out of your sight
import-errors-alike = { $count ->
    [one] One wrong cell.
   *[other] { $count } wrong cells.
  } { $shown ->
    [one] Cells that are wrong in the same way stand together.
   *[other] Cells that are wrong in the same way stand together: { $shown } of { $kinds } ways shown.
  } The download has up to 1,000 cells.
import-close = Did you mean?
import-close-all = Take all { $count } as proposed
import-close-caption = Names that are not in the book, and the one name in it that is nearest.
import-close-name = “{ $text }” in { $column }
import-close-take = It is { $close }
import-fill-account = { $count ->
    [one] One row names no account, which a client’s person needs. It can come in under one that you choose.
   *[other] { $count } rows name no account, which a client’s person needs. They can come in under one that you choose.
  }
import-fill-account-column = { $count ->
    [one] No column names an account, which a client’s person needs, so its one row has none. It can come in under one that you choose.
   *[other] No column names an account, which a client’s person needs, so none of the { $count } rows has one. They can come in under one that you choose.
  }
import-fill-account-least = { $count ->
    [one] At least one row names no account, which a client’s person needs. It can come in under one that you choose.
   *[other] At least { $count } rows name no account, which a client’s person needs. They can come in under one that you choose.
  }
import-fill-account-take = Take this account for them
import-fill-volume = { $count ->
    [one] One row has no volume. A line may have a volume of 0 until it is known.
   *[other] { $count } rows have no volume. A line may have a volume of 0 until it is known.
  }
import-fill-volume-column = { $count ->
    [one] No column holds a volume, so its one row has none. A line may have a volume of 0 until it is known.
   *[other] No column holds a volume, so none of the { $count } rows has one. A line may have a volume of 0 until it is known.
  }
import-fill-volume-least = { $count ->
    [one] At least one row has no volume. A line may have a volume of 0 until it is known.
   *[other] At least { $count } rows have no volume. A line may have a volume of 0 until it is known.
  }
import-fill-volume-take = Take an empty volume as 0
import-leave-out-rows = { $count ->
    [one] Leave this row out
   *[other] Leave these { $count } rows out
  }
import-left-out-columns = Left out so far: { $columns }.
import-left-out-custom = What should stay can be read as “A new field of our own”: it is made with the column’s name and comes with every record.
import-make-missing = “{ $column }” names what is not in the book yet. It can be made with the rows, every value of the column read as an id or a name; where they lack something a new record needs, with what is usual in the firm.
import-make-them = Make them too: { $many }
import-n-by-name = { $count ->
    [one] One row has no id of your own. What it names tells which record it is about: a person’s email address, else the name; of a contract line its contract and product.
   *[other] { $count } rows have no id of your own. What they name tells which records they are about: a person’s email address, else the name; of a contract line its contract and product.
  }
import-n-footer-lines = { $count ->
    [one] Row { $rows }, the last line, has one cell and is not taken as a row: reports end with such.
   *[other] Rows { $rows }, the last lines, have one cell each and are not taken as rows: reports end with such.
  }
import-n-left-out = { $count ->
    [one] Row { $rows } is left out, as you chose.
   *[other] { $count } rows are left out, as you chose: { $rows }.
  }
import-merged = Row { $row } ({ $id }): merged into { $name }. This row changes nothing.
import-merged-more = { $count ->
    [one] So it is with one more row.
   *[other] So it is with { $count } more rows.
  }
import-names = What do its names mean?
import-names-caption = Names of the file that you took for others. An emptied one is read as it stands in the file.
import-new-field = A new field of our own
import-nothing-to-do = Nothing to import
import-other-kind = This looks like a file of { $many }: its columns say so.
import-other-kind-take = Read it as { $many }
import-price-in = Price in { $currency }
import-problem-guarded = This is no value for this column. What stood there is not repeated, because few may read it.
import-problem-lacks = No column is the field { $field }, which new records need. Say it under “What does the file lack?”, or add the column.
import-problem-no-name = No column is your own id (external_id) or the { $column }. One of them must say which record a row is about.
import-problem-no-pair = Each row needs its { $first } and its { $second }, or your own id (external_id). No column is: { $lacking }.
import-problem-not-there = Nothing in the book is called “{ $text }”. Write the exact name; for a new record say { $field } in a column, or under “What does the file lack?”.
import-problem-one-id = “{ $column }” is one id, but each of these rows has a price in several currencies. Read it as the product’s own id, or leave it out.
import-rows-more = { $rows } and { $more } more
import-take-in = { $count ->
    [one] Take this row in again
   *[other] Take these { $count } rows in again
  }
import-twin-in-book = Row { $row }, { $name }: in the book is { $other }
import-twin-in-file = Row { $row }, { $name }: row { $second } is { $other }
import-twins = { $count ->
    [one] One row looks like an account in the book
   *[other] { $count } rows look like others in this file or in the book
  }
import-twins-caption = Their names differ by a legal form, by words cut short or by umlauts. They are imported as they stand; after the import Likely duplicates merges those that are one.
import-twins-caption-done = Their names differ by a legal form, by words cut short or by umlauts. They were imported as they stood; Likely duplicates merges those that are one.
import-twins-list = Likely duplicates
import-twins-skipped = With more than 20,000 new accounts the names of the file are not compared here. After the import Likely duplicates shows which look alike.
import-values = What will be written of new records?
import-values-caption = The first of them, as far as you may read it.
import-values-row = row { $row }
import-volume-blank = Choose: a month, a quarter, a year
import-volume-help = The book keeps what a line takes in a year; it is worked out from this.
import-volume-lines = A year of the file’s lines, volume times price, is { $values }.
import-volume-month = A month
import-volume-open-note = The column you chose does not say for how long its volumes are. Say it below: the values of the contracts rest on it.
import-volume-per = “{ $column }” is for
import-volume-quarter = A quarter
import-volume-read = { $per ->
    [month] Volumes are read as a month’s:
    [quarter] Volumes are read as a quarter’s:
   *[year] Volumes are read as a year’s:
  } { $given } in row { $row } is { $annual } a year.
import-volume-year = A year
import-words-open-note = The columns you chose have words with no meaning yet. Say what they mean below, or leave them and go on.
