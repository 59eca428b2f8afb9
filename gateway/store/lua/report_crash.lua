-- Takes back a delivery that was being sent when its worker died, and counts that as a crash. After *crashes_that_kill*
-- crashes the delivery is dead with the reason crash-loop. Uses the functions of `call`, `keeping`, `indexes`,
-- `counters` and `ending`.
--
-- Reads  CRASH_KEYS, CRASH_ARGS
-- Returns 1, or 0 when another worker has the delivery by now or it has ended

local CRASH_KEYS = {'delivery_key', 'leases', 'lanes'}
local CRASH_ARGS = {'id', 'token', 'crashes_that_kill', 'due_prefix', 'lane_prefix', 'event_prefix'}

local call = read_args(CRASH_ARGS, read_keys(CRASH_KEYS))
local held = redis.call('HMGET', call.delivery_key, 'token', 'state', 'lane', 'event')
local is_leased = held[1] == call.token and held[2] == 'sending'
local is_reaped = not held[1] and held[2] == 'waiting' -- its lease ended before its worker died
if not is_leased and not is_reaped then return 0 end
if is_leased then
  redis.call('ZREM', call.leases, call.id)
  redis.call('HINCRBY', call.lane_prefix .. held[3], 'inflight', -1)
  redis.call('HDEL', call.delivery_key, 'token')
end
if redis.call('HINCRBY', call.delivery_key, 'crashes', 1) >= tonumber(call.crashes_that_kill) then
  redis.call('ZREM', call.due_prefix .. held[3], call.id)
  bury(call.id, call.delivery_key, call.event_prefix .. held[4], 'crash-loop')
else
  redis.call('HSET', call.delivery_key, 'state', 'waiting', 'due', now)
  redis.call('ZADD', call.due_prefix .. held[3], now, call.id)
  redis.call('ZADD', call.lanes, 'LT', now, held[3])
end
save_counts()
return 1
