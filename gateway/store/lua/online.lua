-- Who is online now, by the server's clock. Uses the functions of `call`.
--
-- Reads  ONLINE_KEYS
-- Returns {person, end of their last session in ms, ...}

local ONLINE_KEYS = {'presence'}

local call = read_keys(ONLINE_KEYS)
return redis.call('ZRANGE', call.presence, '(' .. now, '+inf', 'BYSCORE', 'WITHSCORES')
