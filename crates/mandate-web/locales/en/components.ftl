# Words of the shared components and layouts. Rooms have files of their own; ids here start with ui-.
ui-skip-to-content = Skip to content
ui-nav-all = Menu
ui-nav-main = Main
ui-nav-small = Main, small screen
ui-nav-waiting = { $count } waiting for you
ui-nav-waiting-hot = { $count } waiting for you, some overdue
ui-breadcrumb = Breadcrumb
ui-search-or-run = Search or run a command
ui-theme-toggle = Switch between light and dark
ui-your-menu = Your menu
ui-your-settings = Your settings
ui-help = Help
ui-help-this-page = Help for this page
ui-sign-out = Sign out
ui-demo-data = Demo data
ui-preview = Preview
ui-demo-banner = You are looking at demo data.
ui-demo-remove = Remove it
ui-printed-for = printed for { $name }

ui-palette = Search and commands
ui-palette-results = Results
ui-palette-empty = Nothing found for “{ $query }”. Try a name, a room or a verb.
ui-palette-failed = The search did not answer. Check the connection and type again.
ui-palette-recent = Recent
ui-palette-goto = Go to
ui-palette-found = { $count } found
ui-palette-hint-move = to move
ui-palette-hint-open = to open

ui-keyboard-shortcuts = Keyboard shortcuts
ui-key-palette = Search or run a command
ui-key-goto = then a letter: go to a room
ui-key-goto-head = Press g, then
ui-key-filter = Filter this list
ui-key-rows = Next, previous row
ui-key-open = Open the row
ui-key-select = Select the row
ui-key-add = What the primary button adds
ui-key-edit = Edit the row or record
ui-key-twin = Chart to table and back
ui-key-tabs = Previous, next tab
ui-key-row-menu = Actions of the row
ui-key-undo = Undo the last change, while its message shows
ui-key-send = Send the form
ui-key-close = Close, clear the selection, leave the field
ui-key-this = This list
ui-key-single = Single keys are on
ui-key-single-help = They never act while you type. Switch them off if you use speech input.

ui-close = Close
ui-cancel = Cancel
ui-keep-it = Keep it
ui-undo = Undo
ui-dismiss = Dismiss
ui-copy = Copy
ui-copied = Copied
ui-copy-what = Copy: { $what }
ui-progress-leave = You may leave this page; the inbox says when it is done.
ui-progress-reload = See how far it is

ui-key-figures = Key figures
ui-table = Table
ui-show-as-table = Show as table
ui-interval-80 = 80% interval { $low } to { $high }
ui-no-values = No values
ui-step-done = done
ui-clock-of-case = Clock of the case
ui-clock-steps = Steps of the clock, in seconds
ui-clock-step = Step
ui-clock-span = From and to
ui-clock-counted = Counted, s
ui-clock-not-counted = Not counted, s
ui-clock-shows = Clock shows

ui-filter = Filter
ui-filter-field = Field
ui-filter-operator = Condition
ui-filter-value = Value
ui-filter-add = Add a condition
ui-filter-apply = Show the rows
ui-filter-remove = Remove the filter { $what }
ui-filter-remove-row = Remove this condition
ui-active-filters = Active filters
ui-clear-all = Clear all
ui-clear-filters = Clear filters
ui-columns = Columns
ui-columns-show = Show these columns
ui-move-up = Move { $what } up
ui-move-down = Move { $what } down
ui-reset = Reset
ui-export = Export
ui-export-csv = CSV, every row
ui-export-xlsx = Excel workbook, every row
ui-export-pdf = PDF, as shown
ui-bulk-selected = { $count } selected
ui-bulk-all = All { $count } that match
ui-bulk-clear = Clear the selection
ui-select-page = Select every row of this page
ui-select-what = Select { $what }
ui-pages = Pages of this list
ui-previous = Previous
ui-next = Next

ui-for-example = For example:
ui-try-again = Try again
ui-reference = Reference { $reference }
ui-optional = Optional
ui-form-errors = { $count ->
    [one] One field needs a change
   *[other] { $count } fields need a change
  }
ui-pick-placeholder = Type a name or an id
ui-pick-found = { $count } found. Use the arrow keys.
ui-pick-none = { REACH() ->
    [all] Nothing found.
   *[some] Nothing found that you may see.
  }
ui-file-drop = Or drop a file here.
