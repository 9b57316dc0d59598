"""Series of prices, of the sun and of the house: what others publish, made into slots.

Pure, and total: no attribute and no answer of an action makes anything here raise.
Prices are in the main unit of a currency per kWh, times in seconds since the epoch.

- `values`: one number, one moment.
- `rows`, `bare`, `price_list`: the rows of a price list, out of any known shape.
- `timeline`: rows laid out in order, none over another.
- `unit`, `comparison`: what the amounts are worth, found by what the sensor shows.
- `actions`: integrations which give their prices as the answer of an action.
- `book`, `horizon`: what is kept of a price, put together, guessed where unknown.
- `tariffs`: prices that nobody publishes, fixed or by a week's schedule.
- `sunshine`, `history`: what the sun will give; what house and sun gave.
- `slots`: all of that together, as the slots that a plan is made of.
"""
