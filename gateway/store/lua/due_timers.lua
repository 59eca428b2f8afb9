-- Lends the timers that must be looked at to one dispatcher: the others see them again when the loan ends.
--
-- KEYS  timers:<type>, for each type
-- ARGV  1 how many at most of each type  2 loan in ms  3 prefix of timer keys
-- Returns {now in ms, {id, field, value, field, value, ...}, ...}   each with the fields of timer:<id>

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local result = {now}
for _, zset in ipairs(KEYS) do
  for _, id in ipairs(redis.call('ZRANGE', zset, '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
    redis.call('ZADD', zset, now + ARGV[2], id)
    local row = redis.call('HGETALL', ARGV[3] .. id)
    table.insert(row, 1, id)
    result[#result + 1] = row
  end
end
return result
