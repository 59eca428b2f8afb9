-- Records what came of attempts. A result whose fencing token is not the current one is ignored:
-- its lease has ended and the delivery belongs to somebody else.
--
-- KEYS  1 leases  2 lanes  3 dead
--       then for each result: delivery:<id>, due:<lane>, lane:<lane>, event:<key>
-- ARGV  1 dead retention in s
--       then for each result: id, token, verdict (delivered | retry | pause | dead), wait in ms,
--       attempt (JSON), lane, reason (of a failure)
-- Returns {1 | 0, ...}   whether each result was recorded

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local result = {}
local key, arg = 3, 1
while arg < #ARGV do
  local delivery_key, due_key, lane_key, event_key = KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], KEYS[key + 4]
  local id, token, verdict, wait = ARGV[arg + 1], ARGV[arg + 2], ARGV[arg + 3], tonumber(ARGV[arg + 4])
  local attempt, lane, reason = ARGV[arg + 5], ARGV[arg + 6], ARGV[arg + 7]
  local held = redis.call('HMGET', delivery_key, 'token', 'state', 'log')
  if held[1] == token and held[2] == 'sending' then
    redis.call('ZREM', KEYS[1], id)
    redis.call('HINCRBY', lane_key, 'inflight', -1)
    local log = (held[3] and held[3] ~= '') and (held[3] .. '\n' .. attempt) or attempt
    if verdict == 'delivered' then
      redis.call('HSET', delivery_key, 'state', 'delivered', 'log', log, 'settled', now)
      redis.call('HDEL', delivery_key, 'due', 'reason')
    elseif verdict == 'dead' then
      redis.call('HSET', delivery_key, 'state', 'dead', 'log', log, 'settled', now, 'reason', reason)
      redis.call('HDEL', delivery_key, 'due')
      redis.call('ZADD', KEYS[3], now, id)
      redis.call('EXPIRE', delivery_key, ARGV[1], 'GT')
      redis.call('EXPIRE', event_key, ARGV[1], 'GT')
    else
      redis.call('HINCRBY', delivery_key, verdict == 'pause' and 'pauses' or 'failures', 1)
      redis.call('HSET', delivery_key, 'state', 'waiting', 'log', log, 'due', now + wait, 'reason', reason)
      redis.call('HDEL', delivery_key, 'crashes')
      redis.call('ZADD', due_key, now + wait, id)
      redis.call('ZADD', KEYS[2], 'LT', now + wait, lane)
    end
    result[#result + 1] = 1
  else
    result[#result + 1] = 0
  end
  key, arg = key + 4, arg + 7
end
return result
