-- Takes back deliveries whose lease has ended: their worker has died or hangs. Most of them are innocent of that, so
-- they are tried again: at once after the first lost lease, spread over some seconds after further ones, so that
-- they are no longer under way together with the one that ends workers. A delivery that has lost *losses_that_kill*
-- leases in a row is dead with the reason crash-loop. With the functions of `call`, `keeping`, `indexes`, `counters` and `ending`.
--
-- Reads  REAP_KEYS, REAP_ARGS
-- Returns {id, ...}   what was taken back

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
