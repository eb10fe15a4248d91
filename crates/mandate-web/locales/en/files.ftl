# Files on records of the book.
file-title = Files
file-lead = { $count ->
    [0] { $name } has no files yet.
    [one] { $name } has one file.
   *[other] { $name } has { $count } files.
  }
file-bring = Add a file
file-list = What is there?
file-all = All files
file-none = No files yet
file-none-text = The signed contract, the offer, the picture of the whiteboard: what belongs to this record and is not written in a field.
file-choose = File
file-most = PDF, pictures, Word, Excel, PowerPoint, OpenDocument, CSV or text, up to { $most } MB.
file-button = Keep this file
file-kept = { $name } is kept
file-size = { $count } KB
file-version = version { $version }
file-removed = removed by { $by }, { $when }
file-remove = Remove
file-remove-title = Remove this file?
file-remove-body = Its content goes for good. That it was there, and who removed it, stays.
file-gone = { $name } is removed
file-error-none = Choose a file first.
file-error-empty = This file is empty. Choose another one.
file-error-too-large = This file is longer than { $most } MB, so nothing of it was kept. Make it smaller, or keep it elsewhere and write a note that says where.
file-error-unknown = What is in this file is of no kind that is kept here. Bring a PDF, a picture, a Word, Excel, PowerPoint or OpenDocument file without macros, a CSV file or plain text.
file-error-mismatch = The name of this file ends in “{ $ending }”, and what is in it is { $found }. Give it the ending .{ $found } if it is what you meant to bring.
audit-kind-attachment = File
