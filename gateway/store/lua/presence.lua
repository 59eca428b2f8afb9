-- Begins, prolongs or ends presence sessions of a person. Uses the functions of `call`.
--
-- Reads  PRESENCE_KEYS, PRESENCE_ARGS
-- Returns {end of the session in ms, number of the person's live sessions}
--         or, with lives_ms 0, {number of sessions that were ended, number of live sessions}

local PRESENCE_KEYS = {'sessions', 'presence'}
-- lives_ms: 0 ends the session. most: how many sessions a person may have. ends_all: '1' ends every session whose name
-- has the prefix *session*, else ''.
local PRESENCE_ARGS = {'person', 'lives_ms', 'most', 'session', 'ends_all'}

local call = read_args(PRESENCE_ARGS, read_keys(PRESENCE_KEYS))
redis.call('ZREMRANGEBYSCORE', call.sessions, '-inf', now)

local result
if tonumber(call.lives_ms) > 0 then
  result = now + call.lives_ms
  redis.call('ZADD', call.sessions, result, call.session)
  redis.call('ZREMRANGEBYRANK', call.sessions, 0, -1 - call.most)
else
  result = 0
  for _, name in ipairs(redis.call('ZRANGE', call.sessions, 0, -1)) do
    if name == call.session or (call.ends_all == '1' and string.sub(name, 1, #call.session) == call.session) then
      result = result + redis.call('ZREM', call.sessions, name)
    end
  end
end

local last = redis.call('ZRANGE', call.sessions, -1, -1, 'WITHSCORES')
if last[1] then
  redis.call('PEXPIREAT', call.sessions, last[2])
  redis.call('ZADD', call.presence, last[2], call.person)
else
  redis.call('ZREM', call.presence, call.person)
end
redis.call('ZREMRANGEBYSCORE', call.presence, '-inf', now)
return {result, redis.call('ZCARD', call.sessions)}
