-- Finds the timers of some sources among those of a type, the next one first. A call looks at a limited number of
-- timers. Uses the functions of `call`.
--
-- Reads  FIND_TIMERS_KEYS, FIND_TIMERS_ARGS, then the sources; none for all sources
-- Returns {number of timers that were looked at, time of the last of them, how many of them have this same time,
--          id, time, id, time, ...}   times in ms

local FIND_TIMERS_KEYS = {'timers_key'}
-- earliest, latest: times (ms). passed_over: how many of the first to skip. most: how many to look at after those.
local FIND_TIMERS_ARGS = {'earliest', 'latest', 'passed_over', 'most', 'timer_prefix'}

local call = read_args(FIND_TIMERS_ARGS, read_keys(FIND_TIMERS_KEYS))
local wanted = {}
for _, source in ipairs(read_rest()) do wanted[source] = true end
local takes_all = next(wanted) == nil
local entries = redis.call('ZRANGE', call.timers_key, call.earliest, call.latest, 'BYSCORE', 'LIMIT', call.passed_over,
  call.most, 'WITHSCORES')
local last, at_last = entries[#entries], 0
local result = {#entries / 2, last or '', 0}
for i = 1, #entries, 2 do
  local id, time = entries[i], entries[i + 1]
  if time == last then at_last = at_last + 1 end
  if takes_all or wanted[redis.call('HGET', call.timer_prefix .. id, 'source')] then
    result[#result + 1] = id
    result[#result + 1] = time
  end
end
result[3] = at_last
return result
