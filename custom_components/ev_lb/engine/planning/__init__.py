"""Plans when each car is to charge: all cars, under every fuse, in the cheapest hours.

Pure like the rest of the engine, and beside it: nothing that decides imports this.

- `request`: what a plan follows from: `PlanRequest` with its slots and goals.
- `plan.plan(request)`: the plan. Request and plan are JSON by `engine.document`.
- `standing`: what a plan says of a car as time passes, and whether a newer one is worth
  it.
- `forecast`: slots out of prices, house and sun; the guesses where nothing is known.
"""
