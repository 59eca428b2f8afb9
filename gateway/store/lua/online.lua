-- Who is online now, by the server's clock.
--
-- KEYS  1 presence
-- Returns {person, end of their last session in ms, ...}

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZRANGE', KEYS[1], '(' .. now, '+inf', 'BYSCORE', 'WITHSCORES')
