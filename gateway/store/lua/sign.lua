-- Notes a process's sign of life, and removes processes that have given none for long. Uses the functions of `call`.
--
-- Reads  SIGN_KEYS, SIGN_ARGS
-- Returns 1

local SIGN_KEYS = {'processes', 'signs'}
-- facts: what the process reports about itself (JSON), stored with the time since which it has reported the same.
local SIGN_ARGS = {'process', 'facts', 'forgotten_ms'}

local call = read_args(SIGN_ARGS, read_keys(SIGN_KEYS))
local stored = redis.call('HGET', call.processes, call.process)
if not stored or string.match(stored, '^%d+ (.*)$') ~= call.facts then
  redis.call('HSET', call.processes, call.process, string.format('%d %s', now, call.facts))
end
redis.call('ZADD', call.signs, now, call.process)
local forgotten = redis.call('ZRANGE', call.signs, '-inf', now - call.forgotten_ms, 'BYSCORE', 'LIMIT', 0, 100)
if #forgotten > 0 then
  redis.call('ZREM', call.signs, unpack(forgotten))
  redis.call('HDEL', call.processes, unpack(forgotten))
end
return 1
