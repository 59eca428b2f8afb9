-- Takes back deliveries whose lease has ended since their worker died or hangs. One of them may have caused that, so
-- each is tried again at once only the first time. After further lost leases they are spread over some seconds, so that
-- the others are no longer under way together with the cause. A delivery that has lost *losses_that_kill* leases in a
-- row is dead with the reason crash-loop. Uses the functions of `call`, `keeping`, `indexes`, `counters` and `ending`.
--
-- Reads  REAP_KEYS, REAP_ARGS
-- Returns {id, ...}   of the deliveries that were taken back

local REAP_KEYS = {'leases', 'lanes'}
local REAP_ARGS = {'most', 'losses_that_kill', 'spread_ms', 'delivery_prefix', 'due_prefix', 'lane_prefix',
  'event_prefix'}

local call = read_args(REAP_ARGS, read_keys(REAP_KEYS))
local ids = redis.call('ZRANGE', call.leases, '-inf', now, 'BYSCORE', 'LIMIT', 0, call.most)
for _, id in ipairs(ids) do
  redis.call('ZREM', call.leases, id)
  local key = call.delivery_prefix .. id
  local held = redis.call('HMGET', key, 'lane', 'event')
  if held[1] then
    redis.call('HINCRBY', call.lane_prefix .. held[1], 'inflight', -1)
    local losses = redis.call('HINCRBY', key, 'losses', 1)
    redis.call('HDEL', key, 'token')
    if losses >= tonumber(call.losses_that_kill) then
      bury(id, key, call.event_prefix .. held[2], 'crash-loop')
    else
      local due = now + math.random(0, call.spread_ms * (losses - 1))
      redis.call('HSET', key, 'state', 'waiting', 'due', due)
      redis.call('ZADD', call.due_prefix .. held[1], due, id)
      redis.call('ZADD', call.lanes, 'LT', due, held[1])
    end
  end
end
save_counts()
return ids
