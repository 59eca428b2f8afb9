-- Counts a crash of the delivery that was running when its worker died, and takes it back at once. The delivery is
-- dead with the reason crash-loop after *crashes_that_kill* of them. With the functions of `call`, `keeping` and
-- `ending`.
--
-- Reads  CRASH_KEYS, CRASH_ARGS
-- Returns 1, or 0: the delivery belongs to somebody else by now

local CRASH_KEYS = {'delivery_key', 'leases', 'lanes'}
local CRASH_ARGS = {'id', 'token', 'crashes_that_kill', 'due_prefix', 'lane_prefix', 'event_prefix'}

local call = read_args(CRASH_ARGS, read_keys(CRASH_KEYS))
local held = redis.call('HMGET', call.delivery_key, 'token', 'state', 'lane', 'event')
if held[1] ~= call.token or held[2] ~= 'sending' then return 0 end
redis.call('ZREM', call.leases, call.id)
redis.call('HINCRBY', call.lane_prefix .. held[3], 'inflight', -1)
redis.call('HDEL', call.delivery_key, 'token')
if redis.call('HINCRBY', call.delivery_key, 'crashes', 1) >= tonumber(call.crashes_that_kill) then
  bury(call.id, call.delivery_key, call.event_prefix .. held[4], 'crash-loop')
else
  redis.call('HSET', call.delivery_key, 'state', 'waiting', 'due', now)
  redis.call('ZADD', call.due_prefix .. held[3], now, call.id)
  redis.call('ZADD', call.lanes, 'LT', now, held[3])
end
return 1
