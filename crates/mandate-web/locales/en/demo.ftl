# The demo book: loading it, removing it.

demo-error-loaded = The demo book is loaded already, with { $accounts } accounts. Nothing was changed. Remove it first to load it anew.
demo-error-not-loaded = There is no demo book to remove.
demo-error-own-accounts = This database holds { $accounts } accounts of your own, so the demo book was not loaded. Say that it may stand beside them, or use another database.
demo-error-files = The demo book was removed, but its event files could not be taken from the data folder. They count no more; remove the folder events/northmoor-desk by hand.
