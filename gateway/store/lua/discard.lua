-- Ends dead deliveries for good: they are no dead letters any more, and say who said so and why.
--
-- KEYS  1 dead  2 alarmed
-- ARGV  1 prefix of delivery keys  2 who  3 why  then the ids
-- Returns {id, ...}   what is discarded now

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local result = {}
for i = 4, #ARGV do
  local id = ARGV[i]
  local key = ARGV[1] .. id
  local held = redis.call('HMGET', key, 'state', 'target')
  if held[1] == 'dead' then
    redis.call('HSET', key, 'state', 'discarded', 'settled', now, 'discarded_by', ARGV[2], 'discarded_for', ARGV[3])
    redis.call('ZREM', KEYS[1], id)
    redis.call('HDEL', KEYS[2], 'dead_letter ' .. held[2]) -- what dies from now on is news
    result[#result + 1] = id
  end
end
return result
