# Tags: on a record, in lists, and where they are kept in order.
field-tags = Tags
field-tag = Tag
field-n-records = Records
tag-title = Tags
tag-lead = { $count ->
    [0] { $name } has no tags yet.
    [one] { $name } has one tag.
   *[other] { $name } has { $count } tags.
  }
tag-none = No tags yet
tag-add = Add tags
tag-new = New tags
tag-add-help = Words of your own, with commas between them. Whoever may see this record sees them.
tag-button = Add
tag-remove = Take off the tag { $tag }
tag-added = Added: { $tags }
tag-removed = Taken off: { $tags }
tag-unchanged = The tags are as they were
tag-error-nothing = { $tag } cannot be told from other tags. Write it with a letter or a figure.
tag-error-separator = A tag has no comma or semicolon in it: { $tag }. Leave it out.
tag-error-both = { $tag } is to be added and taken off. Leave it in one of them.
tag-error-too-many = A record has at most { $most } tags. Take some off first.
tag-error-unknown = { REACH() ->
    [all] No record has the tag { $tag }. Choose one that is in use.
   *[some] No record within your reach has the tag { $tag }. Choose one that is in use.
  }
tag-error-undone = This was undone before.
tag-retired = Retired
tag-retire = Retire
tag-bring-back = Offer again
tag-retired-now = { $tag } is retired: it stays where it is and is offered no more
tag-brought-back = { $tag } is offered again
tag-rename = Rename or merge
tag-rename-caption = { REACH() ->
    [all] On every record.
   *[some] On every record within your reach.
  }
tag-rename-from = Tag
tag-rename-to = New name
tag-rename-help = The name of a tag in use makes the two one.
tag-rename-button = Rename
tag-renamed = { $from } is now { $to } on { $count ->
    [one] one record
   *[other] { $count } records
  }{ $both ->
    [0] {""}
   *[other] , { $both } of which had both
  }
tag-rename-undone = Undone { $when }
tag-back = { $tag } is back on { $count ->
    [one] one record
   *[other] { $count } records
  }{ $left ->
    [0] {""}
    [one] ; one was left as it is
   *[other] ; { $left } were left as they are
  }
tags-title = Tags
tags-lead = { $count ->
    [0] No tags are in use.
    [one] One tag is in use.
   *[other] { $count } tags are in use.
  }
tags-rest = { REACH() ->
    [all] You see and change those on all records.
   *[some] You see and change those on records within your reach.
  }
tags-in-use = Tags in use
tags-tag = Tag
tags-records = Records
tags-where = Where
tags-state = Offered
tags-none = No tags yet
tags-none-text = Tags are words you put on records, such as a programme or a wave of renewals. Add them on a record's page.
tags-renamed = Renamed
settings-tab-tags = Tags
audit-kind-tag = Tag
merge-moves-tags = { $count ->
    [one] 1 tag
   *[other] { $count } tags
 }
