-- Ends a drain: frees its slot, and notes when the dispatcher must look at the lane next. Uses the functions of `call`.
--
-- Reads  RELEASE_KEYS, RELEASE_ARGS
-- Returns 1 when the lane has work that is due now, else 0

local RELEASE_KEYS = {'due', 'drains', 'lane_key', 'lanes'}
local RELEASE_ARGS = {'lane', 'slot'}

local call = read_args(RELEASE_ARGS, read_keys(RELEASE_KEYS))
redis.call('ZREM', call.drains, call.slot)
local first = redis.call('ZRANGE', call.due, 0, 0, 'WITHSCORES')
if not first[1] then -- whatever makes something due adds the lane again
  redis.call('ZREM', call.lanes, call.lane)
  return 0
end
local at = tonumber(first[2])
for _, free_at in ipairs(redis.call('HMGET', call.lane_key, 'next_free', 'open_until', 'paused_until')) do
  at = math.max(at, tonumber(free_at or '0'))
end
redis.call('ZADD', call.lanes, at, call.lane)
if at <= now then return 1 end
return 0
