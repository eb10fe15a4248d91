# Hats: what one of ours is where, and which walls are off for them by it.
hats-title = Hats
hats-caption = { REACH() ->
    [all] What they are, and where.
   *[some] What they are, and where, as far as you see.
  }
hats-roles = Signs in as
hats-several = Several hats
hats-several-caption = Who of ours is more than one thing here, and what that means for the wall between product managers and who faces the client.
hats-both = Hats of both sides
hats-both-caption = Who manages products and faces clients as well; each of them and whoever reads their accounts sees it, too.
hats-both-none = Nobody wears hats of both sides.
hats-wall-up = The wall is up: a product manager reads no candid notes here.
hats-wall-lifted = The wall is lifted for them; signed by { $who }.
hats-wall-off = The firm has declared its walls off.
hats-wall-declared = The firm has declared its walls off: { $by }, { $when }: “{ $reason }”
