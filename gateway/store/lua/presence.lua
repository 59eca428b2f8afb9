-- Begins, prolongs or ends presence sessions of one person.
--
-- KEYS  1 presence:<person>  2 presence
-- ARGV  1 person  2 time to live in ms (0: end)  3 sessions that a person may have
--       4 session  5 'all': to end every session whose name begins as ARGV[4] does
-- Returns {end of the session in ms, or how many sessions ended; live sessions of the person}

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)

local result
if tonumber(ARGV[2]) > 0 then
  result = now + ARGV[2]
  redis.call('ZADD', KEYS[1], result, ARGV[4])
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[3])
else
  result = 0
  for _, session in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    if session == ARGV[4] or (ARGV[5] == 'all' and string.sub(session, 1, #ARGV[4]) == ARGV[4]) then
      result = result + redis.call('ZREM', KEYS[1], session)
    end
  end
end

local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
if last[1] then
  redis.call('PEXPIREAT', KEYS[1], last[2])
  redis.call('ZADD', KEYS[2], last[2], ARGV[1])
else
  redis.call('ZREM', KEYS[2], ARGV[1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
return {result, redis.call('ZCARD', KEYS[1])}
