-- Ends a drain: its slot is free, and the dispatcher knows when the lane has work next.
--
-- KEYS  1 due:<lane>  2 drains:<lane>  3 lanes  4 lane:<lane>
-- ARGV  1 lane  2 slot
-- Returns 1 when the lane has work that is due now, else 0

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREM', KEYS[2], ARGV[2])
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if not first[1] then
  redis.call('ZREM', KEYS[3], ARGV[1])
  return 0
end
local at = tonumber(first[2])
for _, free_at in ipairs(redis.call('HMGET', KEYS[4], 'next_free', 'open_until', 'paused_until')) do
  at = math.max(at, tonumber(free_at or '0'))
end
redis.call('ZADD', KEYS[3], at, ARGV[1])
if at <= now then return 1 end
return 0
