-- Takes back deliveries whose lease has ended: their worker has died or hangs. A delivery that
-- ended its worker ARGV[3] times is dead with the reason crash-loop. With the functions of `ending`.
--
-- KEYS  1-5 of `ending`  6 leases  7 lanes
-- ARGV  1 of `ending`  2 how many at most  3 crashes that kill a delivery
--       4 prefix of delivery keys  5 prefix of due keys  6 prefix of lane keys  7 prefix of event keys
-- Returns {id, ...}   what was taken back

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids = redis.call('ZRANGE', KEYS[6], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do
  redis.call('ZREM', KEYS[6], id)
  local key = ARGV[4] .. id
  local held = redis.call('HMGET', key, 'lane', 'event')
  if held[1] then
    redis.call('HINCRBY', ARGV[6] .. held[1], 'inflight', -1)
    local crashes = redis.call('HINCRBY', key, 'crashes', 1)
    redis.call('HDEL', key, 'token')
    if crashes >= tonumber(ARGV[3]) then
      bury(id, key, ARGV[7] .. held[2], 'crash-loop', now)
    else
      redis.call('HSET', key, 'state', 'waiting', 'due', now)
      redis.call('ZADD', ARGV[5] .. held[1], now, id)
      redis.call('ZADD', KEYS[7], 'LT', now, held[1])
    end
  end
end
return ids
