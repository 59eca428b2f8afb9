-- Opens slots for new drains in the lanes that have too few for the deliveries that are due. Uses the functions of
-- `call`.
--
-- Reads  WAKE_KEYS, WAKE_ARGS
-- Returns {slot, lane, ...}   the drains that must be enqueued

local WAKE_KEYS = {'lanes'}
-- most: how many lanes to look at. deliveries_per_drain: for how many due deliveries a lane gets one more drain.
local WAKE_ARGS = {'most', 'slot_prefix', 'slot_ms', 'drains_per_lane', 'deliveries_per_drain', 'due_prefix',
  'drains_prefix'}

local call = read_args(WAKE_ARGS, read_keys(WAKE_KEYS))
local result = {}
local number = 0
for _, lane in ipairs(redis.call('ZRANGE', call.lanes, '-inf', now, 'BYSCORE', 'LIMIT', 0, call.most)) do
  local drains_key, due_key = call.drains_prefix .. lane, call.due_prefix .. lane
  redis.call('ZREMRANGEBYSCORE', drains_key, '-inf', now)
  local due = redis.call('ZCOUNT', due_key, '-inf', now)
  if due == 0 then
    local first = redis.call('ZRANGE', due_key, 0, 0, 'WITHSCORES')
    if first[1] then
      redis.call('ZADD', call.lanes, first[2], lane)
    else
      redis.call('ZREM', call.lanes, lane)
    end
  else
    local wanted = math.min(tonumber(call.drains_per_lane), math.ceil(due / call.deliveries_per_drain))
    for _ = redis.call('ZCARD', drains_key) + 1, wanted do
      number = number + 1
      local slot = call.slot_prefix .. number
      redis.call('ZADD', drains_key, now + call.slot_ms, slot)
      result[#result + 1] = slot
      result[#result + 1] = lane
    end
    -- By then the drains have claimed, and have noted when to look again; or their jobs were lost, and others start.
    redis.call('ZADD', call.lanes, now + call.slot_ms, lane)
  end
end
return result
