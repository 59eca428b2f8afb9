-- Takes back deliveries whose lease has ended: their worker has died or hangs. A delivery that
-- ended its worker ARGV[2] times is dead with the reason crash-loop.
--
-- KEYS  1 leases  2 lanes  3 dead
-- ARGV  1 how many at most  2 crashes that kill a delivery  3 dead retention in s
--       4 prefix of delivery keys  5 prefix of due keys  6 prefix of lane keys  7 prefix of event keys
-- Returns {id, ...}   what was taken back

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do
  redis.call('ZREM', KEYS[1], id)
  local key = ARGV[4] .. id
  local held = redis.call('HMGET', key, 'lane', 'event')
  if held[1] then
    redis.call('HINCRBY', ARGV[6] .. held[1], 'inflight', -1)
    local crashes = redis.call('HINCRBY', key, 'crashes', 1)
    redis.call('HDEL', key, 'token')
    if crashes >= tonumber(ARGV[2]) then
      redis.call('HSET', key, 'state', 'dead', 'reason', 'crash-loop', 'settled', now)
      redis.call('HDEL', key, 'due')
      redis.call('ZADD', KEYS[3], now, id)
      redis.call('EXPIRE', key, ARGV[3], 'GT')
      redis.call('EXPIRE', ARGV[7] .. held[2], ARGV[3], 'GT')
    else
      redis.call('HSET', key, 'state', 'waiting', 'due', now)
      redis.call('ZADD', ARGV[5] .. held[1], now, id)
      redis.call('ZADD', KEYS[2], 'LT', now, held[1])
    end
  end
end
return ids
