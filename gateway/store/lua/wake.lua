-- Opens slots for the lanes that have due work and fewer drains than that work deserves.
--
-- KEYS  1 lanes
-- ARGV  1 how many lanes at most  2 slot prefix  3 slot time in ms  4 drains a lane may have
--       5 deliveries that deserve one more drain  6 prefix of due keys  7 prefix of drains keys
-- Returns {slot, lane, ...}   the drains that must be enqueued

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local result = {}
local number = 0
for _, lane in ipairs(redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
  local drains_key, due_key = ARGV[7] .. lane, ARGV[6] .. lane
  redis.call('ZREMRANGEBYSCORE', drains_key, '-inf', now)
  local due = redis.call('ZCOUNT', due_key, '-inf', now)
  if due == 0 then
    local first = redis.call('ZRANGE', due_key, 0, 0, 'WITHSCORES')
    if first[1] then
      redis.call('ZADD', KEYS[1], first[2], lane)
    else
      redis.call('ZREM', KEYS[1], lane)
    end
  else
    local wanted = math.min(tonumber(ARGV[4]), math.ceil(due / ARGV[5]))
    for _ = redis.call('ZCARD', drains_key) + 1, wanted do
      number = number + 1
      local slot = ARGV[2] .. number
      redis.call('ZADD', drains_key, now + ARGV[3], slot)
      result[#result + 1] = slot
      result[#result + 1] = lane
    end
    redis.call('ZADD', KEYS[1], now + ARGV[3], lane)
  end
end
return result
