account-brief = What should you know first?
account-brief-caption = From promises, contracts, results, revenue, coverage and handovers; each line opens the rows behind it.
account-brief-none = Nothing is late, missing or about to end.
account-brief-risk = Late or lost:
account-brief-watch = To watch:
account-brief-unknown = To know:
account-brief-first = { $rest ->
    [0] “{ $first }”
    [one] “{ $first }” and one more
   *[other] “{ $first }” and { $rest } more
  }
account-brief-overdue = { $count ->
    [one] One promise or expectation is past its day.
   *[other] { $count } promises or expectations are past their day.
  }
account-brief-falls-short = { $count ->
    [one] The client sees one thing as worse than it was promised.
   *[other] The client sees { $count } things as worse than they were promised.
  }
account-brief-contested = { $count ->
    [one] A result is contested and not settled.
   *[other] { $count } results are contested and not settled.
}
account-brief-contested-why = { $count ->
    [one] “{ $measure }” of { $month }.
   *[other] The oldest is “{ $measure }” of { $month }.
}
account-brief-revenue-fell = Revenue of { $months } is { $change } below the same months a year before.
account-brief-revenue-rose = Revenue of { $months } is { $change } above the same months a year before.
account-brief-revenue-why = { $now } instead of { $before }.
account-brief-invoiced = { $months }: invoiced { $now }, by contract { $contracts }.
account-brief-invoiced-why = A volume taken for a year’s, a price that is not charged, or work beyond the contracts.
account-brief-not-promised = { $count ->
    [one] The client expects one thing that nobody promised.
   *[other] The client expects { $count } things that nobody promised.
  }
account-brief-no-owner = { $count ->
    [one] One open promise has nobody who delivers it.
   *[other] { $count } open promises have nobody who delivers them.
  }
account-brief-no-clause = { $count ->
    [one] One open promise stands in no contract.
   *[other] { $count } open promises stand in no contract.
  }
account-brief-notice-passed = “{ $title }” renews on { $day }: the last day of notice is past.
account-brief-notice-passed-why = It was { $notice }.
account-brief-notice = Notice of “{ $title }” is possible until { $notice }.
account-brief-notice-why = After that it runs on past { $day }.
account-brief-renews = “{ $title }” renews on { $day }.
account-brief-renews-why = It renews by itself, and no notice period is stated.
account-brief-ends = “{ $title }” ends on { $day }.
account-brief-ends-why = It does not renew.
account-brief-ends-renewable = It runs on only if both sides agree to renew it.
account-brief-no-volume = { $count ->
    [one] One contract line has no volume.
   *[other] { $count } contract lines have no volume.
  }
account-brief-no-volume-why = { $count ->
    [one] It is in “{ $title }”; the value is counted without it.
   *[other] The first is in “{ $title }”; the value is counted without them.
  }
account-brief-price-talks = Talks about the price of “{ $title }” begin by { $begin }.
account-brief-price-talks-late = Talks about the price of “{ $title }” should have begun by { $begin }.
account-brief-price-talks-why = It may change on { $day }; talks start six months before.
account-brief-single-threads = { $count ->
    [one] One of the client’s people with a stake is in close touch with one of ours alone.
   *[other] { $count } of the client’s people with a stake are in close touch with one of ours alone.
  }
account-brief-single-threads-why = If that colleague leaves, the tie goes too.
account-brief-unknown-people = { $count ->
    [one] One of the client’s { $of } people is in touch with none of ours.
   *[other] { $count } of the client’s { $of } people are in touch with none of ours.
  }
account-brief-unknown-people-why = Who works with them notes it under People.
account-brief-lost-threads = { $count ->
    [one] One tie to the client went with a colleague who left.
   *[other] { $count } ties to the client went with colleagues who left.
  }
account-brief-lost-threads-why = Nobody has taken { $count ->
    [one] it
   *[other] them
  } over yet.
account-brief-quiet = Nobody has talked with them since { $day }.
account-brief-quiet-why = No talk, visit or message is on record after that day.
account-brief-no-review = The last review was on { $day }, more than a year ago.
account-brief-no-review-why = A review goes through the measures with the client.
account-brief-nothing-recorded = No talk and no review is on record yet.
account-brief-nothing-recorded-why = Log the first one, and this page tells the next who comes.
account-brief-handed-over = { $to } took over from { $from } on { $day }.
account-brief-handed-over-ahead = { $to } takes over from { $from } on { $day }.
account-brief-handed-over-why = { $count ->
    [0] Everything on its list is done.
    [one] One matter or introduction is open.
   *[other] { $count } matters and introductions are open.
  }
account-brief-opportunities = { $count ->
    [one] One opportunity is open.
   *[other] { $count } opportunities are open.
  }
