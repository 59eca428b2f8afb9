-- Adds the counts that a process has gathered in its memory. A call whose answer was lost may be repeated: it counts
-- only once. Uses the functions of `call` and `counters`.
--
-- Reads  ADD_COUNTS_KEYS, ADD_COUNTS_ARGS, then family, field and number of each count
-- Returns 1, or 0 when this call was counted before

local ADD_COUNTS_KEYS = {'added'}
local ADD_COUNTS_ARGS = {'number'}

local call = read_args(ADD_COUNTS_ARGS, read_keys(ADD_COUNTS_KEYS))
if redis.call('GET', call.added) == call.number then return 0 end
redis.call('SET', call.added, call.number, 'EX', 86400)
local rest = read_rest()
for i = 1, #rest, 3 do count(rest[i], rest[i + 1], tonumber(rest[i + 2])) end
save_counts()
return 1
