-- Gives dead deliveries a new life: all attempts again, from now. Others stay as they are.
--
-- KEYS  1 dead  2 lanes  3 alarmed
-- ARGV  1 prefix of delivery keys  2 prefix of due keys  then the ids
-- Returns {id, ...}   what is waiting again

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local result = {}
for i = 3, #ARGV do
  local id = ARGV[i]
  local key = ARGV[1] .. id
  local held = redis.call('HMGET', key, 'state', 'lane', 'target')
  if held[1] == 'dead' then
    redis.call('HSET', key, 'state', 'waiting', 'due', now)
    redis.call('HDEL', key, 'failures', 'pauses', 'crashes', 'reason', 'settled', 'token')
    redis.call('ZREM', KEYS[1], id)
    redis.call('HDEL', KEYS[3], 'dead_letter ' .. held[3]) -- what dies from now on is news
    redis.call('ZADD', ARGV[2] .. held[2], now, id)
    redis.call('ZADD', KEYS[2], 'LT', now, held[2])
    result[#result + 1] = id
  end
end
return result
