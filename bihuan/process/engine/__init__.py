"""The process engine: pure Python, no Django, no time, no randomness.

`play.decide(graph, state, command, env)` answers the events and the state after them; `evolve.replay`
rebuilds a state from events. Files: `graph` structure · `state` one case · `commands` in · `events`
out · `evolve` events → state · `play` commands · `steps` arrivals · `gates`, `joins`, `blocks`,
`watches`, `rounds` what each kind does · `returns`, `back`, `cuts` refusals · `invariants` checks.

What the engine reads of a node's `rules`: `when` (an expression or {ask, if}), `do mode pass
wait_all hidden_until_done`, `refuse` ("end", a step, a list, {"targets": [...]}, or a choice),
`each` (there: one run per row) and `order: sequential`, `state` of an end, `ask` of an OR split
({flow id: {ask, if}}), of a boundary `after every event by` with `if do: pass interrupt`, of a call
`plain_when` (an expression: then it is a plain task) and `refused_state` (the outcome of refuse: end).

What a graph must keep to: a branch enters its join by one flow; a step with `each` is a SUB around
it; a block's lists are "<split id>.<n>" or "<SUB or boundary id>."; nodes of a side branch stand in
"<boundary id>." and end at an END of their own.
"""
