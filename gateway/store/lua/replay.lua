-- Gives dead deliveries a new life: all attempts again, from now. Others stay as they are. With the functions
-- of `keeping`.
--
-- KEYS  1 dead  2 lanes  3 alarmed
-- ARGV  1 how long a key lives in s  2 prefix of delivery keys  3 prefix of due keys  4 prefix of event keys
--       5 prefix of deliveries:<source>  6 prefix of events:<source>  then the ids
-- Returns {id, ...}   what is waiting again

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local result = {}
for i = 7, #ARGV do
  local id = ARGV[i]
  local key = ARGV[2] .. id
  local held = redis.call('HMGET', key, 'state', 'lane', 'target', 'event', 'source')
  if held[1] == 'dead' then
    redis.call('HSET', key, 'state', 'waiting', 'due', now)
    redis.call('HDEL', key, 'failures', 'pauses', 'crashes', 'reason', 'settled', 'token')
    redis.call('ZREM', KEYS[1], id)
    redis.call('HDEL', KEYS[3], 'dead_letter ' .. held[3]) -- what dies from now on is news
    keep(key, ARGV[4] .. held[4], ARGV[1])
    redis.call('ZADD', ARGV[5] .. held[5], 'NX', now, id)
    redis.call('ZADD', ARGV[6] .. held[5], 'NX', now, held[4])
    redis.call('ZADD', ARGV[3] .. held[2], now, id)
    redis.call('ZADD', KEYS[2], 'LT', now, held[2])
    result[#result + 1] = id
  end
end
return result
